"""Checks, before the database's password moves into another secret, that the running tasks know that secret."""

from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import revision_of, running_tasks
from ops.aws.task_definition import container_of
from ops.errors import MoveRefused

# Variables that say where a task finds the password, in the order in which it looks.
KNOWN_BY = ("DATABASE_SECRET_ARN", "DATABASE_FALLBACK_SECRET_ARN")


def check_tasks_follow(aws: Aws, secret_arn: str) -> None:
    """Errors: MoveRefused when a running task does not know this secret: its new connections would be refused."""
    try:
        definitions = {task.task_definition for task in running_tasks(aws)}
    except aws.ecs.exceptions.ClusterNotFoundException:
        return
    lost = sorted(revision_of(each) for each in definitions if secret_arn not in known_secrets(aws, each))
    if lost:
        raise MoveRefused(
            f"tasks of revision{'s' if len(lost) > 1 else ''} {', '.join(map(str, lost))} would not find the "
            f"database's password in {secret_arn.rpartition(':')[2]}, so their new connections would be refused",
            next_step="apply the Terraform, then deploy the current version again (docs/region-lost.md), so that tasks "
            "know that secret; then run this command again",
        )


def known_secrets(aws: Aws, task_definition: str) -> set[str]:
    """Return the secrets from which its tasks read the password. ECS DescribeTaskDefinition."""
    described: dict[str, Any] = aws.ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]
    container = container_of(described, aws.environment.container)
    return {each["value"] for each in container.get("environment", []) if each["name"] in KNOWN_BY}
