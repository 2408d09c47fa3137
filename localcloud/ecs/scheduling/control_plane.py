"""The control plane of ECS: what the API asks of it, and the loop that looks after every service and writes down."""

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
"""Real seconds between looks at container health and the time; everything else wakes the loop at once."""

LOOK_GAP_S = 0.01
"""Real seconds between looks at least: fifty tasks that start change something five hundred times within a second."""

SAVE_INTERVAL_S = 0.25
"""Real seconds between saves of what the loop itself has changed: a roll of fifty tasks changes it hundreds of times
a second. What a client has asked for is saved before its answer (`api.py`)."""


class ControlPlane:
    """Runs every service and task in the store."""

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
        balancing.tell_moves(self._wake.set)
        self._loop: asyncio.Task[None] | None = None
        self._not_scheduled: dict[str, str] = {}
        """Service ARN -> why nothing can be done about it now."""
        self.not_saved = ""
        """Why the last save failed, with the file; empty when it did not."""

    async def start(self) -> None:
        """Load the state and begin to run it."""
        self.load()
        self._loop = asyncio.create_task(self._run(), name="ecs control plane")

    def load(self) -> None:
        """Take up what an earlier run has left; what is of no use is set aside."""
        self.store.load(self._clock.wall())
        for service in list(self.store.services.values()):
            try:
                self._shifting.restore(service)
                self.announcer.restore(service)
            except Exception as exc:  # noqa: BLE001 - what was stored of one must not keep the others from running
                self.store.set_service_aside(service, f"{type(exc).__name__}: {exc}")

    async def stop(self) -> None:
        """Stop every task as SIGTERM and stopTimeout allow, without draining; services stay as they are."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._running.stop_all("The local cloud was stopped")
        for task in self.store.tasks.values():
            task.accounted = True
        self.store.touch()
        self.save()

    def status(self) -> dict[str, object]:
        """How much runs; failed when the loop has ended, or what has changed cannot be saved."""
        alive = self._loop is not None and not self._loop.done()
        status = "ready" if alive and not self.not_saved else "failed"
        told: dict[str, object] = {"status": status, "services": len(self.store.services), "tasks": len(self._running)}
        if self._not_scheduled:
            told["not_scheduled"] = self._not_scheduled
        return told | ({"not_saved": self.not_saved} if self.not_saved else {})

    def save(self) -> None:
        """Write down what has changed. A disk that is full is told (`not_saved`) and tried again; work goes on."""
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
        """The model has changed: look again soon, and write it down."""
        self.store.touch()
        self._wake.set()

    # --- what the API asks for ---

    def deploy(self, service: Service, task_definition: str, launch: Wire) -> Deployment:
        """Put a new PRIMARY deployment in front of the others."""
        deployment = rollout.begin(service, task_definition, launch, self._clock.wall())
        current = service.current
        if current is not None and current.strategy is not Strategy.ROLLING:
            self._shifting.enter_first_stage(service, current)
        self.announcer.deployments(service)
        log.info("Deployment begins", extra={"action": "deployment_begins", "deployment": deployment.id})
        self.changed()
        return deployment

    def fail_deployment(self, service: Service, deployment_id: str, fault: rollout.FailureCause) -> None:
        """Give a deployment up and roll it back."""
        self._reconciler.fail(service, deployment_id, fault, rolls_back=True)
        self.changed()

    def has_room_to_run(self, count: int) -> bool:
        """Whether this machine may run so many more tasks of RunTask."""
        return self.placement.has_room_to_run(len(self._running), count)

    def run_task(self, task: Task, definition: TaskDefinition) -> None:
        """Start a task that `new_tasks` has made."""
        self._running.begin(task, definition)

    def stop_task(self, task: Task, reason: str) -> None:
        """What StopTask does: the stop signal at once, no draining before it (facts 1.5)."""
        if self.runner(task) is not None:
            reason = reason or "Task stopped by user"
            self._running.ask_to_stop(task, StopCode.USER_INITIATED, reason, drain=False)

    def runner(self, task: Task) -> Runner | None:
        """None when the task is STOPPED."""
        return self._running.runner(task)

    def running_tasks(self) -> list[tuple[Task, list[int]]]:
        """Every task that is not STOPPED, with the first processes of its containers."""
        return self._running.with_processes()

    def task_definition(self, arn: str) -> TaskDefinition:
        """Errors: KeyError, IndexError."""
        return self.store.task_definition(arn)

    # --- the loop ---

    async def _run(self) -> None:
        now, saved_at_s = asyncio.get_running_loop().time, 0.0
        while True:
            self._wake.clear()
            self.look()
            self.store.forget_old_tasks(self._clock.wall())
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
        """Let every service come as far as it can now."""
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
