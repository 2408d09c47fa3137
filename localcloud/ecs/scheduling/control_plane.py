"""The control plane of ECS: the operations behind the API, and the loop that reconciles services and saves state."""

import asyncio
import contextlib
import logging

from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import ServiceStatus, StopCode, Strategy
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task, TaskDefinition, Wire
from localcloud.ecs.scheduling import expiry
from localcloud.ecs.scheduling.announcer import Announcer
from localcloud.ecs.scheduling.new_tasks import NewTasks
from localcloud.ecs.scheduling.placement import Placement
from localcloud.ecs.scheduling.ports import AlarmSource, Runner, TargetHealthSource, TaskStarter
from localcloud.ecs.scheduling.reconciler import Reconciler
from localcloud.ecs.scheduling.running_tasks import RunningTasks
from localcloud.ecs.scheduling.service_tasks import ServiceTasks
from localcloud.ecs.shifting import rollout
from localcloud.ecs.shifting.alarms import DeploymentAlarms
from localcloud.ecs.shifting.stages import HookCaller, Shifting, Traffic
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

UNSETTLED_POLL_S = 0.1
SETTLED_POLL_S = 0.5
"""Real seconds between checks of container health and time; everything else wakes the loop immediately."""

LOOK_GAP_S = 0.01
"""Minimum real seconds between passes: fifty starting tasks cause five hundred changes within a second."""

SAVE_INTERVAL_S = 0.25
"""Real seconds between saves of the loop's own changes: a roll of fifty tasks causes hundreds of them a second.

Changes that a client requested are saved before the response (`api.py`).
"""


