"""Requests that are not idempotent: after a lost response, check what the request did before sending it again."""

from collections.abc import Callable
from typing import TypeVar

from ops.aws.clients import Aws, Wire
from ops.aws.definition_changes import difference
from ops.aws.service import Service, find_service
from ops.aws.service_deployment import describe_service_deployment
from ops.aws.stores import find_instance
from ops.errors import AnswerLost

Found = TypeVar("Found")

# StopServiceDeployment: the deployment has ended.
TOO_LATE = {"ConflictException", "ServiceDeploymentNotFoundException"}


def once(aws: Aws, request: Callable[[], Found], find: Callable[[], Found | None]) -> Found:
    """Send a request; if its response is lost, look for its effect with `find`, and repeat it only if that is None."""
    is_lost = False

    def attempt() -> Found:
        nonlocal is_lost
        if is_lost and (found := find()) is not None:
            return found
        try:
            return request()
        except AnswerLost:
            is_lost = True
            raise

    return aws.retries.persist(attempt)


def register(aws: Aws, registration: Wire) -> Wire:
    """Register a task definition; return ECS's description. ECS RegisterTaskDefinition, DescribeTaskDefinition."""

    def newest_if_same() -> Wire | None:
        newest: Wire = aws.ecs.describe_task_definition(taskDefinition=registration["family"])["taskDefinition"]
        return None if difference(newest, registration) else newest

    def request() -> Wire:
        made: Wire = aws.ecs.register_task_definition(**registration)["taskDefinition"]
        return made

    return once(aws, request, newest_if_same)


def update_service(aws: Aws, before: Service, **settings: object) -> Wire:
    """Update the service; return it as ECS describes it. ECS UpdateService, DescribeServices.

    before: the service before the update. Once a new deployment has begun, no second one is requested.
    """
    where = aws.environment
    named = before.primary.id if before.primary else ""

    def changed() -> Wire | None:
        present: Wire = aws.ecs.describe_services(cluster=where.cluster, services=[where.service])["services"][0]
        primaries = [each["id"] for each in present["deployments"] if each["status"] == "PRIMARY"]
        return present if primaries and primaries != [named] else None

    def request() -> Wire:
        response: Wire = aws.ecs.update_service(cluster=where.cluster, service=where.service, **settings)["service"]
        return response

    return once(aws, request, changed)


def roll_back(aws: Aws, deployment: str) -> None:
    """Request the rollback of a deployment. ECS StopServiceDeployment, DescribeServiceDeployments."""
    _stop(aws, deployment, "ROLLBACK")


def abort(aws: Aws, deployment: str) -> None:
    """Stop a deployment at its current stage. ECS StopServiceDeployment, DescribeServiceDeployments."""
    _stop(aws, deployment, "ABORT")


def _stop(aws: Aws, deployment: str, stop_type: str) -> None:
    def is_stopped() -> bool | None:
        present = describe_service_deployment(aws, deployment)
        return True if present is not None and not present.status.can_be_stopped else None

    def request() -> bool:
        aws.ecs.stop_service_deployment(serviceDeploymentArn=deployment, stopType=stop_type)
        return True

    once(aws, request, is_stopped)


def decide(aws: Aws, deployment: str, hook: str, action: str) -> None:
    """Respond to a hook that a deployment waits for. ECS ContinueServiceDeployment, DescribeServiceDeployments."""

    def is_answered() -> bool | None:
        present = describe_service_deployment(aws, deployment)
        return True if present is not None and hook not in present.paused_by else None

    def request() -> bool:
        aws.ecs.continue_service_deployment(serviceDeploymentArn=deployment, hookId=hook, action=action)
        return True

    once(aws, request, is_answered)


def delete_database(aws: Aws, name: str) -> None:
    """Delete an RDS instance without a final snapshot; its automated backups stay. RDS DeleteDBInstance."""

    def is_going() -> bool | None:
        present = find_instance(aws, name)
        return True if present is None or present["DBInstanceStatus"] == "deleting" else None

    def request() -> bool:
        aws.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
        return True

    once(aws, request, is_going)


def delete_service(aws: Aws) -> None:
    """Delete the service with its tasks. ECS DeleteService."""
    where = aws.environment

    def is_going() -> bool | None:
        present = find_service(aws)
        return True if present is None or present.status != "ACTIVE" else None

    def request() -> bool:
        aws.ecs.delete_service(cluster=where.cluster, service=where.service, force=True)
        return True

    once(aws, request, is_going)
