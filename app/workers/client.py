"""Runs CPU work in child processes: the service's side of host.py."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import IO, Any

import anyio.to_thread

import app
from app.platform.errors import UnavailableError
from app.workers.host import OUT_OF_MEMORY, TOO_MANY_BYTES, Request

MODULES = ("app.uploads.staging", "app.insights.findings")
IMPORT_ROOT = Path(app.__file__).parent.parent
HOST = (sys.executable, "-m", "app.workers.host")
PASSED_ON = ("PATH", "LANG", "LD_LIBRARY_PATH")
PIECE_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A child's limits: memory, size of its result, CPU time, and time until its response."""

    memory_bytes: int
    result_bytes: int
    cpu_s: int
    within_s: float


class End(Enum):
    """The ways a child can end."""

    DONE = auto()
    TOO_MUCH_MEMORY = auto()
    TOO_LONG = auto()
    TOO_LARGE_A_RESULT = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A child's end. answer: what its work returned or, when it failed, where; code: negative for a signal."""

    end: End
    answer: str
    code: int | None


class Workers:
    """The host process, started at its first use, and again if it has ended.

    cpus: how much CPU all its children may use together.
    """

    def __init__(self, cpus: float) -> None:
        self.cpus = cpus
        self.lock = threading.Lock()
        self.host: subprocess.Popen[bytes] | None = None
        self.jobs: socket.socket | None = None
        self.closed = False

    async def run(
        self, module: str, source: IO[bytes], result: IO[bytes], arguments: dict[str, Any], limits: Limits
    ) -> Ended:
        """Do one job of a module. source, result: open files; the child shares their positions.

        Errors: UnavailableError when the host cannot be started or has ended.
        """
        request = Request(
            module=module,
            arguments=arguments,
            memory_bytes=limits.memory_bytes,
            result_bytes=limits.result_bytes,
            cpu_s=limits.cpu_s,
        ).as_bytes()
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                await anyio.to_thread.run_sync(self.send, request, [source.fileno(), result.fileno(), theirs.fileno()])
            try:
                answer, status = await answer_on(ours, limits.within_s)
            except TimeoutError:
                return Ended(end=End.TOO_LONG, answer="", code=None)
        return ended(answer, os.waitstatus_to_exitcode(status))

    def start(self) -> None:
        """Start the host unless it runs, or the service has ended meanwhile. Blocks for as long as a fork takes."""
        with self.lock:
            if not self.closed:
                self.started()

    def send(self, request: bytes, descriptors: list[int]) -> None:
        """Give the host a job. Blocks for as long as the host takes to fork. Errors: UnavailableError."""
        failure: OSError | None = None
        with self.lock:
            for _ in range(0 if self.closed else 2):  # the host may have ended since the check
                try:
                    socket.send_fds(self.started(), [request], descriptors)
                    return
                except OSError as exc:
                    failure = exc
        raise UnavailableError("The processes for slow work cannot be started") from failure

    def started(self) -> socket.socket:
        """Return the socket for jobs of a running host."""
        if self.jobs is not None and self.host is not None and self.host.poll() is None:
            return self.jobs
        self.end_host()
        self.jobs, theirs = socket.socketpair()
        with theirs:
            self.host = subprocess.Popen(  # pylint: disable=consider-using-with # it lasts
                [*HOST, str(self.cpus), *MODULES],
                cwd=IMPORT_ROOT,
                env={name: value for name, value in os.environ.items() if name in PASSED_ON},
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        return self.jobs

    def close(self) -> None:
        """End the host, and with it every child, for good."""
        with self.lock:
            self.closed = True
            self.end_host()

    def end_host(self) -> None:
        """End the host and its children, if it was started."""
        if self.jobs is not None:
            self.jobs.close()
        if self.host is not None:
            self.host.wait()


async def answer_on(ours: socket.socket, within_s: float) -> tuple[str, int]:
    """Return the response and the exit status. Closes the socket, which ends the child if it still runs.

    Errors: TimeoutError; UnavailableError when the host is gone.
    """
    ours.setblocking(False)
    reader, writer = await asyncio.open_connection(sock=ours)
    received = bytearray()
    try:
        async with asyncio.timeout(within_s):
            while (piece := await reader.read(PIECE_BYTES)) and len(received) < MAX_ANSWER_BYTES:
                received += piece
    except ConnectionError:
        received.clear()
    finally:
        writer.transport.abort()
    answer, _, status = received.rpartition(b"\n")
    if not status.isdigit():
        raise UnavailableError("The process that worked on the request was ended. Try again")
    return answer.decode(), int(status)


def ended(answer: str, code: int) -> Ended:
    """Classify a child's end by its exit code."""
    ends = {
        0: End.DONE,
        OUT_OF_MEMORY: End.TOO_MUCH_MEMORY,
        -signal.SIGKILL: End.TOO_MUCH_MEMORY,
        -signal.SIGXCPU: End.TOO_LONG,
        TOO_MANY_BYTES: End.TOO_LARGE_A_RESULT,
    }
    return Ended(end=ends.get(code, End.FAILED), answer=answer, code=code)
