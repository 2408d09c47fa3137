"""Standard streams that accept any text, and that may be closed, full or no longer read."""

import contextlib
import os
import signal
import sys
from typing import TextIO

READER_GONE = 128 + signal.SIGPIPE.value
"""Exit status of a command whose output is no longer read, as a shell reports it."""


def prepare() -> None:
    """Connect closed streams to /dev/null, and escape characters that a terminal cannot show."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout = _lenient(sys.stdout, 1)
    sys.stderr = _lenient(sys.stderr, 2)


def _lenient(stream: TextIO | None, number: int) -> TextIO:
    stream = stream or open(number, "w", closefd=False)  # noqa: SIM115
    if hasattr(stream, "reconfigure"):  # a test runner's stream has no such method
        stream.reconfigure(errors="backslashreplace")
    return stream


def close_stdout() -> OSError | None:
    """Flush the result; return the error that prevents it. Nothing is written to stdout afterwards."""
    try:
        sys.stdout.flush()
    except OSError as exc:
        _drop(sys.stdout)
        return exc
    return None


def close_stderr() -> None:
    """Flush the messages; those that cannot be shown are dropped."""
    try:
        sys.stderr.flush()
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Redirect a stream to /dev/null, so that its buffered text cannot fail when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with contextlib.suppress(OSError, ValueError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
