"""Fakes at the wire: answers of AWS as a test scripts them."""

import io
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from ops import environment
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName, LocalEndpoint
from ops.waiter import Deadline
from tests.unit.ops.scripted_cluster import Cluster

POLL_INTERVAL_S, LOCAL_POLL_INTERVAL_S = 0.005, environment.LOCAL_POLL_INTERVAL_S
Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Clock:
    """Time that passes only when someone sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Wire:
    """Answers one client's requests by operation; what is not scripted fails the test."""

    def __init__(self, client: Any) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, Answer] = {}
        client.meta.events.register("before-send", self._send)

    def on(self, operation: str, answer: Answer | dict[str, Any]) -> None:
        self._answers[operation] = answer if callable(answer) else lambda _: answer

    def answer_of(self, operation: str) -> Answer:
        return self._answers[operation]

    def sent(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.requests if name == operation]

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        body = json.loads(request.body)
        self.requests.append((name, body))
        answer = self._answers[name](body)
        status = 400 if "__type" in answer else 200
        headers = {"content-type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, status, headers, Raw(json.dumps(answer).encode()))


class Raw(io.BytesIO):
    """A response's body as botocore reads it from urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@pytest.fixture(autouse=True)
def polls_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll without long pauses: responses here change from one request to the next, and not with time."""
    monkeypatch.setattr(environment, "LOCAL_POLL_INTERVAL_S", POLL_INTERVAL_S)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let the time of deadlines pass only in their pauses, and at once: so these can be as long as they are."""
    monkeypatch.setattr(environment, "LOCAL_POLL_INTERVAL_S", LOCAL_POLL_INTERVAL_S)
    clock = Clock()
    defaults = Deadline.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "clock", clock)
    monkeypatch.setitem(defaults, "sleep", clock.sleep)
    return clock


def local(endpoint: str, image_store: Path) -> Environment:
    return Environment(
        name=EnvironmentName.LOCAL,
        region="us-west-1",
        local=LocalEndpoint(
            endpoint=endpoint,
            region="us-west-1",
            account_id="123456789012",
            pid=os.getpid(),  # watched meanwhile, and it never stands still
            image_store=image_store,
            speed=5.0,
        ),
    )


@pytest.fixture
def scripted(tmp_path: Path) -> Aws:
    """An account whose responses are all scripted by the test."""
    return Aws(local("http://127.0.0.1:1", tmp_path / "images"))


@pytest.fixture
def wire() -> type[Wire]:
    return Wire


@pytest.fixture
def cluster(scripted: Aws, wire: type[Wire]) -> Cluster:
    """A cluster with one service."""
    return Cluster(scripted, wire)


@pytest.fixture
def console() -> Console:
    return Console()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The smallest source tree that can be built; it depends on nothing."""
    tree = tmp_path / "source"
    versions = tree / "app" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tree / "requirements.txt").write_text("# nothing\n")
    (tree / "app" / "__init__.py").write_text('__version__ = "1"\n')
    (tree / "app" / "main.py").write_text("app = None\n")
    (versions / "first.py").write_text('revision = "0001"\ndown_revision = None\n')
    return tree


@contextmanager
def silent(home: Path) -> Iterator[Callable[[], None]]:
    """Write the endpoint.json of a local cloud that never responds; return a function that waits for a request."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        written = {
            "endpoint": f"http://127.0.0.1:{listening.getsockname()[1]}",
            "region": "us-west-1",
            "account_id": "123456789012",
            "pid": 1,
            "image_store": str(home / "images"),
            "speed": 5,
        }
        (home / "local").mkdir()
        (home / "local" / "endpoint.json").write_text(json.dumps(written))
        kept: list[socket.socket] = []

        def received() -> None:
            listening.settimeout(30)
            kept.append(listening.accept()[0])
            kept[0].recv(1)

        try:
            yield received
        finally:
            for each in kept:
                each.close()


@pytest.fixture
def silent_endpoint() -> Callable[[Path], Any]:
    return silent
