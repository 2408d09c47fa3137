"""The edge: who the client is, whether the host name is ours, and the headers for browsers."""

from ipaddress import ip_network

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.platform.edge import Cors, Edge, address_in

ALB = "10.1.2.3"
LINK = "10.1.64.9"
"""The address from which an API Gateway's VPC link reaches the load balancer."""


async def who(request: Request) -> JSONResponse:
    return JSONResponse({"client": request.client.host if request.client else None, "scheme": request.url.scheme})


def client(*, peer: str = ALB, hosts: tuple[str, ...] = (), origins: tuple[str, ...] = ()) -> httpx.AsyncClient:
    application = Starlette(routes=[Route("/x", who), Route("/health", who)])
    if origins:
        application.add_middleware(Cors, origins=origins)
    application.add_middleware(
        Edge, trusted=[ip_network("10.0.0.0/8")], allowed_hosts=hosts, gateways=[ip_network("10.1.64.0/18")]
    )
    transport = httpx.ASGITransport(application, client=(peer, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://api.example.com")


async def seen_by_app(peer: str = ALB, **headers: str) -> dict[str, str]:
    async with client(peer=peer) as browser:
        return (
            await browser.get("/x", headers={name.replace("_", "-"): value for name, value in headers.items()})
        ).json()


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1,127.0.0.1, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:40000", "198.51.100.7"),
        ("1.1.1.1, 2001:db8::7", "2001:db8::7"),
        ("1.1.1.1, [2001:db8::7]:40000", "2001:db8::7"),
        ("198.51.100.7, 10.9.9.9", "10.9.9.9"),  # one hop is trusted: an inner client made the request
        ("198.51.100.7, nonsense", ALB),
        ("198.51.100.7,", ALB),
        ("", ALB),
    ],
)
async def test_of_the_forwarded_addresses_the_one_the_load_balancer_appended_is_the_client(forwarded, found):
    assert (await seen_by_app(X_Forwarded_For=forwarded))["client"] == found


async def test_of_two_header_lines_the_last_is_the_load_balancers():
    async with client() as browser:
        lines = [("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "198.51.100.7")]
        assert (await browser.get("/x", headers=lines)).json()["client"] == "198.51.100.7"


async def test_a_peer_that_is_not_a_proxy_of_ours_is_not_believed():
    found = await seen_by_app(peer="203.0.113.9", X_Forwarded_For="198.51.100.7", X_Forwarded_Proto="https")
    assert found == {"client": "203.0.113.9", "scheme": "http"}


async def test_two_clients_behind_a_gateway_are_two():
    found = [
        (await seen_by_app(X_Forwarded_For=LINK, X_Gateway_Client_Address=client))["client"]
        for client in ("198.51.100.7", "2001:db8::7")
    ]
    assert found == ["198.51.100.7", "2001:db8::7"]


@pytest.mark.parametrize(
    ("forwarded", "gateway_header", "found"),
    [
        # Past the gateway: the load balancer appended the client's own address, and the client sent the rest.
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
        (f"{LINK}, 203.0.113.9", "198.51.100.7", "203.0.113.9"),
        (f"198.51.100.7, {LINK}, 203.0.113.9", "198.51.100.7", "203.0.113.9"),
        ("10.1.2.9", "198.51.100.7", "10.1.2.9"),  # inside, but not a gateway
        # Through the gateway: it overwrites its header, and anything else that was sent does not count.
        (f"198.51.100.7, {LINK}", "203.0.113.9", "203.0.113.9"),
        (f"{LINK}:4711", "203.0.113.9", "203.0.113.9"),
        (f"203.0.113.1,203.0.113.2,{LINK}", "203.0.113.9", "203.0.113.9"),
        # A gateway without a usable header: its own address, which all its clients share.
        (LINK, "", LINK),
        (LINK, "nonsense", LINK),
        (LINK, "198.51.100.7, 203.0.113.9", LINK),
    ],
)
async def test_the_gateways_header_counts_where_a_gateway_asked_and_nowhere_else(forwarded, gateway_header, found):
    assert (await seen_by_app(X_Forwarded_For=forwarded, X_Gateway_Client_Address=gateway_header))["client"] == found


async def test_a_gateways_header_given_twice_says_nothing():
    async with client() as browser:
        lines = [
            ("X-Forwarded-For", LINK),
            ("X-Gateway-Client-Address", "198.51.100.7"),
            ("X-Gateway-Client-Address", "203.0.113.9"),
        ]
        assert (await browser.get("/x", headers=lines)).json()["client"] == LINK


async def test_without_a_load_balancer_before_it_nobody_is_a_gateway():
    found = await seen_by_app(peer="203.0.113.9", X_Forwarded_For=LINK, X_Gateway_Client_Address="198.51.100.7")
    assert found["client"] == "203.0.113.9"
    assert (await seen_by_app(peer=LINK, X_Gateway_Client_Address="198.51.100.7"))["client"] == LINK


@pytest.mark.parametrize(("proto", "scheme"), [("https", "https"), ("http", "http"), ("gopher", "http"), ("", "http")])
async def test_the_scheme_is_the_one_the_client_used(proto, scheme):
    assert (await seen_by_app(X_Forwarded_Proto=proto))["scheme"] == scheme


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 200),
        ("API.example.com:443", 200),
        ("a.tenants.example.com", 200),
        ("tenants.example.com", 400),
        ("evil.example", 400),
        ("api.example.com.evil.example", 400),
        ("api.example.com@evil.example", 400),
        ("evil.example/api.example.com", 400),
        ("", 400),
    ],
)
async def test_a_host_that_is_not_ours_is_refused_and_the_platform_asks_by_any(host, status):
    async with client(hosts=("api.example.com", "*.tenants.example.com")) as browser:
        answer = await browser.get("/x", headers={"Host": host})
        health = await browser.get("/health", headers={"Host": host})
    assert (answer.status_code, health.status_code) == (status, 200)
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status == 400:
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("host", "status"), [("10.1.2.9:8000", 200), ("[::1]:8000", 200), ("a b", 400), ("a\tb", 400)])
async def test_without_a_list_every_host_that_has_the_form_of_one_is_served(host, status):
    async with client() as browser:
        assert (await browser.get("/x", headers={"Host": host})).status_code == status


async def test_answers_carry_the_security_headers_and_hsts_over_tls_alone():
    async with client() as browser:
        plain = await browser.get("/x")
        secure = await browser.get("/x", headers={"X-Forwarded-Proto": "https"})
    assert plain.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert plain.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in plain.headers
    assert "max-age=" in secure.headers["strict-transport-security"]


async def test_scripts_of_other_origins_are_kept_out_until_they_are_named():
    preflight = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    async with client() as browser:
        closed = await browser.get("/x", headers=preflight)
    async with client(origins=("https://app.example.com",)) as browser:
        opened = await browser.options("/x", headers=preflight)
        other = await browser.options("/x", headers=preflight | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in closed.headers
    assert opened.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "access-control-allow-credentials" not in opened.headers
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers
    assert other.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "1.2.3.4.5", "[", "999.1.1.1:80", "::g"])
def test_what_is_not_an_address_is_none(text):
    assert address_in(text) is None
