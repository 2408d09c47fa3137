"""`spendsense up`: the first apply of infrastructure/README.md, in a local cloud."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from ops import secrets
from ops.aws import tagged
from ops.aws.clients import Aws
from ops.aws.service import RolloutState, Service, describe_service, find_service, url_of
from ops.aws.task_definition import container_of
from ops.console import Console
from ops.deploying import deploy
from ops.environment import LocalEndpoint, command_at
from ops.errors import CouldNotApply, CouldNotStart
from ops.local import certificate, missing_database, variables
from ops.local.attach import LocalCloud
from ops.local.ports import LISTENER_ATTEMPTS
from ops.local.serve import (
    answering_url,
    completed_deployment,
    deploy_present_source,
    start_tasks,
    wait_until_served,
    warn_of_ignored_source,
)
from ops.parameters import deployed, recovery_shape
from ops.secrets import Action, SecretsReport
from ops.terraform import leftovers, recovered, scheduled_limits, targets, workspace
from ops.terraform.apply import Applied, apply
from ops.terraform.program import Provider
from ops.terraform.workspace import Workspace
from ops.waiter import Deadline

ADDRESSES = ("database", "redis")
"""Secrets that name where a store is."""
SECRETS_ARE_NEW = """The secrets were lost and have been replaced: starting tasks that use them. Everybody has to log in
again. If anything was uploaded before, new uploads are held back until the old key of account ids is restored: see
docs/recovery.md."""
SECRETS_HAVE_MOVED = "The tasks' secrets have new ARNs: starting tasks that use the new ones ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """source: built when nothing was deployed yet; None for this project."""

    listener_port: int | None
    source: Path | None
    provider: Provider
    refresh: bool


def bring_up(
    cloud: LocalCloud, aws: Aws, request: Request, console: Console, deadline: Deadline
) -> tuple[Applied, Service, str]:
    """Apply, fill the secrets, deploy what was never deployed; return what was applied, the service and its URL.

    Errors: CouldNotPlan, CouldNotApply, CouldNotStart, DataGone, and those of the commands.
    """
    with console.phase("terraform"):
        applied = apply_code(cloud, aws, request, console)
    with console.phase("secrets"):
        stored = secrets.run(aws, secrets.Options(timeout_s=deadline.remaining_s), console)
    url = url_of(aws)
    if url is None:
        raise CouldNotStart("the load balancer has no listener", next_step="apply again: add `--refresh`")
    certificate.keep(url, cloud.data_dir)
    serve(aws, request.source, cloud, stored, deadline, console)
    service = describe_service(aws)
    deployed.settle(aws, service, console.say)
    recovery_shape.record(aws)
    return applied, service, answering_url(aws, deadline, console)


def apply_code(cloud: LocalCloud, aws: Aws, request: Request, console: Console) -> Applied:
    """Apply the environment's code to the local cloud. Errors: CouldNotPlan, CouldNotApply, CouldNotStart, DataGone."""
    directory = cloud.data_dir / targets.DIRECTORY
    check_made_by_terraform(aws, directory)
    prepared = prepare(cloud.local, directory, request.provider, console)
    if recovered.is_missing(prepared, aws):
        raise missing_database.refusal(aws.environment.prefix, cloud.data_dir)
    port = request.listener_port
    for attempt in itertools.count(1):
        values = variables.settle(aws, directory, port)
        in_force = scheduled_limits.arguments(aws, console.say)
        arguments = [*in_force, *targets.arguments(aws.environment.name, values)]
        if recovered.adopt(prepared, aws, arguments):
            console.say("Imported the recovered database into the Terraform state")
        try:
            with leftovers.adopted(prepared, aws, arguments, console):
                return apply(
                    prepared,
                    arguments,
                    identity=identity_of(cloud.local),
                    existing=lambda regions: tagged.arns(aws, regions),
                    refresh=request.refresh,
                    console=console,
                )
        except CouldNotApply as exc:
            last = port is not None or attempt == LISTENER_ATTEMPTS
            if last or not variables.forget_lost_port(aws, directory, exc):
                raise
            console.say("The load balancer's port is in use by another program: choosing another one ...")
    raise AssertionError("the last attempt returns or raises")


