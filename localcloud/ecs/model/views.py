"""The scheduler's view of services, deployments and tasks, and how it is derived from the model.

Plain values: decisions need nothing else and change nothing. They are tuples because each pass of the scheduler
creates all of them again, which takes three times as long with frozen dataclasses. Times are AWS seconds of the clock.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from localcloud.ecs.model.circuit_breaker import NO_CIRCUIT_BREAKER, CircuitBreaker, circuit_breaker
from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import (
    LIVE_STATUSES,
    DeploymentStatus,
    DesiredStatus,
    HealthStatus,
    RolloutState,
    ServiceStatus,
    StopCode,
    Strategy,
    TaskStatus,
)
from localcloud.ecs.model.tasks import Task
from localcloud.elb.targets.states import Reason, TargetHealth, TargetState
from localcloud.machine.clock import Clock

TargetHealths = Sequence[tuple[str, int, TargetHealth]]
"""(target group ARN, port, health) of one task."""


class DeploymentView(NamedTuple):
    """A deployment as the scheduler sees it. `desired_count`: the tasks that it should still have.

    `gets_no_traffic`: its target groups are those that a shift will bring traffic to, and have none yet.
    """

    id: str
    primary: bool
    rollout_state: RolloutState
    desired_count: int
    was_completed: bool = False
    failed_tasks: int = 0
    failures_in_a_row: int = 0
    start_failures: int = 0
    last_start_failure_at: float | None = None
    gets_no_traffic: bool = False


class TaskView(NamedTuple):
    """A task as the scheduler sees it.

    `target_unhealthy`: some target group reports it unhealthy, with `target_reason`. `target_healthy`: all of them
    report it healthy (true without load balancer). `failed`: it ended on its own, not by the scheduler or the user.
    """

    id: str
    deployment_id: str
    status: TaskStatus
    desired: DesiredStatus = DesiredStatus.RUNNING
    begun: float | None = None
    running_since: float | None = None
    ever_running: bool = False
    ever_healthy: bool = False
    container_health: HealthStatus = HealthStatus.UNKNOWN
    has_health_check: bool = False
    target_healthy: bool = True
    target_unhealthy: bool = False
    target_answers: bool = False
    """True when the unhealthy target responds, though wrongly: the task is then not merely slow to start."""
    target_reason: str = ""
    availability_zone: str = ""
    failed: bool = False
    accounted: bool = False
    protected: bool = False
    """Scale-in protection: the task is stopped only when its checks fail."""

    @property
    def live(self) -> bool:
        """Return whether it runs or will run, and so counts against the ceiling."""
        return self.desired is DesiredStatus.RUNNING and self.status in LIVE_STATUSES


class ServiceView(NamedTuple):
    """A service as the scheduler sees it."""

    desired_count: int
    deployments: Sequence[DeploymentView]
    status: ServiceStatus = ServiceStatus.ACTIVE
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: CircuitBreaker = NO_CIRCUIT_BREAKER
    grace_period_s: float = 0.0
    start_grace_s: float = 0.0
    """The grace period of a task that does not respond yet; or the time of a start on a busy machine, if longer."""
    has_load_balancer: bool = False
    steady_reported: bool = False
    shifts_traffic: bool = False
    """Blue/green, linear or canary: each deployment has its assigned number of tasks; `lifecycle.py` does the rest."""
    in_lifecycle: bool = False
    """True while such a deployment is in progress: the scheduler does not complete it."""

    @property
    def primary(self) -> DeploymentView | None:
        """Return the deployment that the service is meant to run."""
        return next((deployment for deployment in self.deployments if deployment.primary), None)

    @property
    def floor(self) -> int:
        """The number of healthy tasks that must remain."""
        return math.ceil(self.desired_count * self.minimum_healthy_percent / 100)

    @property
    def ceiling(self) -> int:
        """The number of RUNNING and PENDING tasks that is allowed; two full revisions while traffic shifts."""
        if self.shifts_traffic:
            return 2 * self.desired_count
        return math.floor(self.desired_count * self.maximum_percent / 100)


def service_view(service: Service, last_start_failures: Mapping[str, float], clock: Clock) -> ServiceView:
    """`last_start_failures`: deployment id -> clock time of its last task that never ran."""
    grace_s = service.wire.get("healthCheckGracePeriodSeconds", 0)
    configuration = service.wire.get("deploymentConfiguration", {})
    return ServiceView(
        desired_count=service.desired_count,
        deployments=[
            DeploymentView(
                id=deployment.id,
                primary=deployment.status is DeploymentStatus.PRIMARY,
                rollout_state=deployment.rollout_state,
                desired_count=deployment.desired_count,
                was_completed=deployment.was_completed,
                failed_tasks=deployment.failed_tasks,
                failures_in_a_row=deployment.failures_in_a_row,
                start_failures=deployment.start_failures,
                last_start_failure_at=last_start_failures.get(deployment.id),
                gets_no_traffic=_gets_no_traffic(service, deployment),
            )
            for deployment in service.deployments
        ],
        status=service.status,
        minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
        maximum_percent=configuration.get("maximumPercent", 200),
        circuit_breaker=circuit_breaker(service),
        grace_period_s=grace_s,
        start_grace_s=clock.work_s(grace_s),
        has_load_balancer=bool(service.wire.get("loadBalancers")),
        steady_reported=service.steady_reported,
        shifts_traffic=service.strategy_in_effect is not Strategy.ROLLING,
        in_lifecycle=service.in_lifecycle,
    )


def _gets_no_traffic(service: Service, deployment: Deployment) -> bool:
    current = service.current
    if current is None or not service.in_lifecycle or not current.source_revision or current.has_traffic:
        return False
    return deployment.alternate == service.deployment(current.deployment_id).alternate


def task_view(task: Task, healths: TargetHealths) -> TaskView:
    """`healths`: the target healths of a RUNNING task; empty without load balancer."""
    failing = next(((group, health) for group, _, health in healths if health.state is TargetState.UNHEALTHY), None)
    by_itself = task.stop_code in (StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED)
    return TaskView(
        id=task.id,
        deployment_id=task.deployment_id,
        status=task.last_status,
        desired=task.desired_status,
        begun=task.begun,
        running_since=task.running_since,
        ever_running=task.ever_running,
        ever_healthy=task.ever_healthy,
        container_health=task.health,
        has_health_check=any(c.has_health_check and c.essential for c in task.containers),
        target_healthy=all(health.state is TargetState.HEALTHY for _, _, health in healths),
        target_unhealthy=failing is not None,
        target_answers=failing is not None and failing[1].reason == Reason.CODE_MISMATCH.value[0],
        target_reason=f"Task failed ELB health checks in (target-group {failing[0]})" if failing else "",
        availability_zone=task.availability_zone,
        failed=task.desired_status is DesiredStatus.STOPPED and (by_itself or task.stopped_unhealthy),
        accounted=task.accounted,
        protected=task.protected_until is not None,
    )
