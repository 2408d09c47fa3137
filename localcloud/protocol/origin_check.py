"""Access to the HTTP servers of the local cloud: programs of this machine, and only web pages that were allowed.

Any credentials open the local cloud, and its tasks are this user's processes. A browser on this machine reaches
loopback addresses, too, so any web page could otherwise run code here. Such a request carries a mark that a script
cannot remove: `Origin`, `Referer`, `Sec-Fetch-Site`, or after DNS rebinding the page's own name in `Host`.
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
"""`Sec-Fetch-Site` of an address that the user typed."""
EXPOSED = "x-amzn-requestid, x-amzn-errortype, x-amz-request-id, x-amz-id-2, etag, date"
PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "access-control-max-age": "600",
}
NEXT_STEP = "start the local cloud with `spendsense up --allow-origin ORIGIN` to let its pages in"

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class OriginCheck:
    """Decides which requests may come in.

    `allowed_origins`: the origins whose pages may (`http://localhost:3000`); none by default.
    """

    allowed_origins: frozenset[str] = frozenset()

    def refusal(self, headers: Headers) -> str | None:
        """Return the reason to refuse a request with these headers; None to accept it."""
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
        foreign = [referer for referer in referers if _origin_of(referer) not in self.allowed_origins]
        if foreign:
            return f"Referer {foreign[0][:200]}: a web page may not call the local cloud; {NEXT_STEP}"
        sites = [site for site in _values(headers, b"sec-fetch-site") if site != TYPED]
        if sites and not referers:
            return f"Sec-Fetch-Site {sites[0]}: a web page may not call the local cloud; {NEXT_STEP}"
        return None

    def allowed_origin(self, headers: Headers) -> str | None:
        """Return the origin of an allowed page; None when the request comes from no page."""
        return next((origin for origin in _values(headers, b"origin") if origin in self.allowed_origins), None)


CLOSED = OriginCheck()
"""Closed to every web page."""


def for_page(response: AwsResponse, request: AwsRequest, origin: str | None) -> AwsResponse:
    """Return the response with the headers that let a page of an allowed origin read it; unchanged for anybody else.

    S3's buckets have rules of their own: for S3, those decide, as on AWS.
    """
    if origin is None or request.service == "s3":
        return response
    allowed = {"access-control-allow-origin": origin, "vary": "Origin", "access-control-expose-headers": EXPOSED}
    if request.method == "OPTIONS":
        origin_or_host = request.headers.get("access-control-request-headers", "")
        allowed |= PREFLIGHT | {"access-control-allow-headers": origin_or_host}
    return replace(response, headers={**response.headers, **allowed})


def is_loopback(host: str) -> bool:
    """Return whether a Host names this machine to itself: 127.0.0.0/8, [::1], localhost, or a name below it, as buckets
    have.

    No other name counts, even one that resolves to 127.0.0.1: its owner could have served the page.
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
    """Return whether a text has the form in which browsers write an origin."""
    return ORIGIN.fullmatch(text) is not None


def _values(headers: Headers, header: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for name, value in headers if name.lower() == header]


def _origin_of(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"
