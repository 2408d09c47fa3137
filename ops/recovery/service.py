"""The service during a recovery: stopped while data is restored, then started on it, or recreated if it is gone."""

import json
from collections.abc import Sequence
from typing import Any

from ops.aws import task_definition
from ops.aws.clients import Aws, Wire
from ops.aws.once import register, update_service
from ops.aws.scalable_target import change_scalable_target, find_scalable_target
from ops.aws.service import Service, find_service, stopped_tasks
from ops.aws.service_deployment import service_deployments
from ops.console import Console
from ops.errors import NotFound, WaitTimedOut
from ops.parameters.recovery_journal import Journal
from ops.rollout.begin import begun
from ops.rollout.follow import Outcome, Seen, follow
from ops.rollout.traffic import on_serving_group
from ops.waiter import Deadline, wait_for

DATABASE_SECRET = "DATABASE_SECRET_ARN"  # noqa: S105 - a variable's name
FIRST_TASKS = 1


def stop_tasks(aws: Aws, journal: Journal, deadline: Deadline) -> None:
    """Stop the service's tasks and keep scaling from starting any: their writes would be lost.

    Application Auto Scaling RegisterScalableTarget, ECS UpdateService. Errors: WaitTimedOut.
    """
    where = aws.environment
    service = find_service(aws)
    if service is None or service.status != "ACTIVE":
        return
    if service.desired:
        journal.desired = service.desired
        journal.save(aws)
    suspend_scaling(aws, suspended=True)
    update_service(aws, service, desiredCount=0)

    def look() -> bool | None:
        found = find_service(aws)
        if found is not None and found.desired:
            # RegisterScalableTarget brings the count into the range, even to suspend scaling, and may do so after
            # our change.
            update_service(aws, found, desiredCount=0)
            return None
        return True if found is None or found.running + found.pending == 0 else None

    if wait_for(look, deadline, interval_s=where.poll_interval_s) is None:
        raise WaitTimedOut(
            f"the tasks of {where.service} did not stop within {deadline.timeout_s:g} s",
            next_step="run the same command again: it resumes here",
        )


def release(aws: Aws, journal: Journal) -> None:
    """Let a stopped service run again at its earlier count, without waiting for it."""
    service = find_service(aws)
    if service is not None and service.status == "ACTIVE" and not service.desired and journal.desired:
        update_service(aws, service, desiredCount=journal.desired)
    suspend_scaling(aws, suspended=False)


def suspend_scaling(aws: Aws, *, suspended: bool) -> None:
    """Suspend or resume scaling where the service is scaled. Its bounds stay."""
    if find_scalable_target(aws) is not None:
        change_scalable_target(aws, suspended=suspended)


def chosen_definition(aws: Aws, revision: int | None, shape: Wire | None) -> Wire:
    """Return the task definition to serve: the requested revision, else the service's, else the last recorded one.

    ECS DescribeTaskDefinition. Errors: NotFound.
    """
    where = aws.environment
    service = find_service(aws)
    if revision is not None:
        name = f"{where.family}:{revision}"
    elif service is not None:
        name = service.task_definition
    elif shape is not None:
        name = shape["service"]["taskDefinition"]
    else:
        raise not_recorded(where.service)
    described: Wire = aws.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    return described


def on_present_secret(aws: Aws, definition: Wire, secret: str | None) -> Wire:
    """Return the definition, or a new revision of it whose tasks read the password from RDS's current secret.

    ECS DescribeTaskDefinition, RegisterTaskDefinition.
    """
    container = task_definition.container_of(definition, aws.environment.container)
    variables = {pair["name"]: pair["value"] for pair in container.get("environment", [])}
    if secret is None or variables.get(DATABASE_SECRET) in (None, secret):
        return definition
    requested = task_definition.registered(definition)
    for each in requested["containerDefinitions"]:
        for pair in each.get("environment", []):
            if pair["name"] == DATABASE_SECRET:
                pair["value"] = secret
    described = aws.ecs.describe_task_definition(taskDefinition=definition["taskDefinitionArn"], include=["TAGS"])
    tags = {"tags": described["tags"]} if described.get("tags") else {}
    return register(aws, requested | tags)


def serve(
    aws: Aws, journal: Journal, definition: Wire, shape: Wire | None, deadline: Deadline, console: Console
) -> Outcome:
    """Start the service on a task definition, recreate it where it is gone, and watch it.

    ECS UpdateService, CreateService. Errors: NotFound when there is no record of its configuration.
    """
    where, arn = aws.environment, definition["taskDefinitionArn"]
    service = not_draining(aws, deadline)
    desired = journal.desired or (int(shape["service"].get("desiredCount", 0)) if shape else 0) or FIRST_TASKS
    before = frozenset(service_deployments(aws)) if service else frozenset()
    stopped = stopped_tasks(aws) if service else None
    if service is not None:
        response = update_service(aws, service, taskDefinition=arn, desiredCount=desired, forceNewDeployment=True)
    elif shape is not None:
        requested = shape["service"] | {"taskDefinition": arn, "desiredCount": desired}
        requested["loadBalancers"] = [on_serving_group(aws, each) for each in requested.get("loadBalancers", [])]
        response = aws.ecs.create_service(cluster=where.cluster, **requested)["service"]
    else:
        raise not_recorded(where.service)
    if stopped is None:  # tasks of a deleted service of this name are listed with the new one's
        stopped = stopped_tasks(aws)
    image = task_definition.container_of(definition, where.container)["image"]
    expected = begun(aws, response, before, arn=arn, image=image)
    seen = Seen(
        events=frozenset(event.id for event in (service.events if service else ())),
        tasks=frozenset(task.id for task in stopped),
    )
    outcome = follow(aws, expected, definition, seen, deadline, console)
    suspend_scaling(aws, suspended=False)
    return outcome


def not_draining(aws: Aws, deadline: Deadline) -> Service | None:
    """Return the service; None when there is none, or once one that was deleted is gone. Errors: WaitTimedOut."""

    def look() -> bool | None:
        found = find_service(aws)
        return True if found is None or found.status != "DRAINING" else None

    if wait_for(look, deadline, interval_s=aws.environment.poll_interval_s) is None:
        raise WaitTimedOut(
            f"service {aws.environment.service} is being deleted, which took more than {deadline.timeout_s:g} s",
            next_step="run the same command again: it resumes here",
        )
    return find_service(aws)


def not_recorded(service: str) -> NotFound:
    return NotFound(
        f"there is no service {service}, and no deploy has recorded its configuration",
        next_step="apply the Terraform of this environment, then run this command again",
    )


def network_of(service: Service | None, shape: Wire | None) -> dict[str, Any]:
    """Return the network configuration of its tasks."""
    if service is not None:
        return service.network
    return dict(shape["service"].get("networkConfiguration", {})) if shape else {}


def after_restore_report(lines: Sequence[str]) -> Wire:
    """Find the report by `app.after_restore` in a task's log lines; empty when there is none."""
    for line in reversed(lines):
        try:
            report = json.loads(line)
        except ValueError:
            continue  # another line, for example of a traceback
        if isinstance(report, dict) and str(report.get("action", "")).startswith("after_restore"):
            return report
    return {}
