"""The edge of the service behind its load balancer: who the client is, which host names are served, and headers."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.metrics import PLATFORM_ROUTES
from app.platform.problems import problem_response

DOCS_PATH = "/docs"
GATEWAY_CLIENT_HEADER = "x-gateway-client-address"
"""The API Gateway overwrites this header with the client's address (modules/api_gateway) and has no X-Forwarded-For."""
HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
SCHEMES = frozenset({"http", "https"})
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
NOTHING_RUNS_HERE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
NOT_KEPT = (b"cache-control", b"no-store")
# There are few peers, and the same clients return: parsed addresses are cached.
ADDRESSES_REMEMBERED = 4096
HTTPS_ONLY = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Edge:
    """Find the client behind the load balancer, refuse unknown host names, and send the security headers.

    Only the last address of X-Forwarded-For is trusted, the one the load balancer appended, and only from a peer in
    `trusted`; everything before it came from the client. X-Forwarded-Host is never trusted. If that address is in
    `gateways`, the request came through an API Gateway, whose own header names the client; from anywhere else that
    header is forged.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        trusted: Sequence[IPv4Network | IPv6Network],
        allowed_hosts: Iterable[str],
        gateways: Sequence[IPv4Network | IPv6Network] = (),
    ) -> None:
        self.app = app
        self.trusted = trusted
        self.gateways = gateways
        self.is_trusted = lru_cache(ADDRESSES_REMEMBERED)(self.in_trusted_network)
        self.hosts = frozenset(host for host in allowed_hosts if not host.startswith("*."))
        self.parents = tuple(host[1:] for host in allowed_hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.apply_forwarded(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *security_headers(scope, message["headers"])]
            await send(message)

        # The platform's health checks use the address as the host name.
        if scope["path"] in PLATFORM_ROUTES or self.is_ours(values_of(scope, b"host")):
            await self.app(scope, receive, send_with_headers)
            return
        refusal = problem_response(400, "The Host header does not name this service")
        await refusal(scope, receive, send_with_headers)

    def apply_forwarded(self, scope: Scope) -> None:
        """Put the client's address and scheme, as the load balancer saw them, into the scope."""
        client = scope.get("client")
        if not client or not self.is_trusted(client[0]):
            return
        forwarded = ",".join(values_of(scope, b"x-forwarded-for")).rpartition(",")[2]
        appended = address_in(forwarded.strip())
        if appended is not None:
            scope["client"] = (str(self.behind_gateway(appended, scope) or appended), 0)
        schemes = values_of(scope, b"x-forwarded-proto")
        if schemes and schemes[0] in SCHEMES:
            scope["scheme"] = schemes[0]

    def behind_gateway(self, peer: IPv4Address | IPv6Address, scope: Scope) -> IPv4Address | IPv6Address | None:
        """Return the client's address when the request came from the gateway and names exactly one."""
        values = values_of(scope, GATEWAY_CLIENT_HEADER.encode())
        if len(values) != 1 or not any(peer in network for network in self.gateways):
            return None
        return address_in(values[0].strip())

    def in_trusted_network(self, host: str) -> bool:
        peer = address_in(host)
        return peer is not None and any(peer in network for network in self.trusted)

    def is_ours(self, hosts: list[str]) -> bool:
        """Check that there is exactly one Host header, that it is well-formed, and that its name is served here."""
        matched = HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if matched is None:
            return False
        name = matched[1].lower()
        return not (self.hosts or self.parents) or name in self.hosts or name.endswith(self.parents)


def values_of(scope: Scope, name: bytes) -> list[str]:
    """Return every value of a header. name: in lower case."""
    return [str(value, "latin-1") for key, value in scope["headers"] if key == name]


@lru_cache(ADDRESSES_REMEMBERED)
def address_in(text: str) -> IPv4Address | IPv6Address | None:
    """Parse the address in `1.2.3.4`, `1.2.3.4:567`, `::1` or `[::1]:567`; None for anything else."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def security_headers(scope: Scope, sent: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers that the response still lacks. The documentation page, where served, runs external scripts."""
    found = list(ALWAYS)
    if scope["path"] != DOCS_PATH:
        found.append(NOTHING_RUNS_HERE)
    if b"cache-control" not in [name.lower() for name, _ in sent]:
        found.append(NOT_KEPT)
    if scope["scheme"] == "https":
        found.append(HTTPS_ONLY)
    return found


class Cors(CORSMiddleware):
    """Allow scripts of some origins to call the API; a refused preflight is a problem document like every error."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            allow_origins=origins,
            allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
            allow_headers=("Authorization", "Content-Type", "X-Request-ID", "If-None-Match"),
            expose_headers=("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID", "ETag"),
            max_age=600,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        """Give Starlette's response the project's error format."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return problem_response(response.status_code, bytes(response.body).decode(), headers=kept)
