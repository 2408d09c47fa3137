"""A bounded, steady load on one address: keep-alive and new connections, every failed request counted."""

import asyncio
import json
import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

REQUEST_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Failure:
    """One failed request; the load balancer's access log names `trace`, and with it the target."""

    reason: str
    trace: str
    began_at: float
    """Seconds of the wall clock."""


@dataclass
class Tally:
    """What the load saw; `versions` counts which version answered."""

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
    """`with Load(url, per_second=120) as tally:` sends GET /version all the while, from a thread of its own.

    Half of the workers keep their connection, half open one for each request. Each is paced on its own, so a
    slow answer delays the others not.
    """

    def __init__(self, url: str, *, per_second: float, workers: int = 12) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        self._host, self._port = address.hostname, address.port
        self._workers = workers
        self._interval_s = workers / per_second
        self._tally = Tally()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Tally:
        self._thread.start()
        return self._tally

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(self._workers):
                offset_s = number * self._interval_s / self._workers
                group.create_task(self._work(started + offset_s, keep_alive=number % 2 == 0))
        self._tally.duration_s = time.monotonic() - started

    async def _work(self, due: float, *, keep_alive: bool) -> None:
        connection: Connection | None = None
        kind = "keep-alive" if keep_alive else "new"
        while not self._stop.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + self._interval_s, time.monotonic() - self._interval_s)
            trace, began_at = new_trace(), time.time()
            try:
                async with asyncio.timeout(REQUEST_TIMEOUT_S):
                    if connection is None:
                        connection = await Connection.open(self._host, self._port)
                    status, body = await connection.get("/version", trace, keep_alive=keep_alive)
                if status != 200:
                    self._tally.failures.append(Failure(f"{kind}: {status} {body[:200]!r}", trace, began_at))
                else:
                    self._tally.answered[kind] += 1
                    self._tally.versions[json.loads(body)["version"]] += 1
            except (OSError, EOFError, TimeoutError, ValueError) as exc:
                self._tally.failures.append(Failure(f"{kind}: {type(exc).__name__}: {exc}", trace, began_at))
                if connection is not None:
                    connection.may_be_used_again = False
            if connection is not None and not connection.may_be_used_again:
                connection.close()
                connection = None
        if connection is not None:
            connection.close()


def new_trace() -> str:
    """As X-Amzn-Trace-Id has it."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


class Connection:
    """One HTTP/1.1 connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.may_be_used_again = True

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        return cls(*await asyncio.open_connection(host, port))

    async def get(self, path: str, trace: str, *, keep_alive: bool) -> tuple[int, bytes]:
        """Send a request and read its answer. Errors: EOFError, OSError, ValueError."""
        wish = "keep-alive" if keep_alive else "close"
        headers_sent = f"Host: load\r\nX-Amzn-Trace-Id: {trace}\r\nConnection: {wish}\r\n"
        self._writer.write(f"GET {path} HTTP/1.1\r\n{headers_sent}\r\n".encode())
        await self._writer.drain()
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self._reader.readexactly(int(headers["content-length"]))
        self.may_be_used_again = keep_alive and headers.get("connection", "").lower() != "close"
        return int(status_line.split()[1]), body

    def close(self) -> None:
        self._writer.close()
