"""Ports of 127.0.0.1 for servers of tests, each given once.

Not by asking the system for any: between the response and the server's own bind, it may give the port to an outgoing
connection, and tests on several workers make many.
"""

import fcntl
import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ops.local.ports import is_free

FIRST, LAST, EACH = 10_000, 31_000, 700
"""Below those that Linux gives to connections; so many for each worker."""


def _of_this_worker() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = FIRST + EACH * worker % (LAST - FIRST)
    begin = os.getpid() % EACH  # else another run of tests on this machine would take the same ones next
    ports = range(first, first + EACH)
    return itertools.cycle([*ports[begin:], *ports[:begin]])


_ports = _of_this_worker()


def free_port() -> int:
    """Return a port that is free now and that no parallel test takes."""
    return next(filter(is_free, itertools.islice(_ports, EACH)))


def free_pair() -> int:
    """The first of two beside each other."""
    while True:
        first, second = free_port(), free_port()
        if second == first + 1:
            return first


@contextmanager
def named_ports(*ports: int) -> Iterator[None]:
    """Hold ports that the code under test names itself, such as 80: runs of tests take turns.

    Skips the test where another program has one.
    """
    with (Path(tempfile.gettempdir()) / "spendsense-tests-named-ports.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        taken = [port for port in ports if not is_free(port)]
        if taken:
            pytest.skip(f"the load balancer's ports are not to be had on 127.0.0.1: {taken}")
        yield
