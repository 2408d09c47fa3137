"""A client of Envoy's admin interface: one persistent connection, one request at a time.

Not httpx: fifty tasks that come and go make a hundred requests within a second, and each would take 3 ms of processor
time from the event loop that they wait for; this takes a tenth of it.
"""

import asyncio
from pathlib import Path
from typing import Self, cast

import httptools

TIMEOUT_S = 2.0


class Admin:
    """A client of Envoy's admin interface.

    `socket`: the Unix socket that Envoy listens on. A port would be open to every web page on this machine.
    """

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self._connection: _Connection | None = None
        self._asking = asyncio.Lock()

    async def ask(self, path: str, method: str = "GET") -> bytes:
        """Return the body of the response, whatever its status. Errors: OSError (TimeoutError after 2 s)."""
        async with self._asking, asyncio.timeout(TIMEOUT_S):
            if self._connection is not None and self._connection.is_open:
                try:
                    return await self._connection.exchange(path, method)
                except ConnectionError:  # Envoy was restarted, or has closed an idle connection
                    self.close()
            self._connection = await _Connection.open(self.socket)
            return await self._connection.exchange(path, method)

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Connection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    def __init__(self) -> None:
        self.is_open = False
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self._transport: asyncio.WriteTransport | None = None

    @classmethod
    async def open(cls, socket: Path) -> Self:
        """Open a connection. Errors: OSError, also while Envoy does not listen yet."""
        _, connection = await asyncio.get_running_loop().create_unix_connection(cls, str(socket))
        return connection

    async def exchange(self, path: str, method: str) -> bytes:
        """Send a request and return the body. Errors: ConnectionError.

        A cancelled exchange closes the connection: its response would otherwise be taken for that of the next request.
        """
        assert self._transport is not None  # noqa: S101 - set together with the connection
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(f"{method} {path} HTTP/1.1\r\nHost: admin\r\nContent-Length: 0\r\n\r\n".encode())
        try:
            return await self._answer
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.close()

    # --- callbacks of the event loop and the parser ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as exc:
            self._fail(f"not HTTP: {exc}")
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._fail(str(exc or "closed by Envoy"))

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        body, self._body = bytes(self._body), bytearray()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(body)

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"Envoy's admin: {why}"))
