"""The runners of all tasks that are not STOPPED: begins, watches and forgets them."""

import asyncio
import logging
from collections.abc import Callable

from localcloud.ecs.checks.overrides import overridden
from localcloud.ecs.model.states import StopCode
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task, TaskDefinition
from localcloud.ecs.scheduling.announcer import Announcer
from localcloud.ecs.scheduling.ports import Runner, TaskStarter

log = logging.getLogger(__name__)


class RunningTasks:
    """Runs tasks. `changed` is called after each change of a task, once it has been announced."""

    def __init__(self, store: Store, announcer: Announcer, start: TaskStarter, changed: Callable[[], None]) -> None:
        self._store = store
        self._announcer = announcer
        self._start = start
        self._changed = changed
        self._runners: dict[str, Runner] = {}

    def __len__(self) -> int:
        return len(self._runners)

    def begin(
        self,
        task: Task,
        definition: TaskDefinition,
        *,
        on_event: Callable[[str], None] = lambda message: None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Start its processes. `on_event` gets the text of service events; `on_change` is called before others."""

        def changed() -> None:
            on_change()
            self._announce(task)

        self._runners[task.arn] = self._start(
            task,
            overridden(definition.wire, task.overrides),
            on_change=changed,
            on_event=on_event,
            on_end=lambda: self._ended(task),
        )
        self._store.add(task)
        self._announce(task)
        log.info("Task started", extra={"action": "task_started", "task": task.arn, "revision": definition.label})

    def runner(self, task: Task) -> Runner | None:
        """Return the task's runner, or None when the task is STOPPED."""
        return self._runners.get(task.arn)

    def ask_to_stop(self, task: Task, code: StopCode, reason: str, *, drain: bool) -> None:
        """Request a stop; the first reason is kept. Errors: KeyError when the task is STOPPED."""
        self._runners[task.arn].ask_to_stop(code, reason, drain=drain)

    def with_processes(self) -> list[tuple[Task, list[int]]]:
        """Return every task with the first processes of its containers."""
        return [(self._store.tasks[arn], runner.process_ids()) for arn, runner in self._runners.items()]

    def observe_health(self) -> None:
        """Copy the results of the container health checks into the tasks."""
        for arn, runner in self._runners.items():
            if runner.observe_health():
                self._store.touch()
                self._announcer.task(self._store.tasks[arn])

    async def stop_all(self, reason: str) -> None:
        """Stop all tasks within their stopTimeout, without draining, and wait until they are STOPPED."""
        runners = list(self._runners.values())
        for runner in runners:
            runner.ask_to_stop(StopCode.TERMINATION_NOTICE, reason, drain=False)
            runner.skip_waiting()
        await asyncio.gather(*(runner.ended() for runner in runners))

    def _ended(self, task: Task) -> None:
        del self._runners[task.arn]
        if task.stop_code is StopCode.USER_INITIATED:
            task.accounted = True
        exit_codes = {container.name: container.exit_code for container in task.containers}
        fields = {"action": "task_stopped", "task": task.arn, "code": task.stop_code, "exit_codes": exit_codes}
        log.info("Task stopped: %s", task.stopped_reason, extra=fields)
        self._announce(task)

    def _announce(self, task: Task) -> None:
        self._announcer.task(task)
        self._changed()
