"""Loopback addresses: one for each task and server, so that each keeps its usual port, as with awsvpc."""

import socket
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud.errors import LocalCloudError

FIRST_SECOND, SECONDS = 16, 224
"""The second octets of the /16s to choose from: 127.16 to 127.239."""
RESERVATION_PORT = 45_660
"""The port on 127.x.0.1, which is never given out: the local cloud that owns 127.x binds it, without listening."""


def can_bind(address: str, port: int) -> bool:
    """Return whether a TCP listener could be opened there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # Like servers, so that connections in TIME_WAIT do not count as a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


class Addresses:
    """Hands out addresses of 127.0.0.0/8 below a /16 chosen by the data directory.

    While `reserved`, no other local cloud of this machine gives out addresses below the same /16; a bind test avoids
    other programs. Where the system binds only 127.0.0.1 (macOS), `has_many` is false and `take` returns 127.0.0.1
    while its ports are free.
    """

    def __init__(self, data_directory: Path, can_bind: Callable[[str, int], bool] = can_bind) -> None:
        self._second = FIRST_SECOND + zlib.crc32(str(data_directory.resolve()).encode()) % SECONDS
        self._next = 0
        self._taken: set[str] = set()
        self._can_bind = can_bind
        self.has_many = can_bind(f"127.{self._second}.0.1", 0)

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Reserve the /16, or the next one that no other local cloud has, until the context ends.

        With a bind test alone, two of them could give out the same address before either task listens. Enter it before
        the first address is taken.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as reserving:
            for _ in range(SECONDS if self.has_many else 0):
                try:
                    reserving.bind((f"127.{self._second}.0.1", RESERVATION_PORT))
                    break
                except OSError:
                    self._second = FIRST_SECOND + (self._second - FIRST_SECOND + 1) % SECONDS
            yield

    def take(self, ports: Iterable[int]) -> str:
        """Return an address on which all `ports` are free now; it stays taken until `release`."""
        requested = list(ports)
        for _ in range(65_000 if self.has_many else 1):
            address = self._candidate()
            # With a single address, only its ports show whether it is free.
            free = address not in self._taken or not self.has_many
            if free and all(self._can_bind(address, port) for port in requested):
                self._taken.add(address)
                return address
        raise LocalCloudError(
            f"addresses: no loopback address has the ports {requested} free; "
            "see what listens with `ss -ltnp`, or give the container another port"
        )

    def claim(self, address: str) -> None:
        """Reserve an address that an earlier run gave out."""
        self._taken.add(address)

    def release(self, address: str) -> None:
        self._taken.discard(address)

    def _candidate(self) -> str:
        if not self.has_many:
            return "127.0.0.1"
        # .0 and .255 are left out: they look like network and broadcast addresses.
        self._next = (self._next + 1) % (254 * 254)
        return f"127.{self._second}.{self._next // 254 + 1}.{self._next % 254 + 1}"
