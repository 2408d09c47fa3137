"""TLS to database, cache and AWS: servers with an untrusted certificate, or another host's, are refused."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from app.platform.errors import UnavailableError
from app.stores import aws
from app.stores.cache import Cache
from app.stores.database import Database
from app.stores.database_address import DatabaseAddress
from app.stores.database_tls import DatabaseTls
from app.stores.pool import Share
from tests.certificates import Authority
from tests.integration.app.process import logged_in, request, serving
from tests.tls_front import Front, tls_before

HOST = "127.0.0.1"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def database_front(authority: Authority, postgres_url: str) -> Iterator[Front]:
    port = urlsplit(postgres_url).port
    assert port is not None
    with tls_before(port, authority.sign(HOST), asks_first=True) as front:
        yield front


@pytest.fixture
def redis_front(authority: Authority, redis_url: str) -> Iterator[Front]:
    port = urlsplit(redis_url).port
    assert port is not None
    with tls_before(port, authority.sign(HOST)) as front:
        yield front


def through(front: Front, url: str, *, host: str = HOST, query: str = "?sslmode=verify-full") -> str:
    """The same address by way of the front."""
    parts = urlsplit(url)
    return url.replace(f"@{parts.hostname}:{parts.port}", f"@{host}:{front.port}") + query


def database(url: str, ca_file: Path | None, *, is_required: bool = False) -> Database:
    tls = DatabaseTls(is_required=is_required, ca_file=None if ca_file is None else str(ca_file))
    address = DatabaseAddress(url, secret_arn=None, endpoint_url=None, tls=tls)
    return Database(address, Share(task_cpu_units=512, max_tasks=2))


async def answers(database: Database) -> None:
    try:
        await database.check()
    finally:
        await database.close()


def test_a_database_with_the_right_certificate_and_name_is_believed(authority, database_front, postgres_url):
    asyncio.run(answers(database(through(database_front, postgres_url), authority.certificate)))
    assert database_front.encrypted == 1


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_database_that_another_authority_signed_is_refused(tmp_path, database_front, postgres_url, mode):
    other = Authority(tmp_path, "Another authority")
    for ca_file in (other.certificate, None):  # None: those of RDS
        with pytest.raises(UnavailableError):
            asyncio.run(answers(database(through(database_front, postgres_url, query=f"?sslmode={mode}"), ca_file)))


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_database_with_somebody_elses_name_is_refused(authority, postgres_url, mode):
    port = urlsplit(postgres_url).port
    assert port is not None
    with tls_before(port, authority.sign("another.example"), asks_first=True) as front:
        url = through(front, postgres_url, query=f"?sslmode={mode}")
        with pytest.raises(UnavailableError):
            asyncio.run(answers(database(url, authority.certificate)))


def test_outside_the_local_environment_a_database_without_tls_is_refused(authority, postgres_url):
    named = postgres_url.replace("127.0.0.1", "localhost")
    assert named != postgres_url
    with pytest.raises(UnavailableError):
        asyncio.run(answers(database(named, authority.certificate, is_required=True)))


@pytest.mark.long
@pytest.mark.parametrize("module", ["app.migrate", "app.set_role", "app.after_restore", "app.key_account_ids"])
def test_every_program_of_the_image_checks_the_database(authority, database_front, postgres_url, settings, module):
    """With the right authority each does its work, with that of RDS none connects."""
    arguments = {"app.migrate": ["--check"], "app.set_role": ["nobody@example.com", "user"]}.get(module, [])
    environment = {name: str(value) for name, value in settings.model_dump().items() if value is not None} | {
        "environment": "dev",
        "database_url": through(database_front, postgres_url, query="?sslmode=require"),
        "redis_url": settings.redis_url.get_secret_value(),
        "jwt_secret_key": settings.jwt_secret_key.get_secret_value(),
        "account_id_key": "k" * 32,
    }
    lists = ("allowed_hosts", "cors_allowed_origins", "gateway_networks", "jwt_additional_keys", "trusted_proxies")
    for name in lists:
        environment.pop(name)
    outcomes = []
    for more in ({"database_ca_file": str(authority.certificate)}, {}):
        process = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=os.environ | {name.upper(): value for name, value in (environment | more).items()},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        outcomes.append((process.returncode, process.stdout + process.stderr))
    believed, refused = outcomes
    assert (believed[0] == 0) is (module != "app.set_role"), believed
    assert "Nobody is registered" in believed[1] or module != "app.set_role"
    assert refused[0] == 1, refused
    assert "certificate" in refused[1].lower() or module == "app.set_role", refused


def test_the_service_serves_over_tls_to_database_and_cache(
    authority, database_front, redis_front, postgres_url, settings, tmp_path, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    encrypted = settings.model_copy(
        update={
            "database_url": type(settings.database_url)(through(database_front, postgres_url)),
            "redis_url": type(settings.redis_url)(f"rediss://{HOST}:{redis_front.port}/0"),
            "database_ca_file": str(authority.certificate),
        }
    )
    with serving(encrypted, tmp_path) as (_, port, output):
        token = logged_in(port)
        assert request(port, "GET", "/api/v1/transactions", token=token)[0] == 200
        assert request(port, "GET", "/ready")[0] == 200, output.read_text()
    assert database_front.encrypted > 0
    assert redis_front.encrypted > 0


async def ping(url: str) -> None:
    cache = Cache(url)
    try:
        await cache.check()
    finally:
        await cache.close()


def test_a_cache_is_believed_by_the_systems_authorities_and_its_name(authority, redis_front, redis_url, monkeypatch):
    url = f"rediss://{HOST}:{redis_front.port}/0"
    with pytest.raises(UnavailableError):  # nobody knows its authority
        asyncio.run(ping(url))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    asyncio.run(ping(url))
    port = urlsplit(redis_url).port
    assert port is not None
    with tls_before(port, authority.sign("another.example")) as front, pytest.raises(UnavailableError):
        asyncio.run(ping(f"rediss://{HOST}:{front.port}/0"))


def test_aws_is_believed_by_its_authority_and_its_name(authority, aws_endpoint, monkeypatch):
    from botocore.exceptions import SSLError

    port = urlsplit(aws_endpoint).port
    assert port is not None

    def ask(front: Front) -> object:
        client = aws.client(
            "secretsmanager",
            aws.ClientSettings(
                region="us-west-1",
                endpoint_url=f"https://{HOST}:{front.port}",
                connect_timeout_s=5,
                read_timeout_s=5,
                attempts=1,
            ),
        )
        try:
            return client.list_secrets()["SecretList"]
        finally:
            client.close()

    with tls_before(port, authority.sign(HOST)) as front:
        with pytest.raises(SSLError):
            ask(front)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.certificate))
        assert json.dumps(ask(front), default=str)
    with tls_before(port, authority.sign("another.example")) as front, pytest.raises(SSLError):
        ask(front)
