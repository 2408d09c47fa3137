"""A supervised server: started once it is ready, and restarted with growing pauses when it dies."""

import asyncio
import logging
import re
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 10.0
NO_ROOM = "No space left on device"
FATAL = re.compile(r"\b(FATAL|PANIC)\b", re.IGNORECASE)
STEADY_AFTER_S = 60.0  # a run this long resets the pause


class ServerState(StrEnum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"  # died, or did not start; it is retried


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A program's command line, and the time its start and its end may take, in real seconds."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    start_timeout_s: float = 60.0
    stop_timeout_s: float = 10.0
    stop_signal: int = signal.SIGTERM


def likely_cause(lines: Iterable[str]) -> str:
    """Return the last line of a server's output that names a full disk or a fatal error."""
    output = [line.strip() for line in lines if line.strip()]
    causes = [line for line in output if NO_ROOM in line] or [line for line in output if FATAL.search(line)] or output
    return causes[-1] if causes else "it printed nothing"


class Program(Protocol):
    @property
    def name(self) -> str:
        """Name in logs and error messages: `rds/spendsense-local`."""

    async def launch(self) -> Launch:
        """Prepare everything and return how to start; called before each start. Errors: CannotStart."""

    async def is_ready(self) -> bool:
        """Return whether the program responds; called until it does."""


class KeptServer:
    """Keeps one program running from `start` to `stop`.

    `on_line`: called with each line of its output.
    """

    def __init__(
        self,
        program: Program,
        ledger: Ledger,
        on_change: Callable[[ServerState], Awaitable[None]] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.state = ServerState.STOPPED
        self.restarts = 0
        self.failure = ""
        """The reason why it does not run, until it runs again."""
        self._program = program
        self._ledger = ledger
        self._on_change = on_change
        self._on_line = on_line
        self._child: Child | None = None
        self._stop_launch = Launch(argv=())
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Return the pid of the running process; 0 when there is none."""
        return self._child.pid if self._child and self.state is ServerState.RUNNING else 0

    async def start(self) -> None:
        """Start the program and supervise it.

        Errors: CannotStart when this first start fails; it is then not supervised.
        """
        if self._keeper is not None:
            return
        try:
            child = await self._bring_up()
        except CannotStart:
            await self._move(ServerState.FAILED)
            raise
        self.failure = ""
        await self._move(ServerState.RUNNING)
        self._keeper = asyncio.create_task(self._keep(child), name=f"keep {self._program.name}")
        self._keeper.add_done_callback(self._report_fault)

    async def stop(self, stop_signal: int | None = None) -> None:
        """Stop the program and its supervision; with its own signal unless another is given."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._child is not None:
            launch = self._stop_launch
            await self._child.stop(launch.stop_timeout_s, stop_signal or launch.stop_signal)
            self._child = None
        self.failure = ""
        await self._move(ServerState.STOPPED)

    async def _keep(self, child: Child) -> None:
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while True:
            since = loop.time()
            await child.ended.wait()
            log.error(
                "Server died%s",
                child.tail(),
                extra={"action": "server_died", "server": self._program.name, "exit_code": child.exit_code},
            )
            self.failure = f"it ended with {child.exit_code}: {likely_cause(child.last_lines)}"
            await self._move(ServerState.FAILED)
            if loop.time() - since > STEADY_AFTER_S:
                pause_s = FIRST_PAUSE_S
            while True:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
                try:
                    child = await self._bring_up()
                    break
                except CannotStart as error:
                    log.error(
                        "Server did not start: %s",
                        error,
                        extra={"action": "server_failed", "server": self._program.name, "retry_in_s": pause_s},
                    )
                    self.failure = likely_cause(str(error).splitlines())
                    await self._move(ServerState.FAILED)
            self.restarts += 1
            self.failure = ""
            await self._move(ServerState.RUNNING)
            log.info("Server runs again", extra={"action": "server_restarted", "server": self._program.name})

    async def _bring_up(self) -> Child:
        await self._move(ServerState.STARTING)
        try:
            launch = self._stop_launch = await self._program.launch()
        except OSError as error:  # a file is not what it should be, or the disk is full
            raise CannotStart(f"{self._program.name}: {error.filename}: {error.strerror}") from error
        child = self._child = Child(self._program.name, self._ledger, self._on_line)
        try:
            await child.start(launch.argv, env=launch.env, cwd=launch.cwd)
        except OSError as error:
            self._child = None
            raise CannotStart(f"{self._program.name}: {launch.argv[0]}: {error.strerror}") from error
        try:
            await child.wait_until(self._program.is_ready, "it responded", launch.start_timeout_s)
        except CannotStart:
            child.kill()
            await child.ended.wait()
            raise
        return child

    def _report_fault(self, keeper: "asyncio.Task[None]") -> None:
        if not keeper.cancelled() and (fault := keeper.exception()):
            log.error("Server is no longer supervised", exc_info=fault, extra={"server": self._program.name})

    async def _move(self, state: ServerState) -> None:
        if state is self.state:
            return
        self.state = state
        if self._on_change is not None:
            await self._on_change(state)
