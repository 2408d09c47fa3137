"""Notifies listeners of changes to services, deployments and tasks, once per change."""

from typing import Protocol

from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import RolloutState, ServiceAction, TaskStatus
from localcloud.ecs.model.tasks import Task


class Listener(Protocol):
    """Receives announcements. Its methods must return immediately and must not raise."""

    def deployment_moved(self, service: Service, deployment: Deployment) -> None:
        """A deployment has begun, or its rollout state or the reason for it has changed."""

    def service_acted(self, service: Service, action: ServiceAction) -> None:
        """The service scheduler has acted."""

    def task_changed(self, task: Task) -> None:
        """A task is new, or its version has increased."""


class Announcer:
    """Compares each state with the last announced one: code that changes the model need not notify listeners."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._deployments: dict[str, dict[str, tuple[RolloutState, str]]] = {}
        """Service ARN -> deployment id -> state and reason."""
        self._versions: dict[str, int] = {}
        """Task ARN -> version, of tasks that are not STOPPED."""

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def restore(self, service: Service) -> None:
        """Record the service's deployments as already announced by an earlier run."""
        self._deployments[service.arn] = {
            deployment.id: (deployment.rollout_state, deployment.rollout_reason) for deployment in service.deployments
        }

    def deployments(self, service: Service) -> None:
        """Announce changes of deployments, older ones first: a failure, then the rollback."""
        before = self._deployments.get(service.arn, {})
        self.restore(service)
        for deployment in reversed(service.deployments):
            if before.get(deployment.id) != self._deployments[service.arn][deployment.id]:
                for listener in self._listeners:
                    listener.deployment_moved(service, deployment)

    def service(self, service: Service, action: ServiceAction) -> None:
        """Announce an action of the service scheduler."""
        for listener in self._listeners:
            listener.service_acted(service, action)

    def task(self, task: Task) -> None:
        """Announce a task if its version has changed."""
        if self._versions.get(task.arn) == task.version:
            return
        self._versions[task.arn] = task.version
        if task.last_status is TaskStatus.STOPPED:
            del self._versions[task.arn]
        for listener in self._listeners:
            listener.task_changed(task)
