"""Identifies the deployment that a request has started, by the state before it."""

from collections.abc import Collection
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import Service, stopped_tasks
from ops.aws.service_deployment import service_deployments
from ops.rollout.follow import Seen
from ops.rollout.verdict import ExpectedDeployment
from ops.waiter import Deadline, wait_for

# How long ECS may take to list a new deployment.
LISTED_WITHIN_S = 10.0


def already_seen(aws: Aws, service: Service) -> Seen:
    """Return the events and stopped tasks that exist before a deployment. ECS ListTasks, DescribeTasks.

    An earlier run of the revision may have left stopped tasks, which must not be reported.
    """
    return Seen(
        events=frozenset(event.id for event in service.events),
        tasks=frozenset(task.id for task in stopped_tasks(aws)),
    )


def begun(aws: Aws, response: dict[str, Any], before: Collection[str], *, arn: str, image: str) -> ExpectedDeployment:
    """Return the deployment that UpdateService or CreateService has begun, once ECS lists it.

    response: the service in ECS's response. before: ARNs of the earlier service deployments. arn: of the task
    definition.
    """
    primary = next(each for each in response["deployments"] if each["status"] == "PRIMARY")
    listed = wait_for(
        lambda: next((each for each in service_deployments(aws) if each not in before), None),
        Deadline(LISTED_WITHIN_S),
        interval_s=aws.environment.poll_interval_s,
    )
    return ExpectedDeployment(deployment=primary["id"], task_definition=arn, image=image, service_deployment=listed)
