"""Runs the containers of one task: starts in order, restarts, limits memory, stops in reverse (aws-facts 1.5)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from localcloud.ecs.model.dependencies import Condition, Dependency, dependencies, dependents
from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.tasks import Container
from localcloud.machine.clock import Clock
from localcloud.tasks.containers.container import ContainerProcess
from localcloud.tasks.containers.restarts import RestartPolicy
from localcloud.tasks.memory.memory_watch import watch_memory

log = logging.getLogger(__name__)


class CannotStartTask(Exception):
    """A task failed before RUNNING; the message is its stoppedReason."""


class CannotStartContainer(Exception):
    """One container could not be started; the message is its reason."""


class Member:
    """One container in its task: the process and its record."""

    def __init__(self, process: ContainerProcess, container: Container) -> None:
        self.process = process
        self.container = container
        self.name = process.name
        self.started = asyncio.Event()
        self.finished = asyncio.Event()
        """Set when its last process has ended, or when it will never have one."""

    @property
    def definition(self) -> Mapping[str, Any]:
        return self.process.definition


class Supervisor:
    """Runs a task's containers. `start_one` starts one process (Errors: CannotStartTask, CannotStartContainer)."""

    def __init__(
        self,
        members: Sequence[Member],
        *,
        clock: Clock,
        memory_mib: int | None,
        start_one: Callable[[Member], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self.members = {member.name: member for member in members}
        self.over = asyncio.Event()
        """Set when an essential container has ended or the task cannot start: the task then ends."""
        self.failure: CannotStartTask | None = None
        self._clock = clock
        self._memory_mib = memory_mib
        self._start_one = start_one
        self._on_change = on_change
        self._stopping = asyncio.Event()
        self._keepers: list[asyncio.Task[None]] = []
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start all containers in dependency order; return when each has started or the task is `over`.

        Errors: CannotStartTask.
        """
        self._keepers = [
            asyncio.create_task(self._keep(member), name=f"container {name}") for name, member in self.members.items()
        ]
        self._watcher = asyncio.create_task(watch_memory(self._running, self._memory_mib), name="memory of a task")
        all_started = asyncio.create_task(self._all_started())
        await first_of(all_started, self.over.wait(), self._stopping.wait())
        if self.failure is not None:
            raise self.failure

    def all_have_started(self) -> bool:
        """Return whether each essential container is running or has run."""
        return all(member.started.is_set() or not member.container.essential for member in self.members.values())

    async def stop(self) -> None:
        """Stop all containers: each after those that depend on it, otherwise concurrently."""
        self._stopping.set()
        if not self._keepers:  # nothing was started and nothing will be, so no container waits for another's end
            for member in self.members.values():
                member.finished.set()
        await asyncio.gather(*(self._stop_one(member) for member in self.members.values()))
        await asyncio.gather(*self._keepers)
        for member in self.members.values():
            member.container.last_status = TaskStatus.STOPPED
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)

    def _running(self) -> list[ContainerProcess]:
        return [m.process for m in self.members.values() if m.started.is_set() and not m.finished.is_set()]

    async def _all_started(self) -> None:
        for member in self.members.values():
            await first_of(member.started.wait(), member.finished.wait())

    # --- one container ---

    async def _keep(self, member: Member) -> None:
        """Run a container through its whole life cycle, including restarts."""
        try:
            await self._await_dependencies(member)
            await self._run(member)
        except CannotStartTask as exc:
            self.failure = self.failure or exc
            self.over.set()
        except CannotStartContainer as exc:
            member.container.reason = str(exc)
            if member.container.essential:
                self.failure = self.failure or CannotStartTask(str(exc))
                self.over.set()
        except Exception as exc:  # a defect of ours must not keep the task from ending
            log.exception("Container could not be run", extra={"action": "container_failed", "container": member.name})
            self.failure = self.failure or CannotStartTask(f"Task failed to start: {type(exc).__name__}: {exc}")
            self.over.set()
        finally:
            member.container.last_status = TaskStatus.STOPPED
            member.finished.set()
            if member.container.essential:
                self.over.set()
            self._on_change()

    async def _run(self, member: Member) -> None:
        policy = RestartPolicy.of(member.definition)
        while not self._stopping.is_set():
            container = member.container
            await self._start_one(member)
            container.last_status, container.started_at = TaskStatus.RUNNING, self._clock.wall()
            container.exit_code, container.finished_at, container.reason = None, None, ""
            began_s = self._clock.now()
            member.started.set()
            self._on_change()
            if self._stopping.is_set():  # requested while it was starting
                await member.process.stop()
            container.exit_code = await member.process.ended()
            container.finished_at, container.reason = self._clock.wall(), member.process.killed_for
            if not policy.restarts(container.exit_code, self._clock.now() - began_s):
                return
            if not self._stopping.is_set():
                container.restarts += 1

    async def _await_dependencies(self, member: Member) -> None:
        for awaited in dependencies(member.definition):
            if self._stopping.is_set():
                return
            await self._await(member, awaited)

    async def _await(self, member: Member, awaited: Dependency) -> None:
        """Wait for a dependency. Errors: CannotStartContainer when it cannot be met or `startTimeout` has passed."""
        other = self.members[awaited.container]
        event = {
            Condition.START: other.started,
            Condition.HEALTHY: other.process.healthy,
        }.get(awaited.condition, other.finished)
        limit_s = other.definition.get("startTimeout")
        try:
            async with asyncio.timeout(None if limit_s is None else self._clock.real_work_s(limit_s)):
                await first_of(event.wait(), other.finished.wait(), self._stopping.wait())
        except TimeoutError:
            raise CannotStartContainer(
                f"dependency graph: container ordering dependency [{other.name}] for target [{member.name}] "
                f"has timed out: not {awaited.condition} within its startTimeout of {limit_s} s"
            ) from None
        if self._stopping.is_set():
            return
        exit_code = other.container.exit_code
        never = not other.started.is_set()
        failed = awaited.condition is Condition.SUCCESS and exit_code != 0
        if not event.is_set() or never or failed:
            what = "did not exit successfully" if failed and not never else f"will never be {awaited.condition}"
            raise CannotStartContainer(
                f"dependency graph: failed to resolve container ordering dependency [{other.name}] for target "
                f"[{member.name}] as dependency {what}"
            )

    async def _stop_one(self, member: Member) -> None:
        definitions = [other.definition for other in self.members.values()]
        for name in dependents(definitions, member.name):
            await self.members[name].finished.wait()
        if member.started.is_set():
            await member.process.stop()
        await member.finished.wait()


async def first_of(*waits: Awaitable[object]) -> None:
    """Return when the first of them is done, and cancel the others. Its error is raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