class ControlPlane:
    """Runs all services and tasks in the store."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        region: str,
        account_id: str,
        balancing: TargetHealthSource,
        traffic: Traffic,
        hooks: HookCaller,
        alarms: AlarmSource,
        start_task: TaskStarter,
        placement: Placement | None = None,
    ) -> None:
        self.store = store
        self.balancing = balancing
        self.announcer = Announcer()
        self._clock = clock
        self.new_tasks = NewTasks(clock, region=region, account_id=account_id)
        self._running = RunningTasks(store, self.announcer, start_task, self.changed)
        self._shifting = Shifting(clock, traffic, hooks, self.changed)
        self.placement = placement or Placement()
        tasks = ServiceTasks(store, clock, balancing, self.new_tasks, self._running, self.changed, self.placement)
        watching = DeploymentAlarms(alarms, clock)
        self._reconciler = Reconciler(store, clock, self.announcer, tasks, self._shifting, watching)
        self._wake = asyncio.Event()
        balancing.on_target_change(self._wake.set)
        self._loop: asyncio.Task[None] | None = None
        self._not_scheduled: dict[str, str] = {}
        """Service ARN -> why it cannot be scheduled now."""
        self.not_saved = ""
        """The file and the reason of the last failed save; empty after a successful one."""

    async def start(self) -> None:
        """Load the state and start the loop."""
        self.load()
        self._loop = asyncio.create_task(self._run(), name="ecs control plane")

    def load(self) -> None:
        """Restore the state of an earlier run. Services that cannot be used are set aside."""
        self.store.load(self._clock.wall())
        for service in list(self.store.services.values()):
            try:
                self._shifting.restore(service)
                self.announcer.restore(service)
            except Exception as exc:  # noqa: BLE001 - one broken service must not keep the others from running
                self.store.set_service_aside(service, f"{type(exc).__name__}: {exc}")

    async def stop(self) -> None:
        """Stop all tasks within their stopTimeout, without draining. Services stay as they are."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._running.stop_all("The local cloud was stopped")
        for task in self.store.tasks.values():
            task.accounted = True
        self.store.touch()
        self.save()

    def status(self) -> dict[str, object]:
        """Return the counts of services and tasks; `failed` when the loop has ended or changes cannot be saved."""
        alive = self._loop is not None and not self._loop.done()
        status = "ready" if alive and not self.not_saved else "failed"
        status_report: dict[str, object] = {
            "status": status,
            "services": len(self.store.services),
            "tasks": len(self._running),
        }
        if self._not_scheduled:
            status_report["not_scheduled"] = self._not_scheduled
        return status_report | ({"not_saved": self.not_saved} if self.not_saved else {})

    def save(self) -> None:
        """Save changes. A failure, such as a full disk, is reported (`not_saved`) and retried while work continues."""
        try:
            self.store.save()
        except OSError as error:
            reason = f"{self.store.path}: {error.strerror}"
            if reason != self.not_saved:
                log.exception("State is not saved", extra={"action": "state_not_saved", "service": "ecs"})
            self.not_saved = reason
        else:
            self.not_saved = ""

    def changed(self) -> None:
        """Record that the model has changed: it is checked again soon and saved."""
        self.store.touch()
        self._wake.set()

    # --- operations behind the API ---

    def deploy(self, service: Service, task_definition: str, launch: Wire) -> Deployment:
        """Put a new PRIMARY deployment before the others."""
        deployment = rollout.begin(service, task_definition, launch, self._clock.wall())
        current = service.current
        if current is not None and current.strategy is not Strategy.ROLLING:
            self._shifting.enter_first_stage(service, current)
        self.announcer.deployments(service)
        log.info("Deployment begins", extra={"action": "deployment_begins", "deployment": deployment.id})
        self.changed()
        return deployment

    def fail_deployment(self, service: Service, deployment_id: str, fault: rollout.FailureCause) -> None:
        """Fail a deployment and roll it back."""
        self._reconciler.fail(service, deployment_id, fault, rolls_back=True)
        self.changed()

    def shortage_to_run(self, count: int) -> str | None:
        """Return ECS's reason why `count` more tasks of RunTask cannot be placed; None when they can."""
        shortage = self.placement.shortage()
        if shortage is None and not self.placement.has_room_to_run(len(self._running), count):
            return self.placement.reason
        return shortage

    def run_task(self, task: Task, definition: TaskDefinition) -> None:
        """Start a task that `new_tasks` has created."""
        self._running.begin(task, definition)

    def stop_task(self, task: Task, reason: str) -> None:
        """Send the stop signal immediately, without draining first, as StopTask does (aws-facts 1.5)."""
        if self.runner(task) is not None:
            reason = reason or "Task stopped by user"
            self._running.ask_to_stop(task, StopCode.USER_INITIATED, reason, drain=False)

    def runner(self, task: Task) -> Runner | None:
        """Return the task's runner, or None when the task is STOPPED."""
        return self._running.runner(task)

    def running_tasks(self) -> list[tuple[Task, list[int]]]:
        """Return every task that is not STOPPED, with the first processes of its containers."""
        return self._running.with_processes()

    def task_definition(self, arn: str) -> TaskDefinition:
        """Return a task definition. Errors: KeyError, IndexError when it does not exist."""
        return self.store.task_definition(arn)

    # --- the loop ---

    async def _run(self) -> None:
        now, saved_at_s = asyncio.get_running_loop().time, 0.0
        while True:
            self._wake.clear()
            self.look()
            expiry.remove_stopped_tasks(self.store, self._clock.wall())
            if now() - saved_at_s >= SAVE_INTERVAL_S:
                self.save()
                saved_at_s = now()
            await asyncio.sleep(LOOK_GAP_S)
            is_waiting = self.store.is_changed or self._is_unsettled()
            poll_s = UNSETTLED_POLL_S if is_waiting else SETTLED_POLL_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll_s):
                    await self._wake.wait()

    def look(self) -> None:
        """Reconcile every service as far as is possible now."""
        self._running.observe_health()
        expiry.end_protections(self.store, self._clock.wall())
        expiry.end_deletions(self.store)
        for service in list(self.store.services.values()):
            try:
                self._reconciler.settle(service)
                self._not_scheduled.pop(service.arn, None)
            except Exception as exc:  # one service's defect must not stop the others
                reason = f"{type(exc).__name__}: {exc}"
                if self._not_scheduled.get(service.arn) != reason:
                    fields = {"action": "schedule", "service": service.arn}
                    log.exception("Service could not be scheduled", extra=fields)
                self._not_scheduled[service.arn] = reason

    def _is_unsettled(self) -> bool:
        return any(
            service.status is not ServiceStatus.INACTIVE and not service.steady_reported
            for service in self.store.services.values()
        )
