"""One container of a task as a process: command, environment, output, health check."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.clock import Clock
from localcloud.ecs.states import HealthStatus
from localcloud.ledger import Ledger
from localcloud.processes import Child
from localcloud.tasks.addressing import bind_environment, bind_to, reach
from localcloud.tasks.images import Image
from localcloud.tasks.launch import through_launcher, ulimits_of
from localcloud.tasks.usage import kill_tree

DEFAULT_STOP_TIMEOUT_S = 30


class ContainerProcess:
    """Runs one container definition, once or again. `health` is UNKNOWN until its check has spoken (facts 1.6).

    `fails_checks`: asked after each check that has passed, whether it shall have failed.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        clock: Clock,
        ledger: Ledger,
        *,
        task_id: str,
        fails_checks: Callable[[], bool] = lambda: False,
    ) -> None:
        self.definition = definition
        self.name = str(definition["name"])
        self.health = HealthStatus.UNKNOWN
        self.child: Child | None = None
        self.healthy = asyncio.Event()
        """Set when `health` is HEALTHY for the first time."""
        self.killed_for = ""
        """Why the local cloud killed it, in AWS's words."""
        self._clock = clock
        self._ledger = ledger
        self._task_id = task_id
        self._fails_checks = fails_checks
        self._checker: asyncio.Task[None] | None = None
        self._guests: set[Child] = set()
        self._environment: dict[str, str] = {}
        self._directory: Path | None = None

    async def start(
        self,
        image: Image,
        address: str,
        environment: Mapping[str, str],
        overrides: Mapping[str, Any],
        on_line: Callable[[str], None],
    ) -> None:
        """Start the process; `environment` is what the platform and the secrets add. Errors: OSError.

        `user` of the definition is not applied: there is no image to own files, all belong to this user.
        """
        self.health, self.killed_for = HealthStatus.UNKNOWN, ""
        entry_point = self.definition.get("entryPoint") or image.entry_point
        # As in a container engine: an entry point of the definition discards the image's command.
        image_command = [] if self.definition.get("entryPoint") else image.command
        command = overrides.get("command") or self.definition.get("command") or image_command
        self._environment = bind_environment(
            address,
            image.environment
            | {pair["name"]: pair["value"] for pair in self.definition.get("environment", [])}
            | dict(environment)
            | {pair["name"]: pair["value"] for pair in overrides.get("environment", [])},
        )
        directory = self.definition.get("workingDirectory")
        self._directory = Path(directory) if directory else image.working_directory
        argv = bind_to(address, [*entry_point, *command])
        if not argv:
            raise FileNotFoundError(f"container {self.name}: neither the image nor the definition names a command")
        argv[0] = _executable(argv[0], self._environment.get("PATH", os.defpath))
        child = Child(f"task {self._task_id[:8]} {self.name}", self._ledger, on_line)
        argv = through_launcher(argv, ulimits_of(self.definition))
        await child.start(argv, env=self._environment, cwd=self._directory)
        self.child = child
        check = self.definition.get("healthCheck")
        if check:
            self._checker = asyncio.create_task(self._check_health(check, address), name=f"health {self._task_id}")

    async def stop(self) -> None:
        """TERM, `stopTimeout`, KILL."""
        await self._end_checker()
        if self.child is not None:
            timeout_s = self.definition.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S)
            await self.child.stop(self._clock.real_s(timeout_s))

    async def ended(self) -> int:
        """Wait until the process has ended, and take down what ran beside it; -> exit code."""
        assert self.child is not None  # noqa: S101 - asked after the start
        await self.child.ended.wait()
        await self._end_checker()
        for guest in self._guests:
            guest.kill()
        assert self.child.exit_code is not None  # noqa: S101 - set before `ended`
        return self.child.exit_code

    def kill(self, reason: str) -> None:
        """SIGKILL to the container's whole process tree."""
        if self.child is not None and not self.child.ended.is_set():
            self.killed_for = reason
            kill_tree(self.child.pid)

    async def execute(self, command: Sequence[str], terminal: int) -> Child:
        """Run `command` beside the container's own process, on a terminal; it ends with the container.

        Errors: OSError.
        """
        argv = [_executable(command[0], self._environment.get("PATH", os.defpath)), *command[1:]]
        argv = through_launcher(argv, ulimits_of(self.definition), terminal=True)
        child = Child(f"exec in {self._task_id[:8]} {self.name}", self._ledger)
        environment = {"TERM": "xterm-256color"} | self._environment
        await child.start(argv, env=environment, cwd=self._directory, stdin=terminal)
        self._guests = {guest for guest in self._guests if not guest.ended.is_set()} | {child}
        return child

    async def _end_checker(self) -> None:
        if self._checker is not None:
            self._checker.cancel()
            await asyncio.gather(self._checker, return_exceptions=True)
            self._checker = None

    async def _check_health(self, check: Mapping[str, Any], address: str) -> None:
        """During the start period failures do not count; one success ends it (facts 1.6)."""
        assert self.child is not None  # noqa: S101 - started before
        argv = reach(address, _health_command(check["command"]))
        started = self._clock.now()
        failures = 0
        while not self.child.ended.is_set():
            await self._clock.sleep(check.get("interval", 30))
            if await self._passes(argv, check.get("timeout", 5)):
                failures = 0
                self.health = HealthStatus.HEALTHY
                self.healthy.set()
                continue
            in_start_period = self._clock.now() - started < check.get("startPeriod", 0)
            if in_start_period and self.health is HealthStatus.UNKNOWN:
                continue
            failures += 1
            if failures >= check.get("retries", 3):
                self.health = HealthStatus.UNHEALTHY

    async def _passes(self, argv: list[str], timeout_s: float) -> bool:
        """Run the check's command once in the container's environment."""
        command = Child(f"health check of {self._task_id[:8]} {self.name}", self._ledger)
        try:
            await command.start(argv, env=self._environment, cwd=self._directory)
        except OSError:
            return False
        # A check takes real time to run a program: the deadline is not divided below one second.
        passes = await command.stop_after(max(1.0, self._clock.real_s(timeout_s))) == 0
        return passes and not self._fails_checks()


def _health_command(command: list[str]) -> list[str]:
    kind, *words = command
    return ["/bin/sh", "-c", " ".join(words)] if kind == "CMD-SHELL" else words


def _executable(program: str, path: str) -> str:
    """Find the program on the container's PATH, not on ours. Errors: FileNotFoundError."""
    if "/" in program:
        return program
    for directory in path.split(os.pathsep):
        candidate = Path(directory) / program
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    raise FileNotFoundError(f'exec: "{program}": executable file not found in $PATH')
