"""The service scheduler as a pure function: (service, tasks, now) -> actions (facts 1.1, 1.6, 1.7).

It decides and changes nothing. `control_plane.py` shows it what is, carries out what it answers and asks again.
Times are AWS seconds of the clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.ecs.states import LIVE_STATUSES, DesiredStatus, HealthStatus, RolloutState, ServiceStatus, TaskStatus

RUNNING_COUNTS_AS_HEALTHY_AFTER_S = 40.0
"""Without load balancer and health check a task counts after 40 s of RUNNING (facts 1.1)."""

THROTTLE_FIRST_S = 15.0
THROTTLE_MAX_S = 900.0
"""Tasks that never reach RUNNING are started ever more slowly, up to 15 minutes (facts 1.1)."""


@dataclass(frozen=True, kw_only=True)
class CircuitBreaker:
    """`deploymentCircuitBreaker` with the threshold of facts 1.7."""

    enable: bool = False
    rollback: bool = False
    threshold_type: str = "BOUNDED_PERCENT"
    threshold_value: int = 50
    reset_on_healthy_task: bool = True

    def threshold(self, desired_count: int) -> int:
        """The number of failed tasks that trips it."""
        if self.threshold_type == "COUNT":
            return self.threshold_value
        share = math.ceil(desired_count * self.threshold_value / 100)
        return max(1, share) if self.threshold_type == "UNBOUNDED_PERCENT" else min(200, max(3, share))


@dataclass(frozen=True, kw_only=True)
class DeploymentView:
    """A deployment as the scheduler sees it. `desired_count`: tasks it shall still have."""

    id: str
    primary: bool
    rollout_state: RolloutState
    desired_count: int
    was_completed: bool = False
    failed_tasks: int = 0
    start_failures: int = 0
    last_start_failure_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task as the scheduler sees it.

    `target_unhealthy`: some target group reports it unhealthy, with `target_reason`; `target_healthy`: all report
    healthy (true without load balancer). `failed`: it ended on its own, not by the scheduler or the user.
    """

    id: str
    deployment_id: str
    status: TaskStatus
    desired: DesiredStatus = DesiredStatus.RUNNING
    running_since: float | None = None
    ever_running: bool = False
    ever_healthy: bool = False
    container_health: HealthStatus = HealthStatus.UNKNOWN
    has_health_check: bool = False
    target_healthy: bool = True
    target_unhealthy: bool = False
    target_reason: str = ""
    availability_zone: str = ""
    failed: bool = False
    accounted: bool = False
    protected: bool = False
    """Scale-in protection: it goes only when its checks fail."""

    @property
    def live(self) -> bool:
        """It runs or will run: it counts against the ceiling."""
        return self.desired is DesiredStatus.RUNNING and self.status in LIVE_STATUSES


@dataclass(frozen=True, kw_only=True)
class ServiceView:
    """A service as the scheduler sees it."""

    desired_count: int
    deployments: Sequence[DeploymentView]
    status: ServiceStatus = ServiceStatus.ACTIVE
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: CircuitBreaker = CircuitBreaker()
    grace_period_s: float = 0.0
    has_load_balancer: bool = False
    steady_reported: bool = False
    shifts_traffic: bool = False
    """Blue/green, linear or canary: each deployment has the tasks it is told to have, and `lifecycle.py` the rest."""
    in_lifecycle: bool = False
    """Whether such a deployment is under way: it is then not the scheduler's to complete."""

    @property
    def floor(self) -> int:
        """Healthy tasks that must remain."""
        return math.ceil(self.desired_count * self.minimum_healthy_percent / 100)

    @property
    def ceiling(self) -> int:
        """RUNNING and PENDING tasks that may be; two whole revisions while traffic shifts."""
        if self.shifts_traffic:
            return 2 * self.desired_count
        return math.floor(self.desired_count * self.maximum_percent / 100)


@dataclass(frozen=True)
class StartTasks:
    """Start `count` tasks of a deployment."""

    deployment_id: str
    count: int


@dataclass(frozen=True)
class StopTask:
    """Stop a task. `unhealthy`: because its checks fail, with the reason; it counts as a failure."""

    task_id: str
    deployment_id: str
    reason: str
    unhealthy: bool = False


@dataclass(frozen=True)
class ReduceDesired:
    """An old deployment gives up tasks: from now on it shall have `desired_count`."""

    deployment_id: str
    desired_count: int


@dataclass(frozen=True)
class CountFailure:
    """A task ended badly: count it, once."""

    task_id: str
    deployment_id: str
    never_ran: bool


