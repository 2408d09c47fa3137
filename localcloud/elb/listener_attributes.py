"""The attributes of listeners, which modify headers: validation and effect. Pure."""

import re
from collections.abc import Mapping

from localcloud.errors import AwsError

SERVER = "routing.http.response.server.enabled"
RESPONSE_PREFIX, RESPONSE_SUFFIX = "routing.http.response.", ".header_value"
REQUEST_PREFIX, REQUEST_SUFFIX = "routing.http.request.", ".header_name"
RESPONSE_HEADERS = (
    "Strict-Transport-Security",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
)
TLS_VERSION, TLS_CIPHER = "X-Amzn-Tls-Version", "X-Amzn-Tls-Cipher-Suite"
CLIENT_CERTIFICATE = "X-Amzn-Mtls-Clientcert"
REQUEST_HEADERS = (
    *(f"{CLIENT_CERTIFICATE}-{part}" for part in ("Serial-Number", "Issuer", "Subject", "Validity", "Leaf")),
    CLIENT_CERTIFICATE,
    TLS_VERSION,
    TLS_CIPHER,
)


def _key(header: str, prefix: str, suffix: str) -> str:
    return prefix + header.lower().replace("-", "_") + suffix


OF_RESPONSES = {_key(header, RESPONSE_PREFIX, RESPONSE_SUFFIX): header for header in RESPONSE_HEADERS}
OF_REQUESTS = {_key(header, REQUEST_PREFIX, REQUEST_SUFFIX): header for header in REQUEST_HEADERS}
NAME = re.compile("[A-Za-z0-9_-]{1,40}")
VALUE = re.compile(r"[A-Za-z0-9_ :;.,\\/'\"?!(){}\[\]@<>=\-+*#&`|~^%]{0,1024}")
VALUES = {
    "Access-Control-Allow-Credentials": re.compile("(true)?"),
    "Access-Control-Max-Age": re.compile("[0-9]{0,9}"),
    "X-Content-Type-Options": re.compile("(nosniff)?"),
    "X-Frame-Options": re.compile("(DENY|SAMEORIGIN|ALLOW-FROM .+)?"),
}


def defaults(protocol: str) -> dict[str, str]:
    """Return what DescribeListenerAttributes shows for a listener with nothing set; "" adds no header."""
    names = OF_REQUESTS if protocol == "HTTPS" else {}
    return names | {SERVER: "true"} | dict.fromkeys(OF_RESPONSES, "")


def check_listener_attributes(attributes: Mapping[str, str]) -> None:
    """Refuse keys and values that AWS rejects. Errors: AwsError ValidationError."""
    for key, value in attributes.items():
        if key in OF_RESPONSES:
            expected = VALUES.get(OF_RESPONSES[key], VALUE)
        elif key in OF_REQUESTS:
            expected = NAME
        elif key == SERVER:
            expected = re.compile("true|false")
        else:
            raise AwsError("ValidationError", f"Listener attribute key '{key}' is not recognized")
        if not expected.fullmatch(value):
            raise AwsError("ValidationError", f"'{value}' is not a valid value for the attribute '{key}'")


def response_headers(attributes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return name and value of each header added to responses."""
    return tuple((header, attributes[key]) for key, header in OF_RESPONSES.items() if attributes.get(key))


def names_server(attributes: Mapping[str, str]) -> bool:
    """Return whether the balancer's own responses contain `Server: awselb/2.0`."""
    return attributes.get(SERVER) != "false"


def request_header(attributes: Mapping[str, str], header: str) -> str:
    """Return the name under which targets receive one of `REQUEST_HEADERS`."""
    return attributes.get(_key(header, REQUEST_PREFIX, REQUEST_SUFFIX)) or header


def shown(stored: Mapping[str, object], protocol: str) -> dict[str, str]:
    """Return all attributes of a listener. `stored`: as moto stores them, including one of network load balancers."""
    known = defaults(protocol)
    return known | {key: str(value) for key, value in stored.items() if key in known or key in OF_REQUESTS}
