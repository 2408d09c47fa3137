"""`python -m app.uploads.reader_host`: the process that reads files, each in a child of its own.

Uploaded bytes are read nowhere else: a file that breaks a parser, fills the memory or never ends only affects its own
child. The readers are imported once and the process forks for each file, which takes milliseconds.

Standard input is a socket. A job is a Request with three descriptors: the file, where its rows go, and the socket for
the answer. There the child writes the result of its reading as JSON, and this process, once the child has ended, a line
feed and the child's exit status (of waitpid). Closing the answer's socket ends the child; closing the socket of jobs
ends everything.
"""

import contextlib
import errno
import json
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.uploads.formats.reading import NO_RULES, Rules
from app.uploads.staging import OnError, stage

REQUEST_BYTES = 512
"""A request's length: Request as JSON, then blanks. The fixed length keeps two requests apart."""
DESCRIPTORS = 3
FAILED, OUT_OF_MEMORY, TOO_MANY_BYTES = 1, 4, 5
# A large file yields the CPU to requests that are served meanwhile.
NICENESS = 10
ANSWER_WITHIN_S = 5
# A task's CPU is limited per period: using it up makes everybody wait for the next one, whatever the niceness.
AT_FULL_PACE_S = 2.0
PAUSE_FOR_WORK = 3.0
LEFT_OPEN = 3  # standard input, output and error


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A file's reading options and resource limits."""

    on_error: OnError
    memory_bytes: int
    rows_bytes: int
    cpu_s: int
    rules: Rules = NO_RULES

    def as_bytes(self) -> bytes:
        """Serialize for the socket."""
        return json.dumps(asdict(self)).encode().ljust(REQUEST_BYTES)

    @classmethod
    def of(cls, request: bytes) -> "Request":
        """Parse what `as_bytes` wrote."""
        found = json.loads(request)
        return cls(**{**found, "on_error": OnError(found["on_error"]), "rules": Rules(**found["rules"])})


class Host:
    """The children, by the socket for their answer."""

    def __init__(self, jobs: socket.socket) -> None:
        self.jobs = jobs
        self.ended, ending = socket.socketpair()
        self.children: dict[int, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(jobs, selectors.EVENT_READ)
        self.selector.register(self.ended, selectors.EVENT_READ)
        self.ended.setblocking(False)
        ending.setblocking(False)
        signal.set_wakeup_fd(ending.fileno(), warn_on_full_buffer=False)
        self.ending = ending
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self) -> None:
        """Serve until the socket of jobs is closed."""
        serving = True
        while serving:
            for key, _ in self.selector.select():
                if key.fileobj is self.jobs:
                    serving = self.take()
                elif key.fileobj is self.ended:
                    self.reap()
                elif key.data in self.children:  # nobody waits for the answer any longer
                    os.kill(key.data, signal.SIGKILL)
                    self.selector.unregister(key.fileobj)
        for child in self.children:
            os.kill(child, signal.SIGKILL)

    def take(self) -> bool:
        """Start the next job; return False when there will be none."""
        try:
            request, descriptors, _, _ = socket.recv_fds(self.jobs, REQUEST_BYTES, DESCRIPTORS)
        except ConnectionError:
            return False
        if len(request) < REQUEST_BYTES or len(descriptors) < DESCRIPTORS:
            return False
        child = os.fork()
        if child == 0:
            read_and_exit(request, descriptors)
        for descriptor in descriptors[:2]:
            os.close(descriptor)
        answer = self.children[child] = socket.socket(fileno=descriptors[2])
        answer.settimeout(ANSWER_WITHIN_S)
        self.selector.register(answer, selectors.EVENT_READ, child)
        return True

    def reap(self) -> None:
        """Report the status of every child that has ended."""
        with contextlib.suppress(BlockingIOError):
            self.ended.recv(4096)
        while self.children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with self.children.pop(child) as answer:
                with contextlib.suppress(KeyError):
                    self.selector.unregister(answer)
                with contextlib.suppress(OSError):  # nobody waits for it
                    answer.sendall(b"\n%d" % status)


def read_and_exit(request: bytes, descriptors: list[int]) -> None:
    """Run as the child: read one file and end the process, whatever happens."""
    status = FAILED
    try:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
        os.closerange(LEFT_OPEN, max(descriptors) + 64)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        status = read(Request.of(request))
    finally:
        os._exit(status)


def read(request: Request) -> int:
    """Read standard input, write rows to standard output and the result to standard error. Return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (request.memory_bytes, request.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (request.rows_bytes, request.rows_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (request.cpu_s, request.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)
    with open(2, "w", encoding="utf-8") as account:
        try:
            with open(0, "rb") as file, open(1, "wb") as rows:
                staged = stage(file, paced(rows.write), request.on_error, request.rules)
            account.write(staged.as_json())
        except MemoryError:
            return OUT_OF_MEMORY
        except Exception as exc:  # noqa: BLE001 # pylint: disable=broad-exception-caught # reported, and the process ends
            account.write(origin_of(exc))
            return TOO_MANY_BYTES if getattr(exc, "errno", None) == errno.EFBIG else FAILED
    return 0


def paced(write: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Return a `write` that pauses after each piece once the file has taken long."""
    worked = time.process_time()

    def write_and_pause(piece: bytes) -> None:
        nonlocal worked
        write(piece)
        now = time.process_time()
        if now > AT_FULL_PACE_S:
            time.sleep(PAUSE_FOR_WORK * (now - worked))
        worked = now

    return write_and_pause


def origin_of(exc: BaseException) -> str:
    """Return where an error came from, for the log. Its text is left out: it may quote a customer's row."""
    frames = reversed(traceback.extract_tb(exc.__traceback__))
    return " < ".join([type(exc).__name__, *(f"{frame.name}:{frame.lineno}" for frame in frames)])


def main() -> None:
    """Serve the socket on standard input. Signals are ignored: the parent closes the socket when it ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as jobs:
        Host(jobs).run()


if __name__ == "__main__":
    main()
