"""Scale-in protection of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from localcloud.ecs.model.states import DesiredStatus
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.operations.common import Operations, Response, check_count
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import (
        GetTaskProtectionRequestTypeDef,
        UpdateTaskProtectionRequestTypeDef,
    )


DEFAULT_MINUTES = 120
MAX_MINUTES = 2880
MAX_TASKS = 10


class TaskProtectionOperations(Operations):
    """Protect tasks of services from scale-in and deployments for a limited time."""

    def update_task_protection(self, parameters: UpdateTaskProtectionRequestTypeDef) -> Response:
        """Start, renew or end protection. Anything but a running task of a service is returned as a failure."""
        minutes = parameters.get("expiresInMinutes", DEFAULT_MINUTES)
        if not 1 <= minutes <= MAX_MINUTES:
            raise AwsError("InvalidParameterException", f"expiresInMinutes should be between 1 and {MAX_MINUTES}.")
        check_count("Tasks", parameters["tasks"], MAX_TASKS)
        protected, failures = [], []
        for arn, task in self._tasks(parameters["cluster"], parameters["tasks"]):
            if isinstance(task, str):
                failures.append({"arn": arn, "reason": task})
                continue
            # AWS minutes: they pass as fast as all time in the local cloud.
            lasting = timedelta(seconds=self.host.clock.real_s(60 * minutes))
            task.protected_until = self.now() + lasting if parameters["protectionEnabled"] else None
            protected.append(_protection(task))
        self.control.changed()
        return {"protectedTasks": protected, "failures": failures}

    def get_task_protection(self, parameters: GetTaskProtectionRequestTypeDef) -> Response:
        """Return the protection of the given tasks, or of all tasks of the cluster's services."""
        if not parameters.get("tasks"):
            cluster = self.cluster(parameters["cluster"])
            tasks = [t for t in self.store.tasks.values() if t.cluster_arn == cluster.arn and not _objection(t)]
            return {"protectedTasks": [_protection(task) for task in tasks], "failures": []}
        found = list(self._tasks(parameters["cluster"], parameters["tasks"]))
        return {
            "protectedTasks": [_protection(task) for _, task in found if isinstance(task, Task)],
            "failures": [{"arn": arn, "reason": task} for arn, task in found if isinstance(task, str)],
        }

    def _tasks(self, cluster: str, references: Iterable[str]) -> Iterator[tuple[str, Task | str]]:
        """Yield each ARN with its task, or with the reason of the failure."""
        found = self.cluster(cluster)
        for reference in references:
            arn = self.arn_in(found, "task", reference)
            task = self.store.tasks.get(arn)
            yield arn, "MISSING" if task is None else _objection(task) or task


def _objection(task: Task) -> str:
    """Return why a task cannot be protected (it is standalone or stopping); empty when it can."""
    return "" if task.service_name and task.desired_status is DesiredStatus.RUNNING else "TASK_NOT_VALID"


def _protection(task: Task) -> Response:
    response: Response = {"taskArn": task.arn, "protectionEnabled": task.protected_until is not None}
    return response | ({"expirationDate": task.protected_until} if task.protected_until else {})
