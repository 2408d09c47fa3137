"""One container of a task as a process: command, environment, output, health check."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.ecs.model.states import HealthStatus
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child
from localcloud.tasks.addressing import bind_environment, bind_to, reach
from localcloud.tasks.images import Image
from localcloud.tasks.launching import Settings, launch_child, ulimits_of
from localcloud.tasks.memory_group import OUT_OF_MEMORY, MemoryGroup, MemoryUse
from localcloud.tasks.usage import kill_tree

log = logging.getLogger(__name__)

DEFAULT_STOP_TIMEOUT_S = 30
KILLED = 128 + signal.SIGKILL


class ContainerProcess:
    """Runs one container definition, once or repeatedly. `health` is UNKNOWN until the first check (aws-facts 1.6).

    `fails_checks`: called after each passed check; says whether it counts as failed.
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
        """Why the local cloud or the kernel killed it, in AWS's words."""
        self.memory_group: MemoryGroup | None = None
        """Set by its task before the start, where the kernel can enforce the memory limit."""
        self._clock = clock
        self._ledger = ledger
        self._task_id = task_id
        self._fails_checks = fails_checks
        self._checker: asyncio.Task[None] | None = None
        self._guests: set[Child] = set()
        self._kills_before = 0
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
        """Start the process. `environment`: what the platform and the secrets add. Errors: OSError.

        `user` of the definition is not applied: all files belong to this user.
        """
        self.health, self.killed_for = HealthStatus.UNKNOWN, ""
        entry_point = self.definition.get("entryPoint") or image.entry_point
        # As in a container engine, an entry point in the definition discards the image's command.
        image_command = [] if self.definition.get("entryPoint") else image.command
        command = overrides.get("command") or self.definition.get("command") or image_command
        self._environment = bind_environment(
            address,
            image.environment | _variables(self.definition) | dict(environment) | _variables(overrides),
        )
        directory = self.definition.get("workingDirectory")
        self._directory = Path(directory) if directory else image.working_directory
        if self._directory is not None and not self._directory.is_dir():
            raise FileNotFoundError(f"working directory {self._directory}: no such directory on this machine")
        argv = bind_to(address, [*entry_point, *command])
        if not argv:
            raise FileNotFoundError(f"container {self.name}: neither the image nor the definition names a command")
        argv[0] = self._executable(argv[0])
        child = Child(f"task {self._task_id[:8]} {self.name}", self._ledger, on_line)
        self._kills_before = self._kills()
        settings = Settings(ulimits=ulimits_of(self.definition), entrance=self._entrance)
        refusal = await launch_child(child, argv, settings, env=self._environment, cwd=self._directory)
        if refusal:
            self._lose_group(refusal)
        self.child = child
        check = self.definition.get("healthCheck")
        if check:
            self._checker = asyncio.create_task(self._check_health(check, address), name=f"health {self._task_id}")

    async def stop(self) -> None:
        """Send TERM, wait for `stopTimeout`, then send KILL."""
        await self._end_checker()
        if self.child is not None:
            timeout_s = self.definition.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S)
            await self.child.stop(self._clock.real_work_s(timeout_s))

    async def ended(self) -> int:
        """Wait until the process has ended, end the other processes, and return the exit code."""
        assert self.child is not None  # noqa: S101 - called after the start
        await self.child.ended.wait()
        await self._end_checker()
        await asyncio.gather(*(guest.end() for guest in self._guests))
        assert self.child.exit_code is not None  # noqa: S101 - set before `ended`
        exit_code = self.child.exit_code
        if self.has_outgrown_its_memory():
            # A shell whose child the kernel killed may have exited with its own code before we could kill it.
            self.killed_for, exit_code = OUT_OF_MEMORY, KILLED
        if self.memory_group is not None:
            self.memory_group.kill()
        return exit_code

    def kill(self, reason: str) -> None:
        """Send SIGKILL to the container's whole process tree."""
        if self.child is not None and not self.child.ended.is_set():
            self.killed_for = reason
            kill_tree(self.child.pid)
            if self.memory_group is not None:
                self.memory_group.kill()

    def has_outgrown_its_memory(self) -> bool:
        """Say whether the kernel has killed one of its processes since the start; the rest of them must end, too."""
        return self._kills() > self._kills_before

    def memory_use(self) -> MemoryUse | None:
        """Return the memory that the kernel charges to the container; None where it does not account for it."""
        try:
            return None if self.memory_group is None else self.memory_group.use()
        except OSError:  # `_kills` logs it
            return None

    def _kills(self) -> int:
        try:
            return 0 if self.memory_group is None else self.memory_group.kills()
        except OSError as exc:  # it was removed from outside
            self._lose_group(str(exc))
            return 0

    def _lose_group(self, why: str) -> None:
        self.memory_group = None
        fields = {"action": "memory_group_failed", "task": self._task_id, "container": self.name, "why": why}
        log.warning("The memory of a container is watched, but not limited by the kernel", extra=fields)

    @property
    def _entrance(self) -> Path | None:
        return None if self.memory_group is None else self.memory_group.entrance

    async def execute(self, command: Sequence[str], terminal: int) -> Child:
        """Run `command` beside the container's own process, on a terminal. It ends with the container.

        Errors: OSError.
        """
        argv = [self._executable(command[0]), *command[1:]]
        child = Child(f"exec in {self._task_id[:8]} {self.name}", self._ledger)
        environment = {"TERM": "xterm-256color"} | self._environment
        settings = Settings(ulimits=ulimits_of(self.definition), entrance=self._entrance, terminal=True)
        await launch_child(child, argv, settings, env=environment, cwd=self._directory, stdin=terminal)
        self._guests = {guest for guest in self._guests if not guest.ended.is_set()} | {child}
        return child

    async def _end_checker(self) -> None:
        if self._checker is not None:
            self._checker.cancel()
            await asyncio.gather(self._checker, return_exceptions=True)
            self._checker = None

    async def _check_health(self, check: Mapping[str, Any], address: str) -> None:
        """Repeat the health check. Failures in the start period do not count; a success ends it (aws-facts 1.6)."""
        assert self.child is not None  # noqa: S101 - started before
        kind, *words = reach(address, check["command"])
        started = self._clock.now()
        failures = 0
        while not self.child.ended.is_set():
            await self._clock.sleep(check.get("interval", 30))
            if await self._passes(kind, words, check.get("timeout", 5)):
                failures = 0
                self.health = HealthStatus.HEALTHY
                self.healthy.set()
                continue
            in_start_period = self._clock.now() - started < self._clock.work_s(check.get("startPeriod", 0))
            if in_start_period and self.health is HealthStatus.UNKNOWN:
                continue
            failures += 1
            if failures >= check.get("retries", 3):
                self.health = HealthStatus.UNHEALTHY

    async def _passes(self, kind: str, words: list[str], timeout_s: float) -> bool:
        """Run the check's command once in the container's environment."""
        command = Child(f"health check of {self._task_id[:8]} {self.name}", self._ledger)
        try:
            if kind == "CMD-SHELL":
                argv = ["/bin/sh", "-c", " ".join(words)]
            else:
                argv = [self._executable(words[0]), *words[1:]]
            settings = Settings(entrance=self._entrance)
            await launch_child(command, argv, settings, env=self._environment, cwd=self._directory)
            passes = await command.stop_after(self._clock.real_work_s(timeout_s)) == 0
        except OSError:
            return False
        finally:
            await command.end()  # even when the container has ended first
        return passes and not self._fails_checks()

    def _executable(self, program: str) -> str:
        """Find the program on the container's PATH, not the local cloud's.

        Errors: FileNotFoundError, PermissionError.
        """
        if "/" in program:
            file = (self._directory or Path()) / program
            if not file.exists():
                raise FileNotFoundError(f'exec: "{program}": stat {program}: no such file or directory')
            if not os.access(file, os.X_OK) or file.is_dir():
                raise PermissionError(f'exec: "{program}": permission denied')
            return program
        for directory in self._environment.get("PATH", os.defpath).split(os.pathsep):
            candidate = Path(directory) / program
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return str(candidate)
        raise FileNotFoundError(f'exec: "{program}": executable file not found in $PATH')


def _variables(wire: Mapping[str, Any]) -> dict[str, str]:
    return {pair["name"]: pair.get("value", "") for pair in wire.get("environment", [])}
