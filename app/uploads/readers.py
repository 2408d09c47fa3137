"""Has files read where their bytes can do no harm: the other side of reader_host."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio.to_thread

import app
from app.platform.errors import InvalidInputError, UnavailableError
from app.uploads.formats.reading import NO_RULES, Rules
from app.uploads.reader_host import OUT_OF_MEMORY, TOO_MANY_BYTES, Request
from app.uploads.staging import OnError, Staged

log = logging.getLogger(__name__)

IMPORT_ROOT = Path(app.__file__).parent.parent
HOST = (sys.executable, "-m", "app.uploads.reader_host")
PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH")
PIECE_BYTES = 64 * 1024
MAX_ACCOUNT_BYTES = 4 * 1024 * 1024

TOO_LARGE = "one of its values is too large, or it needs more memory than any bank export"
TOO_LONG = "reading it takes longer than any bank export does"
TOO_MANY = "its rows take more room than those of any bank export"
BROKEN = "the reader broke at it. Export it again, or in another format"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The resource limits for one file: a minimum, and an amount per byte.

    cpu_s: the largest file of good rows takes a fourth. within_s: on half a vCPU, shared with everything else.
    """

    memory_bytes: int = 160 * 1024 * 1024
    memory_for_a_byte: int = 8
    rows_bytes: int = 1024 * 1024
    rows_for_a_byte: int = 6
    cpu_s: int = 60
    within_s: float = 300

    def request(self, size: int, on_error: OnError, rules: Rules = NO_RULES) -> bytes:
        """Make the request for a file of this size."""
        return Request(
            on_error=on_error,
            memory_bytes=self.memory_bytes + self.memory_for_a_byte * size,
            rows_bytes=self.rows_bytes + self.rows_for_a_byte * size,
            cpu_s=self.cpu_s,
            rules=rules,
        ).as_bytes()


class Readers:
    """The host process, started at its first use, and again if it has ended."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.lock = threading.Lock()
        self.host: subprocess.Popen[bytes] | None = None
        self.jobs: socket.socket | None = None

    async def read(self, file: IO[bytes], rows: IO[bytes], on_error: OnError, rules: Rules = NO_RULES) -> Staged:
        """Read as staging.stage does; `file` and `rows` are files on disk.

        Errors: InvalidInputError when the file ends its reader, by whatever means; UnavailableError.
        """
        file.flush()
        size = os.lseek(file.fileno(), 0, os.SEEK_END)
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # the child shares the position
        request = self.limits.request(size, on_error, rules)
        ours, theirs = socket.socketpair()
        with theirs:
            await anyio.to_thread.run_sync(self.send, request, [file.fileno(), rows.fileno(), theirs.fileno()])
        account, status = await answer_on(ours, self.limits.within_s)
        if status == 0:
            return Staged.from_json(account)
        raise refusal(status, account)

    def start(self) -> None:
        """Start the host unless it runs. Blocks for as long as a fork takes."""
        with self.lock:
            self.started()

    def send(self, request: bytes, descriptors: list[int]) -> None:
        """Give the host a job. Blocks for as long as the host takes to fork. Errors: UnavailableError."""
        with self.lock:
            for _ in range(2):  # the host may have ended since the check
                with contextlib.suppress(OSError):
                    socket.send_fds(self.started(), [request], descriptors)
                    return
        raise UnavailableError("The readers cannot be started")

    def started(self) -> socket.socket:
        """Return the socket for jobs of a running host."""
        if self.jobs is not None and self.host is not None and self.host.poll() is None:
            return self.jobs
        self.end()
        self.jobs, theirs = socket.socketpair()
        with theirs:
            self.host = subprocess.Popen(  # pylint: disable=consider-using-with # it lasts
                HOST,
                cwd=IMPORT_ROOT,
                env={name: value for name, value in os.environ.items() if name in PASSED_ON},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return self.jobs

    def end(self) -> None:
        """End the host, and with it every reader."""
        if self.jobs is not None:
            self.jobs.close()
        if self.host is not None:
            self.host.wait()


async def answer_on(ours: socket.socket, within_s: float) -> tuple[str, int]:
    """Return the result and the exit status. Closes the socket, which ends the child if it still runs.

    Errors: InvalidInputError when it takes too long; UnavailableError when the host is gone.
    """
    ours.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=ours)
    answer = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while (piece := await reader.read(PIECE_BYTES)) and len(answer) < MAX_ACCOUNT_BYTES:
                answer += piece
    except TimeoutError:
        raise refused(TOO_LONG) from None
    except ConnectionError:
        answer.clear()
    finally:
        writer.transport.abort()
    account, _, status = answer.rpartition(b"\n")
    if not status.isdigit():
        raise UnavailableError("The readers were ended while they read the file")
    return account.decode(), int(status)


def refusal(status: int, account: str) -> InvalidInputError:
    """Refuse a file that ended its reader. Only a warning in the log: anybody can cause it on purpose."""
    code = os.waitstatus_to_exitcode(status)
    log.warning("A reader did not finish", extra={"action": "reader_failed", "status": code, "cause": account[:500]})
    if code in (OUT_OF_MEMORY, -signal.SIGKILL):
        return refused(TOO_LARGE)
    if code == -signal.SIGXCPU:
        return refused(TOO_LONG)
    return refused(TOO_MANY if code == TOO_MANY_BYTES else BROKEN)


def refused(reason: str) -> InvalidInputError:
    """Make the error for a file whose problems could not even be listed."""
    return InvalidInputError(f"The file was not stored: {reason}")
