"""The service with its own real servers, for benchmarks: PostgreSQL, Redis, S3 by moto, one uvicorn worker."""

import asyncio
import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import boto3

from app.migrate import run as migrate
from app.stores.database_address import DatabaseAddress
from ops.image.registry import ENVIRONMENT
from tests.integration.conftest import (
    REDIS_SERVER,
    running,
    wait_until_listening,
)
from tests.ports import free_port
from tests.postgres import new_postgres
from tests.waiting import wait_until

PROJECT = Path(__file__).parents[1]
DEADLINE_S = 60
PASSWORD = "correct horse battery"
# The image has its bytecode; here the first start may have to write it.
IMAGE_ENVIRONMENT = dict(each.split("=", 1) for each in ENVIRONMENT if not each.startswith("PYTHON"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One uvicorn worker, ready, with a user's token."""

    port: int
    pid: int
    token: str
    database_url: str

    def request(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> bytes:
        """Return the body of a response. Fails unless it is a success."""
        return request(self.port, method, path, body, {"Content-Type": content_type, "Authorization": self.bearer})

    def another_user(self) -> "Service":
        """Return the same service with a new user."""
        return replace(self, token=register(self.port, f"{secrets.token_hex(6)}@example.com"))

    @property
    def bearer(self) -> str:
        return f"Bearer {self.token}"

    def rss_mib(self) -> float:
        """Return the resident memory of the worker's process."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def service(cpu_units: int = 4096) -> Iterator[Service]:
    """Start everything, and remove it afterwards. cpu_units: of the task that the service believes to be."""
    with (
        tempfile.TemporaryDirectory(prefix="spendsense-bench-") as directory,
        new_postgres("bench", is_durable=True) as database,
        child([str(REDIS_SERVER), "--save", "", "--bind", "127.0.0.1", "--port"], directory) as redis_port,
        child([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p"], directory) as s3_port,
    ):
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-west-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3_port}",
            "ENVIRONMENT": "local",
            "DATABASE_URL": database.admin,
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "JWT_SECRET_KEY": "k" * 32,
            "DATA_BUCKET": "bench-data",
            "TASK_CPU_UNITS": str(cpu_units),
            # The load comes from one address and one user: limits are counted as in production, but not reached.
            "RATE_LIMIT_USER_PER_MINUTE": "1000000",
            "RATE_LIMIT_ADDRESS_PER_MINUTE": "1000000",
            "RATE_LIMIT_LOGIN_PER_MINUTE": "1000",
        }
        make_bucket(environment)
        assert (
            asyncio.run(migrate(DatabaseAddress(database.admin, secret_arn=None, endpoint_url=None), check_only=False))
            == 0
        )
        with uvicorn("app.main:app", environment) as (process, port):
            token = register(port, "bench@example.com")
            yield Service(port=port, pid=process.pid, token=token, database_url=database.admin)


def register(port: int, email: str) -> str:
    """Register an account and return its access token."""
    credentials = json.dumps({"email": email, "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json"}
    request(port, "POST", "/api/v1/auth/register", credentials, headers)
    return str(json.loads(request(port, "POST", "/api/v1/auth/login", credentials, headers))["access_token"])


@contextmanager
def child(command: list[str], directory: str) -> Iterator[int]:
    """Run a server whose last option is its port; yield the port once it listens."""
    port = free_port()
    with running([*command, str(port)], directory) as process:
        wait_until_listening(port, process)
        yield port


@contextmanager
def uvicorn(application: str, environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run one worker as the image starts it; yield it once it is healthy."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    if application != "app.main:app":
        command.append("--no-access-log")
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment | IMAGE_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(process, port), DEADLINE_S, f"{application} to answer", interval_s=0.02)
        yield process, port
    finally:
        process.terminate()
        process.wait(DEADLINE_S)


def answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Return whether the process answers; fail when it has ended."""
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
    try:
        request(port, "GET", "/health", None, {})
    except OSError:
        return False
    return True


def make_bucket(environment: dict[str, str]) -> None:
    """Make the bucket that the service expects."""
    client = boto3.client(
        "s3",
        region_name="us-west-1",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket="bench-data", CreateBucketConfiguration={"LocationConstraint": "us-west-1"})
    client.close()


def request(port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
    """Send one request on its own connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content[:500]
        return content
    finally:
        connection.close()
