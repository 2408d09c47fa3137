"""The loop of ECS: observes services and tasks, asks the scheduler, does what it says, and writes it down."""

import asyncio
import contextlib
import logging
import uuid
from collections import Counter
from collections.abc import Callable

from localcloud.clock import Clock
from localcloud.ecs import actions, rollout, scheduler, situation, views
from localcloud.ecs.announcer import Announcer
from localcloud.ecs.capacity_rules import provider_of
from localcloud.ecs.model import DELETED, Container, Deployment, Service, ServiceRevision, Task, TaskDefinition, Wire
from localcloud.ecs.overrides import overridden
from localcloud.ecs.ports import AlarmSource, Runner, TargetHealthSource, TaskStarter
from localcloud.ecs.shifting import HookCaller, Shifting, Traffic
from localcloud.ecs.states import (
    LIVE_STATUSES,
    DesiredStatus,
    LifecycleStage,
    MonitorStatus,
    RolloutState,
    ServiceAction,
    ServiceDeploymentStatus,
    ServiceStatus,
    StopCode,
    Strategy,
    TaskStatus,
)
from localcloud.ecs.store import Store
from localcloud.ecs.tag_rules import task_tags
from localcloud.elb.targets import TargetState

log = logging.getLogger(__name__)

UNSETTLED_POLL_S = 0.1
SETTLED_POLL_S = 0.5
"""Real seconds between looks at container health and the time; everything else wakes the loop at once."""

SAVE_INTERVAL_S = 0.25
"""Real seconds between saves of what the loop itself has changed: a roll of fifty tasks changes it hundreds of times
a second. What a client has asked for is saved before its answer (`api.py`)."""

MAX_ROUNDS = 1000
"""Of asking and acting about one service at one moment; more means that decisions contradict each other."""

STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


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
    ) -> None:
        self.store = store
        self.balancing = balancing
        self.announcer = Announcer()
        self._clock = clock
        self._task_arn_prefix = f"arn:aws:ecs:{region}:{account_id}:task"
        self._zones = [f"{region}a", f"{region}c"]
        self._start_task = start_task
        self._alarms = alarms
        self._shifting = Shifting(clock, traffic, hooks, self.changed)
        self._wake = asyncio.Event()
        balancing.tell_moves(self._wake.set)
        self._runners: dict[str, Runner] = {}
        self._last_start_failures: dict[str, float] = {}
        self._loop: asyncio.Task[None] | None = None
        self._started = 0
        self.not_saved = ""
        """Why the last save failed, with the file; empty when it did not."""

    async def start(self) -> None:
        """Load the state and begin to run it."""
        self.store.load(self._clock.wall())
        for service in self.store.services.values():
            self._shifting.take_up(service)
            self.announcer.take_up(service)
        self._loop = asyncio.create_task(self._run(), name="ecs control plane")

    async def stop(self) -> None:
        """Stop every task as SIGTERM and stopTimeout allow, without draining; services stay as they are."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        runners = list(self._runners.values())
        for runner in runners:
            runner.ask_to_stop(StopCode.TERMINATION_NOTICE, "The local cloud was stopped", drain=False)
        await asyncio.gather(*(runner.ended() for runner in runners))
        for task in self.store.tasks.values():
            task.accounted = True
        self.store.touch()
        self.save()

    def status(self) -> dict[str, object]:
        """How much runs; failed when the loop has ended, or what has changed cannot be saved."""
        alive = self._loop is not None and not self._loop.done()
        status = "ready" if alive and not self.not_saved else "failed"
        told: dict[str, object] = {"status": status, "services": len(self.store.services), "tasks": len(self._runners)}
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

    def run_task(
        self,
        definition: TaskDefinition,
        cluster_arn: str,
        *,
        group: str,
        started_by: str,
        tags: dict[str, str],
        capacity_provider: str,
        wire: Wire,
    ) -> Task:
        """Start a standalone task; `wire` holds launch settings and `overrides` of the request."""
        task = self._new_task(definition, cluster_arn, launch=wire, group=group, started_by=started_by)
        task.overrides = wire.get("overrides", {})
        task.exec_enabled = wire.get("enableExecuteCommand", False)
        task.tags = dict(tags)
        task.capacity_provider = capacity_provider
        self._begin(task, definition, on_event=lambda message: None, on_change=lambda: None)
        return task

    def stop_task(self, task: Task, reason: str) -> None:
        """What StopTask does: the stop signal at once, no draining before it (facts 1.5)."""
        runner = self._runners.get(task.arn)
        if runner is not None:
            runner.ask_to_stop(StopCode.USER_INITIATED, reason or "Task stopped by user", drain=False)

    def fail_deployment(self, service: Service, deployment_id: str, fault: rollout.Fault) -> None:
        """Give a deployment up and roll it back."""
        self._fail(service, deployment_id, fault, rolls_back=True)
        self.changed()

    def running_tasks(self) -> list[tuple[Task, list[int]]]:
        """Every task that is not STOPPED, with the first processes of its containers."""
        return [(self.store.tasks[arn], runner.process_ids()) for arn, runner in self._runners.items()]

    def runner(self, task: Task) -> Runner | None:
        """None when the task is STOPPED."""
        return self._runners.get(task.arn)

    def task_definition(self, arn: str) -> TaskDefinition:
        """Errors: KeyError, IndexError."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        return self.store.task_definitions[family][int(revision) - 1]

    def counts(self, service: Service, deployment: Deployment | None = None) -> tuple[int, int]:
        """(running, pending) of a service or of one of its deployments."""
        live = [
            task.last_status
            for task in self.store.open_tasks(service)
            if task.desired_status is DesiredStatus.RUNNING
            and task.last_status in LIVE_STATUSES
            and (deployment is None or task.deployment_id == deployment.id)
        ]
        running = live.count(TaskStatus.RUNNING)
        return running, len(live) - running

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
            is_waiting = self.store.is_changed or self._is_unsettled()
            poll_s = UNSETTLED_POLL_S if is_waiting else SETTLED_POLL_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll_s):
                    await self._wake.wait()

    def look(self) -> None:
        """Let every service come as far as it can now."""
        for arn, runner in self._runners.items():
            if runner.observe_health():
                self.store.touch()
                self.announcer.task(self.store.tasks[arn])
        self._end_protections()
        self._end_deletions()
        for service in list(self.store.services.values()):
            try:
                self._settle(service)
            except Exception:  # one service's defect must not stop the others
                log.exception("Service could not be scheduled", extra={"action": "schedule", "service": service.arn})

    def _end_protections(self) -> None:
        now = self._clock.wall()
        for task in self.store.tasks.values():
            if task.protected_until is not None and task.protected_until <= now:
                task.protected_until = None
                self.store.touch()

    def _end_deletions(self) -> None:
        """Task definitions that are being deleted go when nothing uses them any more (facts 1.10)."""
        families = self.store.task_definitions.values()
        going = [revision for family in families for revision in family if revision.status == "DELETE_IN_PROGRESS"]
        if not going:
            return
        tasks = (task for task in self.store.tasks.values() if task.last_status is not TaskStatus.STOPPED)
        used = {task.task_definition for task in tasks}
        for service in self.store.services.values():
            if service.status is not ServiceStatus.INACTIVE:
                used |= {deployment.task_definition for deployment in service.deployments}
                used |= {service.last_completed.task_definition} if service.last_completed else set()
        for revision in going:
            if revision.arn not in used:
                revision.status = DELETED
                self.store.touch()

    def _is_unsettled(self) -> bool:
        return any(
            service.status is not ServiceStatus.INACTIVE and not service.steady_reported
            for service in self.store.services.values()
        )

    def _settle(self, service: Service) -> None:
        """Ask and act until nobody has anything more to do about this service now."""
        for _ in range(MAX_ROUNDS):
            self._want(service)
            self._watch_alarms(service)
            self.announcer.deployments(service)
            tasks = self.store.open_tasks(service)
            seen = [views.task_view(task, self._target_healths(task)) for task in tasks]
            view = views.service_view(service, self._last_start_failures)
            waits = self._shifting.is_giving_back(service)
            planned = [] if waits else scheduler.plan(view, seen, self._clock.now())
            acted = [self._act(service, action) for action in planned]
            shifted = self._shifting.advance(service, self._healthy_counts(view, seen))
            self.announcer.deployments(service)
            if not any(acted) and not shifted:
                return
            self.store.touch()
        raise RuntimeError(f"{service.arn}: not settled after {MAX_ROUNDS} rounds, last {planned}")

    def _healthy_counts(self, view: views.ServiceView, tasks: list[views.TaskView]) -> Counter[str]:
        now = self._clock.now()
        return Counter(task.deployment_id for task in tasks if situation.is_healthy(view, task, now))

    def _want(self, service: Service) -> None:
        """How many tasks each deployment shall have."""
        if service.strategy_in_effect is not Strategy.ROLLING:
            self._shifting.want(service)
            return
        primary = service.primary
        if primary is not None and primary.rollout_state is not RolloutState.FAILED:
            primary.desired_count = service.desired_count

    def _watch_alarms(self, service: Service) -> None:
        """Alarms that are in ALARM at the start are ignored for the whole deployment (facts 1.8)."""
        current = service.current
        settings = current.configuration.get("alarms", {}) if current is not None else {}
        if current is None or current.status is not ServiceDeploymentStatus.IN_PROGRESS:
            return
        states = {name: self._alarms.state(name, current.created_at) for name in settings.get("alarmNames", [])}
        if current.alarms is None and None not in states.values():
            usable = settings.get("enable", False) and states and "ALARM" not in states.values()
            current.alarms = MonitorStatus.MONITORING if usable else MonitorStatus.DISABLED
        triggered = [name for name, state in states.items() if state == "ALARM"]
        if current.alarms is not MonitorStatus.MONITORING or not triggered:
            return
        current.alarms = MonitorStatus.TRIGGERED
        current.triggered_alarms = triggered
        self._fail(service, current.deployment_id, rollout.ALARM, rolls_back=settings.get("rollback", False))

    def _fail(self, service: Service, deployment_id: str, fault: rollout.Fault, *, rolls_back: bool) -> None:
        """A monitor has tripped. Where traffic was shifted, it has to go back first (`shifting.py`)."""
        log.warning("Deployment failed: %s", fault.reason, extra={"deployment": deployment_id, "by": fault.by})
        current = service.current
        if rolls_back and service.in_lifecycle and current is not None:
            current.fault = fault.reason
            return
        target = rollout.rollback_target(service, deployment_id) if rolls_back else None
        rollout.fail(service, service.deployment(deployment_id), target, self._clock.wall(), fault)

    def _is_baking(self, service: Service) -> bool:
        """A rolling deployment with alarms is complete only when they have had time to tell (facts 1.8)."""
        current = service.current
        if current is None or current.alarms is not MonitorStatus.MONITORING:
            return False
        if current.stage is None:
            current.stage, current.stage_since = LifecycleStage.BAKE_TIME, self._clock.now()
        names = current.configuration["alarms"]["alarmNames"]
        return self._clock.now() - current.stage_since < max(self._alarms.bake_s(name) for name in names)

    def _act(self, service: Service, action: actions.Action) -> bool:
        """Carry it out; -> whether that may lead to another action now."""
        now = self._clock.wall()
        match action:
            case actions.StartTasks(deployment_id, count):
                for _ in range(count):
                    self._start_service_task(service, service.deployment(deployment_id))
            case actions.StopTask():
                self._stop_service_task(service, action)
            case actions.ReduceDesired(deployment_id, desired_count):
                service.deployment(deployment_id).desired_count = desired_count
            case actions.CountFailure(task_id, deployment_id, never_ran):
                if rollout.count_failure(service, self._task(service, task_id), never_ran=never_ran, now=now):
                    self.announcer.service(service, ServiceAction.TASK_START_IMPAIRED)
                if never_ran:
                    self._last_start_failures[deployment_id] = self._clock.now()
            case actions.CountHealthy(task_id):
                rollout.count_healthy(service, self._task(service, task_id))
            case actions.FailDeployment(deployment_id, rolls_back):
                self._fail(service, deployment_id, rollout.CIRCUIT_BREAKER, rolls_back=rolls_back)
            case actions.CompleteDeployment(deployment_id):
                if self._is_baking(service):
                    return False
                rollout.complete(service, service.deployment(deployment_id), now)
                log.info("Deployment completed", extra={"action": "deployment_completed", "deployment": deployment_id})
            case actions.RemoveDeployment(deployment_id):
                service.deployments = [d for d in service.deployments if d.id != deployment_id]
                for task in self.store.open_tasks(service):
                    task.accounted = task.accounted or task.deployment_id == deployment_id
            case actions.ReportSteady():
                service.steady_reported = True
                service.add_event(f"(service {service.name}) has reached a steady state.", now)
                self.announcer.service(service, ServiceAction.STEADY_STATE)
            case actions.ReportUnsteady():
                service.steady_reported = False
            case actions.ReportStuck():
                service.add_event_once(f"(service {service.name}) {STUCK}", now)
                return False
            case actions.Deactivate():
                service.status = ServiceStatus.INACTIVE
                service.deployments = []
                log.info("Service is gone", extra={"action": "service_inactive", "service": service.arn})
        return True

    # --- tasks ---

    def _start_service_task(self, service: Service, deployment: Deployment) -> None:
        definition = self.task_definition(deployment.task_definition)
        subnet = self._emptiest_subnet(service, deployment)
        task = self._new_task(
            definition,
            service.cluster_arn,
            launch=deployment.task_launch(),
            group=f"service:{service.name}",
            started_by=deployment.id,
        )
        task.subnet = subnet
        task.service_name = service.name
        task.exec_enabled = service.wire.get("enableExecuteCommand", False)
        task.deployment_id = deployment.id
        revision = service.revision(deployment.revision_arn)
        for container in task.containers:
            container.image_digest = revision.image_digests.get(container.name, "") if revision else ""
        task.capacity_provider = provider_of(service.wire.get("capacityProviderStrategy", []))
        task.tags = task_tags(
            {},
            service.wire.get("propagateTags", "NONE"),
            of_service=service.tags,
            of_definition=definition.tags,
            cluster=service.cluster_arn.rsplit("/", 1)[1],
            service=service.name,
            managed=service.wire.get("enableECSManagedTags", False),
        )
        self._begin(
            task,
            definition,
            on_event=self._event_writer(service, deployment.id),
            on_change=lambda: self._note_images(revision, task, definition),
        )
        service.add_event(f"(service {service.name}) has started 1 tasks: (task {task.id}).", self._clock.wall())

    def _emptiest_subnet(self, service: Service, deployment: Deployment) -> str:
        """Where the deployment has the fewest tasks, so that they are spread over the zones (facts 1.1)."""
        tasks = (task for task in self.store.open_tasks(service) if task.deployment_id == deployment.id)
        counts = Counter(task.subnet for task in tasks if task.desired_status is DesiredStatus.RUNNING)
        return min(_subnets(deployment.launch), key=lambda subnet: counts[subnet], default="")

    def _new_task(
        self, definition: TaskDefinition, cluster_arn: str, *, launch: Wire, group: str, started_by: str
    ) -> Task:
        self._started += 1
        subnets = _subnets(launch)
        return Task(
            arn=f"{self._task_arn_prefix}/{cluster_arn.rsplit('/', 1)[1]}/{uuid.uuid4().hex}",
            cluster_arn=cluster_arn,
            task_definition=definition.arn,
            launch=launch,
            group=group,
            started_by=started_by,
            created_at=self._clock.wall(),
            subnet=subnets[self._started % len(subnets)] if subnets else "",
            availability_zone=self._zones[self._started % len(self._zones)],
            containers=[_new_container(wire) for wire in definition.wire["containerDefinitions"]],
        )

    def _note_images(self, revision: ServiceRevision | None, task: Task, definition: TaskDefinition) -> None:
        """The first task that has pulled settles what its revision runs."""
        if revision is None or revision.image_digests or task.pull_stopped_at is None:
            return
        revision.image_digests = {
            container.name: container.image_digest
            for container, wire in zip(task.containers, definition.wire["containerDefinitions"], strict=True)
            if wire.get("versionConsistency", "enabled") == "enabled"
        }

    def _begin(
        self,
        task: Task,
        definition: TaskDefinition,
        *,
        on_event: Callable[[str], None],
        on_change: Callable[[], None],
    ) -> None:
        def changed() -> None:
            on_change()
            self._changed(task)

        self._runners[task.arn] = self._start_task(
            task,
            overridden(definition.wire, task.overrides),
            on_change=changed,
            on_event=on_event,
            on_end=lambda: self._ended(task),
        )
        self.store.tasks[task.arn] = task
        self._changed(task)
        log.info("Task started", extra={"action": "task_started", "task": task.arn, "revision": definition.label})

    def _changed(self, task: Task) -> None:
        self.announcer.task(task)
        self.changed()

    def _ended(self, task: Task) -> None:
        del self._runners[task.arn]
        if task.stop_code is StopCode.USER_INITIATED:
            task.accounted = True
        exit_codes = {container.name: container.exit_code for container in task.containers}
        fields = {"action": "task_stopped", "task": task.arn, "code": task.stop_code, "exit_codes": exit_codes}
        log.info("Task stopped: %s", task.stopped_reason, extra=fields)
        self._changed(task)

    def _stop_service_task(self, service: Service, action: actions.StopTask) -> None:
        task = self._task(service, action.task_id)
        now = self._clock.wall()
        if action.unhealthy:
            self._report_unhealthy(service, task)
        kind = "running" if task.last_status is TaskStatus.RUNNING else "pending"
        task.stopped_unhealthy = action.unhealthy
        task.accounted = not action.unhealthy
        self._runners[task.arn].ask_to_stop(StopCode.SERVICE_SCHEDULER_INITIATED, action.reason, drain=True)
        service.add_event(f"(service {service.name}) has stopped 1 {kind} tasks: (task {task.id}).", now)

    def _report_unhealthy(self, service: Service, task: Task) -> None:
        head = f"(service {service.name}) (task {task.id})"
        for group, port, health in self._target_healths(task):
            if health.state is TargetState.UNHEALTHY:
                where = f"(port {port}) is unhealthy in (target-group {group})"
                service.add_event(f"{head} {where} due to (reason {health.description})", self._clock.wall())
                return
        service.add_event(f"{head} failed container health checks.", self._clock.wall())

    def _target_healths(self, task: Task) -> views.TargetHealths:
        if task.last_status is not TaskStatus.RUNNING:
            return []
        return [
            (
                balancer["targetGroupArn"],
                balancer["containerPort"],
                self.balancing.target_health(balancer["targetGroupArn"], task.address, balancer["containerPort"]),
            )
            for balancer in task.launch.get("loadBalancers", [])
            if "targetGroupArn" in balancer
        ]

    def _task(self, service: Service, task_id: str) -> Task:
        return next(task for task in self.store.open_tasks(service) if task.id == task_id)

    def _event_writer(self, service: Service, deployment_id: str) -> Callable[[str], None]:
        def write(message: str) -> None:
            service.add_event(f"(service {service.name}) {message}", self._clock.wall())
            if message.startswith("deregistered"):
                task_set = f"(service {service.name}, taskSet {deployment_id})"
                service.add_event(f"{task_set} has begun draining connections on 1 tasks.", self._clock.wall())
            self.changed()

        return write


def _subnets(launch: Wire) -> list[str]:
    return list(launch.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", []))


def _new_container(wire: Wire) -> Container:
    return Container(
        name=wire["name"],
        image=wire["image"],
        runtime_id=f"{uuid.uuid4().hex}-{uuid.uuid4().int % 10**10:010d}",
        essential=wire.get("essential", True),
        has_health_check="healthCheck" in wire,
    )
