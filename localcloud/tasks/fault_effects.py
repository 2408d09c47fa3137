"""Applies faults to tasks and databases, by signals and through the parts' own interfaces."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

import psutil

from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.tasks import Task
from localcloud.errors import AwsError
from localcloud.faults.active import Fault
from localcloud.faults.kinds import FailHealth, FailOverDatabase, FaultRefused, FreezeTask, KillTask
from localcloud.machine.process_trees import freeze_tree, kill_tree


class DatabaseInstances(Protocol):
    """The part of RDS that faults use."""

    def identifiers(self) -> list[str]: ...

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Stop the server now, and start it again once `is_back` (a coroutine function) returns. Errors: AwsError."""


class LocalEffects:
    """Applies faults to the tasks and databases of this local cloud.

    `tasks` returns every task that has not ended with the first processes of its containers; `databases` are the
    instances.
    """

    def __init__(self, tasks: Callable[[], Iterable[tuple[Task, list[int]]]], databases: DatabaseInstances) -> None:
        self._tasks = tasks
        self._databases = databases
        self._frozen: dict[str, list[psutil.Process]] = {}

    async def begin(self, fault: Fault) -> None:
        """Apply a fault. Errors: FaultRefused."""
        match fault.kind:
            case KillTask() as kind:
                for task, processes in self._chosen(kind):
                    fault.affected.append(task.id)
                    for pid in processes:
                        kill_tree(pid)
                fault.times = len(fault.affected)
            case FreezeTask() as kind:
                frozen = self._frozen[fault.id] = []
                for task, processes in self._chosen(kind):
                    fault.affected.append(task.id)
                    for pid in processes:
                        frozen += freeze_tree(pid)
                fault.times = len(fault.affected)
            case FailHealth() as kind if not kind.task_definition:
                [(task, _)] = self._chosen(kind)
                fault.affected.append(task.id)
                # From now on only this task, whichever other ids have the same prefix.
                fault.kind = replace(kind, task=task.id)
            case FailOverDatabase() as kind:
                await self._fail_over(fault, kind)

    async def end(self, fault: Fault) -> None:
        """Resume frozen processes that no other fault keeps frozen."""
        frozen = self._frozen.pop(fault.id, [])
        stopped = {process for others in self._frozen.values() for process in others}
        for process in frozen:
            if process not in stopped:
                try:
                    process.resume()
                except psutil.NoSuchProcess:  # it was killed meanwhile
                    continue

    def _chosen(self, kind: KillTask | FreezeTask | FailHealth) -> list[tuple[Task, list[int]]]:
        """Return all tasks of a task definition, or else the named or longest-running task. Errors: FaultRefused."""
        running = [each for each in self._tasks() if each[0].last_status is TaskStatus.RUNNING]
        found = [each for each in running if kind.selects(each[0])]
        if not found:
            criteria = ", ".join(f"{key} {value}" for key, value in kind.parameters().items() if key.startswith("task"))
            there = ", ".join(each[0].id for each in running) or "none"
            problem = f"no running task matches {criteria}" if criteria else "no task is running"
            raise FaultRefused(f"{problem}; running tasks: {there}", 404)
        if kind.task and len(found) > 1:
            raise FaultRefused(
                f"task: {len(found)} running tasks begin with {kind.task!r}; give more characters of the id"
            )
        if kind.task_definition:
            return found
        return [min(found, key=lambda each: each[0].running_since or 0.0)]

    async def _fail_over(self, fault: Fault, kind: FailOverDatabase) -> None:
        databases = self._databases
        there = databases.identifiers()
        if not kind.instance and len(there) != 1:
            raise FaultRefused(f"instance: there are {len(there)} databases ({', '.join(there)}); name one", 404)
        identifier = kind.instance or there[0]
        if identifier not in there:
            raise FaultRefused(
                f"instance: there is no database {identifier!r}, only: {', '.join(there) or 'none'}", 404
            )
        try:
            await databases.fail_over(identifier, fault.over.wait)
        except AwsError as error:
            raise FaultRefused(error.message, 409) from error
        fault.affected.append(identifier)
        fault.times = 1
