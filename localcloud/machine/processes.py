"""Child processes: start them, read their output, stop them, and notice their end."""

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger

log = logging.getLogger(__name__)

LAST_LINES = 40
LAST_OUTPUT_WAIT_S = 1.0
LINES_AT_ONCE = 100
MAX_LINE_BYTES = 262_144  # CloudWatch Logs splits longer events, and so do we


class Child:
    """One process that leads its own session; its output is read line by line.

    Ctrl-C in the terminal does not reach it; only `stop` and `kill` do. When the leader ends, the rest of its group is
    killed, as a container ends with its first process.
    """

    def __init__(self, name: str, ledger: Ledger, on_line: Callable[[str], None] | None = None) -> None:
        self.name = name
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self.pid = 0
        self.exit_code: int | None = None
        self.ended = asyncio.Event()
        self._ledger = ledger
        self._on_line = on_line
        self._follower: asyncio.Task[None] | None = None
        self._loses_lines = False

    async def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start the process. Errors: OSError when the program cannot be executed, or its start cannot be recorded."""
        # Use our own pipe: with asyncio's, `process.wait()` would wait for every descendant that keeps it open, too.
        reading, writing = os.pipe()
        try:
            # The event loop's own way copies this process (fork) and takes ten times as long, during which nothing else
            # runs: when 25 tasks start at once, health checks would time out. This one does not copy it (vfork).
            process = subprocess.Popen(  # noqa: ASYNC220
                argv,
                env=None if env is None else dict(env),
                cwd=cwd,
                stdin=stdin,
                stdout=writing,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        try:
            self._ledger.started(process.pid, self.name)
        except OSError:  # nobody would end it if we were killed
            process.kill()
            process.wait()
            os.close(reading)
            raise
        self.pid = process.pid
        self._follower = asyncio.create_task(self._follow(process, reading), name=f"follow {self.name}")

    def send_signal(self, number: int) -> None:
        """Send a signal to the leader; does nothing when it has ended."""
        if self.pid and not self.ended.is_set():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return

    async def stop(self, timeout_s: float, stop_signal: int = signal.SIGTERM) -> int:
        """Signal the process to end, kill it after `timeout_s` (real seconds); -> exit code."""
        self.send_signal(stop_signal)
        return await self.stop_after(timeout_s)

    async def stop_after(self, timeout_s: float) -> int:
        """Let the process end by itself, kill it after `timeout_s` (real seconds); -> exit code."""
        try:
            # Not wait_for: in Python 3.11 it swallows a cancellation that arrives as the process ends.
            async with asyncio.timeout(timeout_s):
                await self.ended.wait()
        except TimeoutError:
            self.kill()
            await self.ended.wait()
        assert self.exit_code is not None  # noqa: S101 - set before `ended`
        return self.exit_code

    def kill(self) -> None:
        """Send SIGKILL to the whole group, and to descendants that left it.

        A backend of PostgreSQL has a session of its own. It ends when its leader is gone, but not while it is stopped.
        """
        if self.pid and not self.ended.is_set():
            left_group: list[psutil.Process] = []
            with contextlib.suppress(psutil.Error):
                left_group = psutil.Process(self.pid).children(recursive=True)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            for process in left_group:
                with contextlib.suppress(psutil.Error):
                    process.kill()

    async def end(self) -> None:
        """Kill the whole group and wait for its end; does nothing when it was not started or has ended."""
        if self.pid:
            self.kill()
            await self.ended.wait()

    async def wait_until(self, condition: Callable[[], object], what: str, timeout_s: float) -> None:
        """Call `condition` until it is true (it may be a coroutine function).

        Errors: CannotStart, with the last lines, when the process ends or the deadline (real seconds) passes first.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        while True:
            response = condition()
            if asyncio.iscoroutine(response):
                response = await response
            if response:
                return
            if self.ended.is_set():
                raise CannotStart(f"{self.name}: ended with {self.exit_code} before {what}.{self.tail()}")
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(f"{self.name}: waited {timeout_s:g} s for {what}.{self.tail()}")
            await asyncio.sleep(0.02)

    def tail(self) -> str:
        """Return the last lines of its output, indented, for the end of an error message."""
        return "".join(f"\n    {line}" for line in self.last_lines) or " It printed nothing."

    async def _follow(self, process: subprocess.Popen[bytes], output: int) -> None:
        reader = asyncio.create_task(self._read(output))
        code = await _end_of(process)
        # Processes that the leader started must not keep the pipe open or outlive it.
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
            os.killpg(process.pid, signal.SIGKILL)
        # A descendant with its own session (a PostgreSQL backend) may: the end of this child must not wait for it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_OUTPUT_WAIT_S):
                await reader
        self.exit_code = 128 - code if code < 0 else code
        try:
            self._ledger.ended(process.pid)
        except OSError:  # the data directory was deleted; whoever waits for this end must still be notified
            log.exception(
                "The end of a process could not be recorded", extra={"action": "ledger_failed", "child": self.name}
            )
        self.ended.set()

    async def _read(self, output: int) -> None:
        stream = asyncio.StreamReader(limit=MAX_LINE_BYTES)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(output, "rb", buffering=0)
        )
        try:
            await self._read_lines(stream)
        finally:
            transport.close()

    async def _read_lines(self, stream: asyncio.StreamReader) -> None:
        for number in itertools.count(1):
            if number % LINES_AT_ONCE == 0:
                await asyncio.sleep(0)  # one that floods its log must not keep all others from running
            try:
                raw = await stream.readuntil(b"\n")
            except asyncio.IncompleteReadError as end:
                if end.partial:
                    self._line(end.partial)
                return
            except asyncio.LimitOverrunError as overrun:
                raw = await stream.readexactly(min(overrun.consumed, MAX_LINE_BYTES))
            self._line(raw)

    def _line(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip("\r\n")
        self.last_lines.append(line)
        if self._on_line is not None:
            self._pass_on(self._on_line, line)

    def _pass_on(self, on_line: Callable[[str], None], line: str) -> None:
        """Pass a line on.

        The receiver may fail, for example on a full disk; the process must be read and waited for all the same.
        """
        try:
            on_line(line)
        except Exception:  # whatever fails in the receiver, the process's output must still be read
            if not self._loses_lines:
                log.exception("Lines of a process are lost", extra={"action": "lines_lost", "child": self.name})
            self._loses_lines = True
        else:
            self._loses_lines = False


async def _end_of(process: subprocess.Popen[bytes]) -> int:
    """Wait for the end without polling; -> return code."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # no such call on this system (macOS), or not allowed
        return await _end_seen_by_thread(process)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return process.wait()


async def _end_seen_by_thread(process: subprocess.Popen[bytes]) -> int:
    """Wait in a separate thread, which works on every system; -> return code."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def report(code: int) -> None:
        if not ended.done():
            ended.set_result(code)

    def wait() -> None:
        code = process.wait()
        with contextlib.suppress(RuntimeError):  # the loop has ended before the process
            loop.call_soon_threadsafe(report, code)

    threading.Thread(target=wait, name=f"wait for {process.pid}", daemon=True).start()
    return await ended
