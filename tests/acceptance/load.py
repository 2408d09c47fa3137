"""A bounded, steady load on one address: keep-alive and new connections, every failed request counted."""

import asyncio
import json
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import httptools
import uvloop

REQUEST_TIMEOUT_S = 10.0
BACKLOG_S = 2.0
"""The seconds of requests that a late worker may catch up on."""


@dataclass(frozen=True)
class Failure:
    """A failed request; the load balancer's access log contains `trace`, and with it the target."""

    reason: str
    trace: str
    began_at: float
    """Seconds of the wall clock."""


@dataclass
class Tally:
    """The results of the load; `versions` counts the answers by version."""

    answered: Counter[str] = field(default_factory=Counter)  # by kind of connection
    versions: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    duration_s: float = 0.0

    @property
    def total(self) -> int:
        return self.answered.total() + len(self.failures)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.total / self.duration_s


class Load:
    """`with Load(url, per_second=120) as tally:` sends GET `path` all the while, from a thread of its own.

    One worker in `new_connections_one_in` opens a connection for each request, the others keep theirs. Each is paced
    on its own, so a slow response delays the others not. A request costs the client about a tenth of what it costs the
    server: both share the machine.
    """

    def __init__(
        self,
        url: str,
        *,
        per_second: float,
        workers: int = 12,
        new_connections_one_in: int = 2,
        path: str = "/version",
    ) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        self._host, self._port = address.hostname, address.port
        self._path = path
        self._workers = workers
        self._new_one_in = new_connections_one_in
        self._interval_s = workers / per_second
        self._tally = Tally()
        self._stop = threading.Event()
        self._defect: BaseException | None = None
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Tally:
        self._thread.start()
        return self._tally

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        if self._defect is not None:  # a load that has ended by itself proves nothing
            raise self._defect

    def _send(self) -> None:
        try:
            uvloop.run(self._run())
        except Exception as defect:  # noqa: BLE001 - the edge of the thread: raised again where the load ends
            self._defect = defect

    async def _run(self) -> None:
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                offset_s = number * self._interval_s / self._workers
                group.create_task(self._work(started + offset_s, keep_alive=number % self._new_one_in != 0))
        self._tally.duration_s = time.monotonic() - started

    async def _work(self, due: float, *, keep_alive: bool) -> None:
        connection: Connection | None = None
        kind = "keep-alive" if keep_alive else "new"
        while not self._stop.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + self._interval_s, time.monotonic() - BACKLOG_S)
            trace, began_at = new_trace(), time.time()
            try:
                if connection is None:
                    connection = await Connection.open(self._host, self._port)
                status, body = await connection.get(self._path, trace, keep_alive=keep_alive)
                if status != 200:
                    self._tally.failures.append(Failure(f"{kind}: {status} {body[:200]!r}", trace, began_at))
                else:
                    self._tally.answered[kind] += 1
                    if self._path == "/version":
                        self._tally.versions[json.loads(body)["version"]] += 1
            except (OSError, TimeoutError, ValueError, httptools.HttpParserError) as exc:
                self._tally.failures.append(Failure(f"{kind}: {type(exc).__name__}: {exc}", trace, began_at))
                if connection is not None:
                    connection.may_be_used_again = False
            if connection is not None and not connection.may_be_used_again:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()


def new_trace() -> str:
    """Make a trace id in the form of X-Amzn-Trace-Id."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


class Connection(asyncio.Protocol):
    """An HTTP/1.1 connection that sends one request at a time."""

    def __init__(self) -> None:
        self.may_be_used_again = False
        self._transport: asyncio.WriteTransport | None = None
        self._body = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Errors: OSError, TimeoutError."""
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    async def get(self, path: str, trace: str, *, keep_alive: bool) -> tuple[int, bytes]:
        """Send a request and read its response. Errors: ConnectionError, TimeoutError, HttpParserError."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._answer = answer = loop.create_future()
        if self._transport.is_closing():
            raise ConnectionResetError("closed between two requests")
        connection = "keep-alive" if keep_alive else "close"
        headers = f"Host: load\r\nX-Amzn-Trace-Id: {trace}\r\nConnection: {connection}\r\n"
        self._transport.write(f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode())
        late = loop.call_later(REQUEST_TIMEOUT_S, self._fail, TimeoutError(f"no answer in {REQUEST_TIMEOUT_S:g} s"))
        try:
            status, body = await answer
        finally:
            late.cancel()
        self.may_be_used_again = keep_alive and self._parser.should_keep_alive()
        return status, body

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _fail(self, error: Exception) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as exc:
            self._fail(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("closed before the answer was complete"))

    # --- called by the parser ---

    def on_message_begin(self) -> None:
        self._body.clear()

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), bytes(self._body)))
