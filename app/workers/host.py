"""`python -m app.workers.host CPUS MODULE...`: the process that forks a child for each piece of CPU work.

Uploaded bytes are read nowhere else: a file that breaks a parser, fills the memory or never ends only affects its own
child. Long computations leave the service's interpreter free. The modules are imported once and the process forks for
each job, which takes milliseconds. A module does its jobs in a function `work` (see Work); CPUS is how much CPU all
children may use together.

Standard input is a socket. A job is a Request with three descriptors: its source, where its result goes, and the socket
for the response. There the child writes what `work` returns, and this process, once the child has ended, a line feed
and the child's exit status (of waitpid). Closing the response's socket ends the child; closing the socket of jobs ends
everything.
"""

import contextlib
import errno
import importlib
import json
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any, Protocol

from app.workers.pace import Pace

REQUEST_BYTES = 1024
"""A request's length: Request as JSON, then blanks. The fixed length keeps two requests apart."""
DESCRIPTORS = 3
FAILED, OUT_OF_MEMORY, TOO_MANY_BYTES = 1, 4, 5
# Work yields the CPU to requests that are served meanwhile.
NICENESS = 10
ANSWER_WITHIN_S = 5
LEFT_OPEN = 3  # standard input, output and error


class Work(Protocol):
    """A module's work, done in a child: read the source, write the result, return what the client is to know."""

    def __call__(self, source: IO[bytes], result: IO[bytes], arguments: dict[str, Any]) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A job: the module that does it, its arguments (as JSON has them), and the limits of its child."""

    module: str
    arguments: dict[str, Any]
    memory_bytes: int
    result_bytes: int
    cpu_s: int

    def as_bytes(self) -> bytes:
        """Serialize for the socket."""
        return json.dumps(asdict(self)).encode().ljust(REQUEST_BYTES)

    @classmethod
    def of(cls, request: bytes) -> "Request":
        """Parse what `as_bytes` wrote."""
        return cls(**json.loads(request))


class Host:
    """The children, by the socket for their response."""

    def __init__(self, jobs: socket.socket, works: Mapping[str, Work], pace: Pace) -> None:
        self.jobs = jobs
        self.works = works
        self.pace = pace
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
                elif key.data in self.children:  # nobody waits for the response any longer
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
            self.work_and_exit(request, descriptors)
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

    def work_and_exit(self, request: bytes, descriptors: list[int]) -> None:
        """Run as the child: do one job and end the process, whatever happens."""
        status = FAILED
        try:
            for place, descriptor in enumerate(descriptors):
                os.dup2(descriptor, place)
            os.closerange(LEFT_OPEN, max(descriptors) + 64)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            job = Request.of(request)
            limit(job)
            self.pace.keep()
            status = do(job, self.works[job.module])
        finally:
            os._exit(status)


def limit(job: Request) -> None:
    """Apply the job's limits to this process."""
    resource.setrlimit(resource.RLIMIT_AS, (job.memory_bytes, job.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job.result_bytes, job.result_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (job.cpu_s, job.cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def do(job: Request, work: Work) -> int:
    """Work from standard input to standard output and answer on standard error. Return the exit code."""
    with open(2, "w", encoding="utf-8") as answer:
        try:
            with open(0, "rb") as source, open(1, "wb") as result:
                said = work(source, result, job.arguments)
            answer.write(said)
        except MemoryError:
            return OUT_OF_MEMORY
        except Exception as exc:  # noqa: BLE001 # pylint: disable=broad-exception-caught # reported, and the process ends
            answer.write(origin_of(exc))
            return TOO_MANY_BYTES if getattr(exc, "errno", None) == errno.EFBIG else FAILED
    return 0


def origin_of(exc: BaseException) -> str:
    """Return where an error came from, for the log. Its text is left out: it may quote a customer's row."""
    frames = reversed(traceback.extract_tb(exc.__traceback__))
    return " < ".join([type(exc).__name__, *(f"{frame.name}:{frame.lineno}" for frame in frames)])


def main() -> None:
    """Serve the socket on standard input. Signals are ignored: the parent closes the socket when it ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    cpus, *modules = sys.argv[1:]
    works = {name: importlib.import_module(name).work for name in modules}
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as jobs:
        Host(jobs, works, Pace(float(cpus))).run()


if __name__ == "__main__":
    main()
