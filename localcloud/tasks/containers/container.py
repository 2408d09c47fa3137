"""One container of a task: command, environment, output, health check, end."""

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.ecs.model.states import HealthStatus
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child
from localcloud.tasks.containers.addressing import bind_environment, bind_to, reach
from localcloud.tasks.containers.engine_container import EngineContainer
from localcloud.tasks.containers.process import Process
from localcloud.tasks.containers.runtime import Program, Runtime
from localcloud.tasks.images.image_store import Image
from localcloud.tasks.memory.memory_group import MemoryGroup, MemoryUse
from localcloud.tasks.memory.memory_watch import OUT_OF_MEMORY

DEFAULT_STOP_TIMEOUT_S = 30
KILLED = 128 + signal.SIGKILL


class ContainerProcess:
    """Runs one container definition, once or repeatedly. `health` is UNKNOWN until the first check (aws-facts 1.6).

    `fails_checks`: called after each passed check; says whether it counts as failed. `task_memory_mib`: the task's
    limit.
    """

    def __init__(
        self,
        definition: Mapping[str, Any],
        clock: Clock,
        ledger: Ledger,
        *,
        task_id: str,
        task_memory_mib: int | None = None,
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
        self._task_memory_mib = task_memory_mib
        self._fails_checks = fails_checks
        self._checker: asyncio.Task[None] | None = None
        self._guests: set[Child] = set()
        self._runtime: Runtime = Process(ledger, None)

    async def start(
        self,
        image: Image,
        address: str,
        environment: Mapping[str, str],
        overrides: Mapping[str, Any],
        on_line: Callable[[str], None],
    ) -> None:
        """Start the container. `environment`: what the platform and the secrets add. Errors: OSError, ValueError."""
        self.health, self.killed_for = HealthStatus.UNKNOWN, ""
        entry_point = self.definition.get("entryPoint") or image.entry_point
        # As in a container engine, an entry point in the definition discards the image's command.
        image_command = [] if self.definition.get("entryPoint") else image.command
        command = overrides.get("command") or self.definition.get("command") or image_command
        argv = bind_to(address, [*entry_point, *command])
        if not argv:
            raise FileNotFoundError(f"container {self.name}: neither the image nor the definition names a command")
        directory = self.definition.get("workingDirectory")
        program = Program(
            label=f"task {self._task_id[:8]} {self.name}",
            argv=argv,
            environment=bind_environment(
                address,
                image.environment | _variables(self.definition) | dict(environment) | _variables(overrides),
            ),
            directory=Path(directory) if directory else image.working_directory,
            definition=self.definition,
            task_id=self._task_id,
            memory_mib=self.definition.get("memory") or self._task_memory_mib,
        )
        runtime = self._runtime_for(image)
        self.child = await runtime.start(program, on_line)
        self._runtime = runtime
        check = self.definition.get("healthCheck")
        if check:
            self._checker = asyncio.create_task(self._check_health(check, address), name=f"health {self._task_id}")

    def _runtime_for(self, image: Image) -> Runtime:
        if image.engine is None:
            return Process(self._ledger, self.memory_group)
        return EngineContainer(image.engine, image.name_in_engine, image.stop_signal)

    @property
    def pid(self) -> int | None:
        """The container's first process, as this machine numbers it; None when it does not run."""
        return self._runtime.pid

    @property
    def limits_memory(self) -> bool:
        return self._runtime.limits_memory

    async def stop(self) -> None:
        """Send TERM, or the image's own signal, wait for `stopTimeout`, then send KILL."""
        await self._end_checker()
        await self._runtime.stop(self._clock.real_work_s(self.definition.get("stopTimeout", DEFAULT_STOP_TIMEOUT_S)))

    async def ended(self) -> int:
        """Wait until the container has ended, end the other processes, and return the exit code."""
        assert self.child is not None  # noqa: S101 - called after the start
        await self.child.ended.wait()
        await self._end_checker()
        await asyncio.gather(*(guest.end() for guest in self._guests))
        assert self.child.exit_code is not None  # noqa: S101 - set before `ended`
        exit_code = await self._runtime.finish(self.child.exit_code)
        if self.has_outgrown_its_memory():
            # A shell whose child the kernel killed may have exited with its own code before we could kill it.
            self.killed_for, exit_code = OUT_OF_MEMORY, KILLED
        return exit_code

    def kill(self, reason: str) -> None:
        """Send SIGKILL to the container's whole process tree."""
        if self.child is not None and not self.child.ended.is_set():
            self.killed_for = reason
            self._runtime.kill()

    def has_outgrown_its_memory(self) -> bool:
        """Return whether the kernel has killed one of its processes since the start; the rest of them must end, too."""
        return self._runtime.has_outgrown_its_memory()

    def memory_use(self) -> MemoryUse | None:
        """Return the memory that the kernel charges to the container; None where it does not account for it."""
        return self._runtime.memory_use()

    async def execute(self, command: Sequence[str], terminal: int) -> Child:
        """Run `command` beside the container's own process, on a terminal. It ends with the container.

        Errors: OSError.
        """
        child = Child(f"exec in {self._task_id[:8]} {self.name}", self._ledger)
        await self._runtime.launch(child, command, terminal)
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
            argv = ["/bin/sh", "-c", " ".join(words)] if kind == "CMD-SHELL" else words
            await self._runtime.launch(command, argv)
            passes = await command.stop_after(self._clock.real_work_s(timeout_s)) == 0
        except OSError:
            return False
        finally:
            await command.end()  # even when the container has ended first
        return passes and not self._fails_checks()


def _variables(wire: Mapping[str, Any]) -> dict[str, str]:
    return {pair["name"]: pair.get("value", "") for pair in wire.get("environment", [])}