def check_made_by_terraform(aws: Aws, directory: Path) -> None:
    """Errors: CouldNotStart for an environment of a version that made it without Terraform."""
    if (directory / variables.NAME).exists() or find_service(aws) is None:
        return
    raise CouldNotStart(
        f"the environment in {directory.parent} was created by an older version, and Terraform cannot manage it",
        next_step=f"{command_at(directory.parent, 'down')}, then rename that directory (it keeps the data); "
        f"{command_at(directory.parent, 'up')} makes a new environment; to use the old data, rename the directory back "
        "and run the older version",
    )


def prepare(local: LocalEndpoint, directory: Path, provider: Provider, console: Console) -> Workspace:
    """Return the initialized code for a local cloud. Errors: CouldNotPlan."""
    return workspace.prepare(directory, targets.local_target(local, provider), console.say)


def identity_of(local: LocalEndpoint) -> str:
    """Name what was applied to. The port of its endpoint may change; its data directory may not."""
    return f"{local.account_id} {local.region} {local.data_dir}"


def serve(
    aws: Aws, source: Path | None, cloud: LocalCloud, stored: SecretsReport, deadline: Deadline, console: Console
) -> None:
    """Deploy the current source if nothing was ever deployed, else make sure that the last version serves again."""
    service = describe_service(aws)
    if is_first_deploy(aws, service):
        deploy_present_source(aws, source, console)
        return
    completed = completed_deployment(service)
    definition = completed.task_definition if completed else service.task_definition
    warn_of_ignored_source(aws, source, service, console)
    put = {each.name.rpartition("/")[2] for each in stored.outcomes if each.action is Action.PUT}
    if secrets_moved(aws, definition):
        console.say(SECRETS_ARE_NEW if "jwt" in put else SECRETS_HAVE_MOVED, style="yellow")
        redeploy(aws, definition, console)
        return
    changed = {each.name.rpartition("/")[2] for each in stored.outcomes if each.action is not Action.KEPT}
    has_moved = bool(changed & set(ADDRESSES))
    start_tasks(aws, service, completed, console, was_running=cloud.was_running, secrets_changed=has_moved)
    with console.phase("tasks"):
        wait_until_served(aws, deadline, console, has_served=True)


def is_first_deploy(aws: Aws, service: Service) -> bool:
    """Return whether no version has ever served. SSM GetParameter.

    ECS lists a completed deployment only until its last task has ended, and so none while its successor, whose tasks
    have all been replaced, waits for its alarms. The record says then that a version has served.
    """
    if deployed.nothing_yet(aws, service):
        return True
    if completed_deployment(service) is not None:
        return False
    is_in_progress = any(each.rollout_state is RolloutState.IN_PROGRESS for each in service.deployments)
    record = deployed.recorded(aws)
    has_served = record is not None and record.image != "" and not record.image.endswith(deployed.NEVER_DEPLOYED)
    return not (is_in_progress and has_served)


def secrets_moved(aws: Aws, serving: str) -> bool:
    """Return whether Terraform's newest task definition names other secrets than the one that serves.

    Its tasks could no longer start, and only a deploy registers the new names. ECS DescribeTaskDefinition.
    """
    now, newest = secrets_of(aws, serving), secrets_of(aws, aws.environment.family)
    return any(name in newest and newest[name] != place for name, place in now.items())


def secrets_of(aws: Aws, name: str) -> dict[str, str]:
    """Return the variables of the service's container that are secrets or name one -> where the value is."""
    definition = aws.ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
    container = container_of(definition, aws.environment.container)
    injected = {each["name"]: each["valueFrom"] for each in container.get("secrets", ())}
    named = {each["name"]: each["value"] for each in container.get("environment", ()) if ":secret:" in each["value"]}
    return injected | named


def redeploy(aws: Aws, serving: str, console: Console) -> None:
    """Deploy the image that serves, with the newest task definition. Errors: CouldNotStart."""
    definition = aws.ecs.describe_task_definition(taskDefinition=serving)["taskDefinition"]
    image = container_of(definition, aws.environment.container)["image"]
    result = deploy.run(aws, deploy.Options(image=image, force=True), console)
    if not result.serves:
        raise CouldNotStart(result.message)
