"""Who may speak to the HTTP servers of the local cloud: programs of this machine, and no web page that was not named.

Any credentials open the local cloud, and what it runs are this user's processes. A browser on this machine reaches
loopback addresses, too, so a page from anywhere could otherwise run code here. Such a request bears a mark that a
script cannot take off: `Origin`, `Referer`, `Sec-Fetch-Site`, or after DNS rebinding the page's own name in `Host`.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from localcloud.protocol.wire import AwsRequest, AwsResponse

PORT = re.compile(r":[0-9]{1,5}$")
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?")
TYPED = "none"
"""`Sec-Fetch-Site` of an address that the user has typed."""
EXPOSED = "x-amzn-requestid, x-amzn-errortype, x-amz-request-id, x-amz-id-2, etag, date"
PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "access-control-max-age": "600",
}
NEXT_STEP = "start the local cloud with `spendsense up --allow-origin ORIGIN` to let its pages in"

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Door:
    """`allowed_origins`: whose pages may speak to it (`http://localhost:3000`); by default none."""

    allowed_origins: frozenset[str] = frozenset()

    def refusal(self, headers: Headers) -> str | None:
        """Why a request with these headers is refused; None for one that may come in."""
        hosts = _values(headers, b"host")
        if len(hosts) != 1 or not is_loopback(hosts[0]):
            return f"Host {', '.join(hosts) or '(none)'}: should be a loopback name of this machine"
        origins = _values(headers, b"origin")
        foreign = [origin for origin in origins if origin not in self.allowed_origins]
        if foreign:
            return f"Origin {foreign[0]}: a web page may not call the local cloud; {NEXT_STEP}"
        if origins:
            return None
        referers = _values(headers, b"referer")
        strangers = [referer for referer in referers if _origin_of(referer) not in self.allowed_origins]
        if strangers:
            return f"Referer {strangers[0][:200]}: a web page may not call the local cloud; {NEXT_STEP}"
        sites = [site for site in _values(headers, b"sec-fetch-site") if site != TYPED]
        if sites and not referers:
            return f"Sec-Fetch-Site {sites[0]}: a web page may not call the local cloud; {NEXT_STEP}"
        return None

    def allowed_origin(self, headers: Headers) -> str | None:
        """The origin of a page that may come in; None when the request is of no page."""
        return next((origin for origin in _values(headers, b"origin") if origin in self.allowed_origins), None)


CLOSED = Door()
"""To every web page."""


def for_page(response: AwsResponse, request: AwsRequest, origin: str | None) -> AwsResponse:
    """The answer with what lets a page of an allowed origin read it, and with nothing of the kind for everybody else.

    S3's buckets have rules of their own: there they decide, as on AWS.
    """
    if origin is None or request.service == "s3":
        return response
    allowed = {"access-control-allow-origin": origin, "vary": "Origin", "access-control-expose-headers": EXPOSED}
    if request.method == "OPTIONS":
        asked = request.headers.get("access-control-request-headers", "")
        allowed |= PREFLIGHT | {"access-control-allow-headers": asked}
    return replace(response, headers={**response.headers, **allowed})


def is_loopback(host: str) -> bool:
    """Whether a Host names this machine to itself: 127.0.0.0/8, [::1], localhost, or a name below it, as buckets have.

    No other name, even one that leads to 127.0.0.1: whoever owns it could have served the page.
    """
    name = PORT.sub("", host.lower()).removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        if name.startswith("["):
            return ipaddress.IPv6Address(name.removeprefix("[").removesuffix("]")).is_loopback
        return ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """Whether it is written as browsers write an origin."""
    return ORIGIN.fullmatch(text) is not None


def _values(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for name, value in headers if name.lower() == wanted]


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
