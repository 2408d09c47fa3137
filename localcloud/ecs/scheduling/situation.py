"""The state of a service at one moment: which tasks are live, healthy, or to be replaced (aws-facts 1.1)."""

from collections.abc import Sequence

from localcloud.ecs.model.states import DesiredStatus, HealthStatus, TaskStatus
from localcloud.ecs.model.views import DeploymentView, ServiceView, TaskView

RUNNING_COUNTS_AS_HEALTHY_AFTER_S = 40.0
"""Without load balancer and health check, a task counts as healthy after 40 s of RUNNING (aws-facts 1.1)."""


def is_healthy(service: ServiceView, task: TaskView, now: float) -> bool:
    """Return whether a task counts toward the floor (the table in aws-facts 1.1)."""
    if not task.live or task.status is not TaskStatus.RUNNING or task.running_since is None:
        return False
    if task.has_health_check and task.container_health is not HealthStatus.HEALTHY:
        return False
    if service.has_load_balancer:
        return task.target_healthy
    return task.has_health_check or now - task.running_since >= RUNNING_COUNTS_AS_HEALTHY_AFTER_S


def is_unhealthy(service: ServiceView, task: TaskView, now: float) -> bool:
    """Return whether a task is to be replaced: its checks fail and the grace period is over."""
    if not task.live or task.status is not TaskStatus.RUNNING or task.running_since is None:
        return False
    grace_s = service.grace_period_s
    if not task.target_answers:
        grace_s = max(grace_s, service.start_grace_s)
    if now - task.running_since < grace_s:
        return False
    return task.target_unhealthy or task.container_health is HealthStatus.UNHEALTHY


class Situation:
    """`room`: the number of tasks that may be started below the ceiling; `stopping`: whether some task is stopping.

    `healthy` and `unhealthy` contain ids of tasks. A task that has not yet passed or failed its checks is in neither.
    """

    def __init__(self, service: ServiceView, tasks: Sequence[TaskView], now: float) -> None:
        self.service = service
        self.now = now
        self.primary = service.primary
        self.others = [deployment for deployment in service.deployments if not deployment.primary]
        self.present = [task for task in tasks if task.status is not TaskStatus.STOPPED]
        self.live = [task for task in tasks if task.live]
        self.room = service.ceiling - len(self.live)
        self.healthy = {task.id for task in self.live if is_healthy(service, task, now)}
        self.unhealthy = {task.id for task in self.live if is_unhealthy(service, task, now)}
        self._live_of: dict[str, list[TaskView]] = {}
        for task in self.live:
            self._live_of.setdefault(task.deployment_id, []).append(task)

    @property
    def stopping(self) -> bool:
        return any(task.desired is DesiredStatus.STOPPED for task in self.present)

    @property
    def spare(self) -> int:
        """The number of healthy tasks above the floor; negative below it."""
        return len(self.healthy) - self.service.floor

    def of(self, deployment: DeploymentView) -> Sequence[TaskView]:
        """Return the live tasks of a deployment."""
        return self._live_of.get(deployment.id, [])

    def useful(self, deployment: DeploymentView) -> Sequence[TaskView]:
        """Return the tasks that count toward the deployment's desired count: those that need no replacement."""
        live = self.of(deployment)
        return [task for task in live if task.id not in self.unhealthy] if self.unhealthy else live

    def healthy_count(self, deployment: DeploymentView) -> int:
        return sum(task.id in self.healthy for task in self.of(deployment))
