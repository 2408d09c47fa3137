"""The application on real servers: its own database, its own bucket."""

import asyncio
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import boto3
import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from app import resources
from app.identity import passwords
from app.identity.openid_connect import OpenIdProvider
from app.mail.mailer import SesMailer
from app.main import create_app
from app.migrate import run
from app.platform import rate_limits
from app.platform.settings import Environment, Settings
from app.stores.database_address import DatabaseAddress
from app.workers.client import Workers
from tests.integration.app.mailbox import FROM, Mailbox, running_mailbox
from tests.integration.app.merged_store import Store
from tests.integration.app.running import settings_with
from tests.integration.conftest import new_database, psql

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hash passwords at the least cost: at OWASP's, it is half of what this process does in these tests.

    The cost itself is in the unit tests, and in tests of processes of the application.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def shared_authorities() -> Iterator[None]:
    """Let all applications in this process share the authorities that identity providers are believed by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenIdProvider, "tls", ssl.create_default_context())
        yield


class KeptWorkers(Workers):
    """Child processes for one application after the other: to start their host takes longer than most tests."""

    def close(self) -> None:
        return


@pytest.fixture(scope="session")
def kept_workers() -> Iterator[dict[float, KeptWorkers]]:
    """The KeptWorkers of this run, by the CPU that they may use."""
    kept: dict[float, KeptWorkers] = {}
    yield kept
    for workers in kept.values():
        Workers.close(workers)


@pytest.fixture(scope="module", autouse=True)
def share_workers(kept_workers: dict[float, KeptWorkers]) -> Iterator[None]:
    """Let all applications in this process use the same child processes."""

    def shared(cpus: float) -> KeptWorkers:
        return kept_workers.setdefault(cpus, KeptWorkers(cpus))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resources, "Workers", shared)
        yield


@pytest.fixture(scope="session")
def s3(aws_endpoint: str) -> Iterator[object]:
    """A client to look at what the application stored."""
    client = boto3.client(
        "s3",
        region_name="us-west-1",
        endpoint_url=aws_endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    yield client
    client.close()


@pytest.fixture
def bucket(s3) -> str:
    """A bucket of the test's own."""
    name = f"data-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    return name


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> str:
    """Name of a database at the head revision: to copy it takes less than half as long as to migrate."""
    name = "migrated"
    psql(postgres_server, f"CREATE DATABASE {name}")
    address = DatabaseAddress(f"{postgres_server}/{name}", secret_arn=None, endpoint_url=None)
    assert asyncio.run(run(address, check_only=False)) == 0
    psql(postgres_server, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    return name


@pytest.fixture
def postgres_url(postgres_server: str, migrated_database: str) -> Iterator[str]:
    """URL of a migrated database that is the test's own."""
    with new_database(postgres_server, migrated_database) as url:
        yield url


@pytest.fixture
def settings(postgres_url: str, redis_url: str, aws_endpoint: str, bucket: str) -> Settings:
    """Settings of the application, its database migrated."""
    return settings_of(postgres_url, redis_url, aws_endpoint, bucket)


def settings_of(postgres_url: str, redis_url: str, aws_endpoint: str, bucket: str) -> Settings:
    return Settings(
        environment=Environment.LOCAL,
        app_revision="test-revision",
        database_url=postgres_url,
        redis_url=redis_url,
        jwt_secret_key=secrets.token_hex(32),
        data_bucket=bucket,
        task_cpu_units=4096,
        aws_region="us-west-1",
        aws_endpoint_url=aws_endpoint,
        # Tests share an address; those about limits set their own.
        rate_limit_user_per_minute=0,
        rate_limit_address_per_minute=0,
        rate_limit_login_per_minute=0,
    )


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis counts requests and failures, however busy the machine."""
    monkeypatch.setattr(rate_limits, "RESPONSE_TIMEOUT_S", 30)


@pytest.fixture
def within_one_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The minute of a quota does not end during a test."""
    began = time.time() // 60 * 60 + 10
    monkeypatch.setattr(rate_limits.time, "time", lambda: began)


@pytest.fixture
def store(postgres_url: str) -> Store:
    """A store of a user's rows, still empty."""
    found = Store(postgres_url)
    found.query("INSERT INTO users (id, email) VALUES ($1, $2)", found.user_id, f"{found.user_id}@example.com")
    return found


@pytest.fixture
async def application(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application between start and stop."""
    application = create_app(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def database(postgres_url: str, application: FastAPI) -> AsyncIterator[Any]:
    """A connection of asyncpg to the application's migrated database."""
    del application
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def client(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client that is not logged in."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """SES on the wire."""
    with running_mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def mailing(settings: Settings, mailbox: Mailbox) -> FastAPI:
    """An application that sends mail, before its start."""
    application = create_app(settings_with(settings, mail_from=FROM))
    application.state.resources.sender.mailer = SesMailer(mail_from=FROM, region="us-west-1", endpoint_url=mailbox.url)
    return application


@pytest.fixture
async def alice(client: httpx.AsyncClient) -> dict[str, str]:
    """Headers of a registered user."""
    return await logged_in(client, "alice@example.com")


@pytest.fixture
async def bob(client: httpx.AsyncClient) -> dict[str, str]:
    """Headers of another registered user."""
    return await logged_in(client, "bob@example.com")


async def logged_in(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    """Register, log in, and return the headers that say so."""
    credentials = {"email": email, "password": PASSWORD}
    registered = await client.post("/api/v1/auth/register", json=credentials)
    assert registered.status_code == 201, registered.text
    token = (await client.post("/api/v1/auth/login", json=credentials)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}
