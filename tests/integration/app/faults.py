"""Servers that can be made to fail, and steady requests meanwhile."""

import http.client
import http.server
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from tests.in_thread import in_thread
from tests.integration.app.process import DEADLINE_S, HEADER, form
from tests.integration.conftest import (
    REDIS_SERVER,
    wait_until_listening,
)
from tests.ports import free_port
from tests.waiting import wait_until

CLIENTS = 3
PAUSE_S = 0.02  # of each client between two requests: the load is bounded


class Redis:
    """A server that can be stopped and started at the same address."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(REDIS_SERVER), "--save", "", "--bind", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=self.directory, stdout=subprocess.DEVNULL)
        wait_until_listening(self.port, self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
            self.process = None


@contextmanager
def redis() -> Iterator[Redis]:
    """A running server, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="spendsense-redis-") as directory:
        server = Redis(directory)
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Gate(http.server.ThreadingHTTPServer):
    """Stands before an AWS endpoint, and answers 500 in its place while `failing`."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), GateHandler)
        self.target = urlsplit(target).netloc
        self.failing = threading.Event()
        self.refused = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class GateHandler(http.server.BaseHTTPRequestHandler):
    """Pass one connection through the gate."""

    protocol_version = "HTTP/1.1"
    server: Gate

    def pass_on(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.failing.is_set():
            self.server.refused += 1
            error = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
            self.answer(HTTPStatus.INTERNAL_SERVER_ERROR, [], error)
            return
        connection = http.client.HTTPConnection(self.server.target, timeout=DEADLINE_S)
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
            self.answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = pass_on  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


HOP_BY_HOP = {"connection", "content-length", "transfer-encoding"}


@contextmanager
def gate(target: str) -> Iterator[Gate]:
    """A gate before `target`, closed after the block."""
    with in_thread(Gate(target)) as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request of the load. `status` 0: no response at all."""

    kind: str
    status: int
    retry_after: str | None
    problem: bool
    at: float
    detail: str


class Load:
    """Clients that read, upload a row of their own, and ask /health, one after the other until stopped."""

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self.answers: list[Answer] = []
        self.acknowledged: list[str] = []  # transaction ids
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self, number: int) -> None:
        """Act as one client."""
        step = 0
        while not self.stopping.wait(PAUSE_S):
            step += 1
            row_id = f"row-{number}-{step}"
            if step % 3 == 0:
                self.ask("health", "GET", "/health")
            elif step % 3 == 1:
                self.ask("read", "GET", "/api/v1/transactions")
            elif self.ask("upload", "POST", "/api/v1/uploads", upload_of(row_id)) == HTTPStatus.CREATED:
                self.acknowledged.append(row_id)

    def ask(self, kind: str, method: str, path: str, body: bytes | None = None) -> int:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "multipart/form-data; boundary=b"}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            problem = answer.headers.get_content_type() == "application/problem+json"
            found = Answer(
                kind=kind, status=answer.status, retry_after=answer.headers["Retry-After"], problem=problem,
                at=time.monotonic(), detail=text[:300],
            )  # fmt: skip
        except OSError as exc:
            found = Answer(kind=kind, status=0, retry_after=None, problem=False, at=time.monotonic(), detail=repr(exc))
        finally:
            connection.close()
        self.answers.append(found)
        return found.status

    def incorrect(self) -> list[Answer]:
        """Answers that are neither a success nor a clean 503; /health always succeeds."""
        return [answer for answer in self.answers if not is_success(answer) and not is_clean_refusal(answer)]

    def refused(self, kind: str) -> int:
        """Return how many requests of a kind were answered 503."""
        return sum(answer.kind == kind and answer.status == HTTPStatus.SERVICE_UNAVAILABLE for answer in self.answers)

    def wait_for(self, what: str, condition: Callable[[list[Answer]], bool]) -> None:
        """Return when the responses that begin now satisfy a condition."""
        first = len(self.answers)
        try:
            wait_until(lambda: condition(self.answers[first:]), DEADLINE_S, what, interval_s=0.02)
        except AssertionError as error:
            raise AssertionError(f"{error}; last: {self.answers[-5:]}") from None

    def wait_for_successes(self) -> None:
        """Return when every kind of request succeeds again."""
        self.wait_for(
            "success of every kind",
            lambda answers: {"read", "upload"} <= {answer.kind for answer in answers if is_success(answer)},
        )

    def wait_for_refusal(self, kind: str) -> None:
        """Return when a request of this kind was refused."""
        self.wait_for(f"503 for {kind}", lambda answers: any(a.kind == kind and not is_success(a) for a in answers))


def is_success(answer: Answer) -> bool:
    """2xx."""
    return HTTPStatus(200) <= answer.status < HTTPStatus(300)


def is_clean_refusal(answer: Answer) -> bool:
    """503 as documented."""
    return (
        answer.kind != "health"
        and answer.status == HTTPStatus.SERVICE_UNAVAILABLE
        and answer.retry_after is not None
        and answer.problem
    )


def upload_of(row_id: str) -> bytes:
    """A form with one row whose id is known."""
    header = HEADER.replace("account_id,", "account_id,transaction_id,")
    return form(f"{header}checking,{row_id},2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n")


def secret_of(url: str, password: str) -> str:
    """The database's secret as a rotation leaves it: only the password is new."""
    return json.dumps({"url": url, "username": urlsplit(url).username, "password": password})
