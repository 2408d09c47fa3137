"""The service behind an API Gateway and a load balancer: each client is one, and none is whom it says it is."""

import re
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.platform.edge import GATEWAY_CLIENT_HEADER
from app.platform.settings import Settings
from tests.integration.app.conftest import settings_of
from tests.integration.app.process import serving
from tests.integration.conftest import new_database
from tests.integration.localcloud.apigateway.gateways import balanced, gateway
from tests.integration.localcloud.ecs.daemon import Daemon, start, until
from tests.ports import free_port

HEADER = "X-Gateway-Client-Address"
QUOTA = 1000
GUESSES = 15
"""More than an address has at an account, fewer than an account has in all."""


def own_address() -> str:
    """Choose an address of this machine that no other test uses."""
    return f"127.{secrets.randbelow(54) + 200}.{secrets.randbelow(254) + 1}.{secrets.randbelow(254) + 1}"


@dataclass
class Entrances:
    """Both ways to the service."""

    gateway: str
    balancer: str

    def ask(self, where: str, address: str, method: str = "GET", path: str = "/api/v1/account", **more: Any) -> Any:
        """Send one request of the client at this address."""
        transport = httpx.HTTPTransport(local_address=address)
        with httpx.Client(base_url=where, transport=transport, trust_env=False, timeout=60) as client:
            return client.request(method, path, **more)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = start(tmp_path_factory.mktemp("behind") / "cloud")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def settings(postgres_server: str, migrated_database: str, redis_url: str, aws_endpoint: str) -> Iterator[Settings]:
    """One database for all tests here: each has accounts and addresses of its own. Nothing is stored in the bucket."""
    with new_database(postgres_server, migrated_database) as url:
        yield settings_of(url, redis_url, aws_endpoint, "no-bucket")


@pytest.fixture(scope="module")
def entrances(daemon: Daemon, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrances]:
    """The application with limits, in its own process, which knows the gateway's networks."""
    port = free_port()
    listener, balancer = balanced(daemon, target=port)
    mappings = {f"overwrite:header.{GATEWAY_CLIENT_HEADER}": "$context.identity.sourceIp"}
    api = gateway(daemon, listener, "$default", mappings=mappings)
    created = Entrances(api["ApiEndpoint"], f"http://127.0.0.1:{balancer}")
    link = ip_network(str(urlsplit(created.gateway).hostname))
    limits = {"rate_limit_address_per_minute": QUOTA, "rate_limit_login_per_minute": QUOTA}
    configured = settings.model_copy(update=limits | {"gateway_networks": (link,)})
    with serving(configured, tmp_path_factory.mktemp("service"), port=port):
        until(lambda: created.ask(created.gateway, own_address()).status_code == 401, "a healthy target")
        yield created


def standing(answer: Any) -> tuple[int, int]:
    """Requests that the address has left, and seconds to the end of the minute."""
    found = re.search(r'"address";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert found is not None, answer.headers["ratelimit"]
    return int(found[1]), int(found[2])


def are_counted_together(answers: Sequence[Any]) -> bool | None:
    """None when another minute began between them."""
    (first, before), (second, after) = (standing(answer) for answer in answers)
    return None if after > before else second == first - 1


def test_two_clients_behind_the_gateway_have_a_quota_each(entrances: Entrances) -> None:
    one, other = own_address(), own_address()
    assert until(lambda: are_counted_together([entrances.ask(entrances.gateway, one) for _ in range(2)]), "a minute")
    assert standing(entrances.ask(entrances.gateway, other))[0] == QUOTA - 1


@pytest.mark.parametrize("way", ["gateway", "balancer"])
def test_a_forged_header_gives_no_quota_of_somebody_else(entrances: Entrances, way: str) -> None:
    where = getattr(entrances, way)

    def counted(address: str, header: str) -> bool | None:
        others = [own_address() for _ in range(2)]
        values = [f"for={other}" if header == "Forwarded" else other for other in others]
        return are_counted_together([entrances.ask(where, address, headers={header: value}) for value in values])

    for header in (HEADER, "X-Forwarded-For", "Forwarded"):
        assert until(partial(counted, own_address(), header), f"two requests with {header} in one minute")


def guesses(entrances: Entrances, where: str, email: str, addresses: Sequence[str], forged: bool) -> list[int]:
    """Wrong passwords, all at once; `forged`: each says that it comes from somewhere else."""

    def guess(address: str) -> int:
        body = {"email": email, "password": "wrong password"}
        headers = {HEADER: own_address(), "X-Forwarded-For": own_address()} if forged else {}
        answer = entrances.ask(where, address, "POST", "/api/v1/auth/login", json=body, headers=headers)
        return int(answer.status_code)

    with ThreadPoolExecutor(GUESSES) as pool:
        return sorted(pool.map(guess, addresses))


def test_who_guesses_behind_the_gateway_keeps_no_other_out(entrances: Entrances) -> None:
    email, attacker, other = f"{secrets.token_hex(8)}@example.com", own_address(), own_address()
    answers = guesses(entrances, entrances.gateway, email, [attacker] * GUESSES, forged=False)
    assert set(answers) == {401, 429}
    assert guesses(entrances, entrances.gateway, email, [other], forged=False) == [401]


def test_clients_behind_the_gateway_fail_for_themselves(entrances: Entrances) -> None:
    email = f"{secrets.token_hex(8)}@example.com"
    addresses = [own_address() for _ in range(GUESSES)]
    assert guesses(entrances, entrances.gateway, email, addresses, forged=False) == [401] * GUESSES


@pytest.mark.parametrize("way", ["gateway", "balancer"])
def test_who_guesses_with_forged_headers_is_as_slow(entrances: Entrances, way: str) -> None:
    email = f"{secrets.token_hex(8)}@example.com"
    answers = guesses(entrances, getattr(entrances, way), email, [own_address()] * GUESSES, forged=True)
    assert set(answers) == {401, 429}