@dataclass(frozen=True)
class CountHealthy:
    """A task turned healthy for the first time."""

    task_id: str
    deployment_id: str


@dataclass(frozen=True)
class FailDeployment:
    """The circuit breaker tripped. `rolls_back`: whether what was completed before shall come back."""

    deployment_id: str
    rolls_back: bool


@dataclass(frozen=True)
class CompleteDeployment:
    """All that it wanted is there, and nothing of the others is left."""

    deployment_id: str


@dataclass(frozen=True)
class RemoveDeployment:
    """An old deployment has no task left."""

    deployment_id: str


@dataclass(frozen=True)
class ReportSteady:
    """The service has newly reached a steady state."""


@dataclass(frozen=True)
class ReportUnsteady:
    """The service has left its steady state."""


@dataclass(frozen=True)
class ReportStuck:
    """The percentages allow neither a start nor a stop."""


@dataclass(frozen=True)
class Deactivate:
    """A deleted service has no task left."""


Action = (
    StartTasks
    | StopTask
    | ReduceDesired
    | CountFailure
    | CountHealthy
    | FailDeployment
    | CompleteDeployment
    | RemoveDeployment
    | ReportSteady
    | ReportUnsteady
    | ReportStuck
    | Deactivate
)


def plan(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    """Decide the next actions. Asked again after each change, it settles: a settled service gets no action."""
    if service.status is ServiceStatus.INACTIVE:
        return []
    if service.status is ServiceStatus.DRAINING:
        return _drain(tasks)
    counted = _account(service, tasks, now)
    if counted:
        return counted
    tripped = _circuit_breaker(service)
    if tripped:
        return tripped
    return _Step(service, tasks, now).actions()


def throttle_s(start_failures: int) -> float:
    """Wait before the next start after so many consecutive tasks that never ran."""
    if start_failures == 0:
        return 0.0
    return float(min(THROTTLE_MAX_S, THROTTLE_FIRST_S * 2 ** min(start_failures - 1, 10)))


def is_healthy(service: ServiceView, task: TaskView, now: float) -> bool:
    """Whether a task counts toward the floor (the table in facts 1.1)."""
    if not task.live or task.status is not TaskStatus.RUNNING or task.running_since is None:
        return False
    if task.has_health_check and task.container_health is not HealthStatus.HEALTHY:
        return False
    if service.has_load_balancer:
        return task.target_healthy
    return task.has_health_check or now - task.running_since >= RUNNING_COUNTS_AS_HEALTHY_AFTER_S


def is_unhealthy(service: ServiceView, task: TaskView, now: float) -> bool:
    """Whether a task shall be replaced: its checks fail, and the grace period is over."""
    if not task.live or task.status is not TaskStatus.RUNNING or task.running_since is None:
        return False
    if now - task.running_since < service.grace_period_s:
        return False
    return task.target_unhealthy or task.container_health is HealthStatus.UNHEALTHY


def _drain(tasks: Sequence[TaskView]) -> list[Action]:
    live = [task for task in tasks if task.live]
    if live:
        return [StopTask(task.id, task.deployment_id, "Service deleted") for task in live]
    return [] if any(task.status is not TaskStatus.STOPPED for task in tasks) else [Deactivate()]


def _account(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    known = {deployment.id for deployment in service.deployments}
    actions: list[Action] = []
    for task in tasks:
        if task.deployment_id not in known:
            continue
        if task.failed and not task.accounted:
            actions.append(CountFailure(task.id, task.deployment_id, never_ran=not task.ever_running))
        elif not task.ever_healthy and is_healthy(service, task, now):
            actions.append(CountHealthy(task.id, task.deployment_id))
    return actions


def _circuit_breaker(service: ServiceView) -> list[Action]:
    breaker = service.circuit_breaker
    primary = _primary(service)
    if primary is None or not breaker.enable or primary.rollout_state is not RolloutState.IN_PROGRESS:
        return []
    if primary.failed_tasks < breaker.threshold(service.desired_count):
        return []
    return [FailDeployment(primary.id, breaker.rollback)]


def _primary(service: ServiceView) -> DeploymentView | None:
    return next((deployment for deployment in service.deployments if deployment.primary), None)


def _once_each(actions: Sequence[Action]) -> list[Action]:
    """A task is stopped once: one that is not wanted any more and fails its checks as well is no failure to count."""
    stopping: set[str] = set()
    chosen: list[Action] = []
    for action in actions:
        if isinstance(action, StopTask):
            if action.task_id in stopping:
                continue
            stopping.add(action.task_id)
        chosen.append(action)
    return chosen


def _present(task: TaskView) -> bool:
    return task.status is not TaskStatus.STOPPED


class _Step:
    """One round of placing: what may start, what may stop."""

    def __init__(self, service: ServiceView, tasks: Sequence[TaskView], now: float) -> None:
        self.service = service
        self.now = now
        self.tasks = tasks
        self.live = [task for task in tasks if task.live]
        self.healthy = {task.id for task in self.live if is_healthy(service, task, now)}
        self.unhealthy = {task.id for task in self.live if is_unhealthy(service, task, now)}
        self.primary = _primary(service)
        self.others = [deployment for deployment in service.deployments if not deployment.primary]
        self.room = service.ceiling - len(self.live)

    def actions(self) -> list[Action]:
        leaving = self._stop_unwanted() if self.service.shifts_traffic else self._stop_old()
        actions = _once_each(leaving + self._stop_unhealthy() + self._stop_surplus())
        if actions:  # what stops makes room: starts are decided on the next question
            return actions
        actions = self._start()
        if actions:
            return actions
        return self._finish()

    def of(self, deployment: DeploymentView) -> list[TaskView]:
        return [task for task in self.live if task.deployment_id == deployment.id]

    def _useful(self, deployment: DeploymentView) -> list[TaskView]:
        """Tasks that count toward the deployment's desired count: those that need no replacement."""
        return [task for task in self.of(deployment) if task.id not in self.unhealthy]

    def _stop_old(self) -> list[Action]:
        """Old tasks go as far as the floor of healthy tasks allows."""
        primary = self.primary
        if primary is None or primary.rollout_state is RolloutState.FAILED:
            return []
        spare = len(self.healthy) - self.service.floor
        new_is_there = sum(task.id in self.healthy for task in self.of(primary)) >= self.service.desired_count
        actions: list[Action] = []
        # What never was completed goes first: the completed one is where a rollback would lead.
        for deployment in sorted(self.others, key=lambda d: d.was_completed):
            tasks = self.of(deployment)
            idle = [task for task in tasks if task.id not in self.healthy and not task.protected]
            serving = [task for task in tasks if task.id in self.healthy and not task.protected]
            leaving = idle if new_is_there or not deployment.was_completed else []
            if new_is_there:
                leaving = leaving + serving
            else:
                chosen = serving[: max(0, spare)]
                spare -= len(chosen)
                leaving = leaving + chosen
            left = 0 if new_is_there or not deployment.was_completed else deployment.desired_count - len(leaving)
            if not deployment.was_completed:
                left = len(tasks) - len(leaving)
            left = max(0, min(left, self.service.desired_count))
            if left < deployment.desired_count:
                actions.append(ReduceDesired(deployment.id, left))
            actions += [self._scaled(task) for task in leaving]
        return actions

    def _stop_unwanted(self) -> list[Action]:
        """While traffic shifts, an old deployment goes when it is told to have no task any more, above the floor."""
        leaving = [
            task
            for deployment in self.others
            if deployment.desired_count == 0
            for task in self.of(deployment)
            if not task.protected
        ]
        idle = [task for task in leaving if task.id not in self.healthy]
        serving = [task for task in leaving if task.id in self.healthy]
        return [self._scaled(task) for task in idle + serving[: max(0, len(self.healthy) - self.service.floor)]]

    def _stop_unhealthy(self) -> list[Action]:
        """Failing tasks: the replacement comes first where the ceiling allows it, else the failing one goes first."""
        actions: list[Action] = []
        spare = len(self.live) - self.service.floor
        for deployment in self.service.deployments:
            failing = [task for task in self.of(deployment) if task.id in self.unhealthy]
            chosen = failing[: self._failing_that_may_stop(deployment, spare)]
            spare -= len(chosen)
            actions += [self._failed(task) for task in chosen]
        return actions

    def _failing_that_may_stop(self, deployment: DeploymentView, spare: int) -> int:
        useful = self._useful(deployment)
        undecided = [task for task in useful if task.id not in self.healthy]
        replaced = not undecided and len(useful) >= deployment.desired_count
        if replaced or deployment.rollout_state is RolloutState.FAILED:
            return len(self.live)
        if self.room > 0 or len(useful) >= deployment.desired_count:  # the replacements come or are on their way
            return 0
        return spare if spare > 0 else int(not undecided)  # below the floor already: one by one

    def _stop_surplus(self) -> list[Action]:
        """Scale in: pending and failing tasks first, then from the zone with most tasks, the newest first."""
        scaled = self.service.deployments if self.service.shifts_traffic else [self.primary] if self.primary else []
        return [action for deployment in scaled for action in self._stop_surplus_of(deployment)]

    def _stop_surplus_of(self, deployment: DeploymentView) -> list[Action]:
        # A failing task beside its replacement is not surplus: _stop_unhealthy takes it once that one is healthy.
        remaining = self._useful(deployment)
        surplus = len(remaining) - deployment.desired_count if deployment.desired_count or deployment.primary else 0
        per_zone: dict[str, int] = {}
        for task in remaining:
            per_zone[task.availability_zone] = per_zone.get(task.availability_zone, 0) + 1
        chosen: list[TaskView] = []
        remaining = [task for task in remaining if not task.protected]
        while remaining and len(chosen) < surplus:
            task = min(reversed(remaining), key=lambda t: (t.id in self.healthy, -per_zone[t.availability_zone]))
            remaining.remove(task)
            per_zone[task.availability_zone] -= 1
            chosen.append(task)
        return [self._scaled(task) for task in chosen]

    def _start(self) -> list[Action]:
        """Missing tasks, old deployments' first: they are known to work."""
        actions: list[Action] = []
        room = self.room
        ordered = [d for d in self.others if d.was_completed or self.service.shifts_traffic] + (
            [self.primary] if self.primary else []
        )
        for deployment in ordered:
            if deployment.rollout_state is RolloutState.FAILED or self._throttled(deployment):
                continue
            count = min(deployment.desired_count - len(self._useful(deployment)), room)
            if count > 0:
                room -= count
                actions.append(StartTasks(deployment.id, count))
        return actions

    def _throttled(self, deployment: DeploymentView) -> bool:
        if deployment.last_start_failure_at is None:
            return False
        return self.now < deployment.last_start_failure_at + throttle_s(deployment.start_failures)

    def _finish(self) -> list[Action]:
        present = {task.deployment_id for task in self.tasks if task.status is not TaskStatus.STOPPED}
        gone: list[Action] = [
            RemoveDeployment(deployment.id)
            for deployment in self.others
            if deployment.id not in present and self._is_over(deployment)
        ]
        if gone or self.primary is None:
            return gone
        ready = len(self.of(self.primary)) == len(self._healthy_of_primary()) == self.service.desired_count
        if self.service.in_lifecycle:
            return [ReportUnsteady()] if self.service.steady_reported else []
        if ready and not self.others and self.primary.rollout_state is RolloutState.IN_PROGRESS:
            return [CompleteDeployment(self.primary.id)]
        stopping = any(task.desired is DesiredStatus.STOPPED for task in self.tasks if _present(task))
        steady = ready and not self.others and not stopping
        if steady and self.primary.rollout_state is RolloutState.COMPLETED and not self.service.steady_reported:
            return [ReportSteady()]
        if not steady and self.service.steady_reported:
            return [ReportUnsteady()]
        return [ReportStuck()] if self._is_stuck(self.primary) else []

    def _is_over(self, deployment: DeploymentView) -> bool:
        """A completed deployment that still wants tasks stays, even when all of them died at once."""
        return deployment.desired_count == 0 or not deployment.was_completed

    def _healthy_of_primary(self) -> list[TaskView]:
        assert self.primary is not None  # noqa: S101 - asked by the caller
        return [task for task in self.of(self.primary) if task.id in self.healthy]

    def _is_stuck(self, primary: DeploymentView) -> bool:
        """Something is missing, nothing may start, and nothing under way will change that."""
        missing = primary.desired_count - len(self._useful(primary))
        settled = all(task.id in self.healthy for task in self.live)
        waiting = any(task.desired is DesiredStatus.STOPPED and _present(task) for task in self.tasks)
        failed = primary.rollout_state is RolloutState.FAILED
        return missing > 0 and self.room <= 0 and settled and not waiting and not failed

    def _scaled(self, task: TaskView) -> StopTask:
        owner = self.primary.id if self.primary else task.deployment_id
        return StopTask(task.id, task.deployment_id, f"Scaling activity initiated by (deployment {owner})")

    def _failed(self, task: TaskView) -> StopTask:
        reason = task.target_reason if task.target_unhealthy else "Task failed container health checks"
        return StopTask(task.id, task.deployment_id, reason, unhealthy=True)
