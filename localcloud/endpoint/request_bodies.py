"""Reads a request's body: never more than allowed, and a large one goes to disk."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, BinaryIO

KEPT_IN_MEMORY = 2**20
EXAMINED = 64 * 1024

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class TooLarge(Exception):
    """The body is larger than allowed."""


class ClientGone(Exception):
    """The connection ended before the body was complete."""


@dataclass(frozen=True)
class Body:
    """A request's body. `file`: contains a large body, positioned at the start; `content` is empty then."""

    content: bytes
    file: BinaryIO | None = None


class BodyReader:
    """Reads one body. `new_file`: creates a file for a large body; None keeps all in memory.

    `examine`: called once, with the first bytes.
    """

    def __init__(
        self,
        largest: int,
        new_file: Callable[[], BinaryIO] | None = None,
        examine: Callable[[bytes], None] = lambda start: None,
    ) -> None:
        self._largest = largest
        self._new_file = new_file
        self._examine: Callable[[bytes], None] | None = examine
        self._buffered = bytearray()
        self._file: BinaryIO | None = None
        self._length = 0

    async def read(self, receive: Receive) -> Body:
        """Errors: TooLarge, ClientGone, OSError, and those of `examine`."""
        try:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                self._take(message.get("body", b""), is_last=not message.get("more_body"))
                if not message.get("more_body"):
                    break
        except BaseException:
            if self._file is not None:
                self._file.close()
            raise
        if self._file is not None:
            self._file.seek(0)
        return Body(bytes(self._buffered), self._file)

    def _take(self, part: bytes, *, is_last: bool) -> None:
        self._length += len(part)
        if self._length > self._largest:
            raise TooLarge
        if self._file is not None:
            self._file.write(part)
            return
        self._buffered += part
        if self._examine is not None and (is_last or self._length >= EXAMINED):
            self._examine(bytes(self._buffered[:EXAMINED]))
            self._examine = None
        if self._new_file is not None and self._length > KEPT_IN_MEMORY:
            self._file = self._new_file()
            self._file.write(self._buffered)
            self._buffered.clear()
