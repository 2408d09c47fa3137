"""`spendsense up --like NAME`: the first apply of infrastructure/README.md, in a local cloud."""

from pathlib import Path

from ops import secrets
from ops.aws.clients import Aws
from ops.aws.service import Service, describe_service, url_of
from ops.console import Console
from ops.environment import LocalEndpoint
from ops.errors import CouldNotStart
from ops.local import certificate, rehearsal_values
from ops.local.attach import LocalCloud
from ops.local.serve import (
    answering_url,
    completed_deployment,
    deploy_present_source,
    start_tasks,
    wait_until_served,
    warn_of_ignored_source,
)
from ops.parameters import deployed, recovery_shape
from ops.secrets import Action
from ops.terraform import targets, workspace
from ops.terraform.apply import Applied, apply
from ops.terraform.program import Provider
from ops.terraform.workspace import Workspace
from ops.waiter import Deadline

ADDRESSES = ("database", "redis")
"""Secrets that name where a store is."""


def bring_up(
    cloud: LocalCloud,
    aws: Aws,
    listener_port: int | None,
    source: Path | None,
    provider: Provider,
    console: Console,
    deadline: Deadline,
    *,
    refresh: bool,
) -> tuple[Applied, Service, str]:
    """Apply, fill the secrets, deploy what was never deployed; return what was applied, the service and its URL.

    Errors: CouldNotPlan, CouldNotApply, CouldNotStart, and those of the commands.
    """
    with console.phase("terraform"):
        applied = apply_code(cloud, aws, listener_port, provider, console, refresh=refresh)
    with console.phase("secrets"):
        stored = secrets.run(aws, secrets.Options(timeout_s=deadline.remaining_s), console)
    changed = {each.name.rpartition("/")[2] for each in stored.outcomes if each.action is not Action.KEPT}
    url = url_of(aws)
    if url is None:
        raise CouldNotStart("the load balancer has no listener", next_step="apply again: add `--refresh`")
    certificate.keep(url, cloud.data_dir)
    serve(aws, source, cloud, deadline, console, secrets_changed=bool(changed & set(ADDRESSES)))
    service = describe_service(aws)
    deployed.settle(aws, service, console.say)
    recovery_shape.record(aws)
    return applied, service, answering_url(aws, deadline, console)


def apply_code(
    cloud: LocalCloud, aws: Aws, listener_port: int | None, provider: Provider, console: Console, *, refresh: bool
) -> Applied:
    """Apply the environment's code to the local cloud. Errors: CouldNotPlan, CouldNotApply, CouldNotStart."""
    directory = cloud.data_dir / targets.DIRECTORY
    values = rehearsal_values.settle(aws, directory, listener_port)
    prepared = prepare(cloud.local, directory, provider, console)
    arguments = targets.arguments(aws.environment.name, values)
    return apply(prepared, arguments, identity=identity_of(cloud.local), refresh=refresh, console=console)


def prepare(local: LocalEndpoint, directory: Path, provider: Provider, console: Console) -> Workspace:
    """Return the initialised code for a local cloud. Errors: CouldNotPlan."""
    return workspace.prepare(directory, targets.local_target(local, provider), console.say)


def identity_of(local: LocalEndpoint) -> str:
    """Name what was applied to. The port of its endpoint may change; its data directory may not."""
    return f"{local.account_id} {local.region} {local.data_dir}"


def serve(
    aws: Aws, source: Path | None, cloud: LocalCloud, deadline: Deadline, console: Console, *, secrets_changed: bool
) -> None:
    """Deploy the present source where nothing was ever deployed, else make sure that what was serves again."""
    service = describe_service(aws)
    completed = completed_deployment(service)
    if completed is None or deployed.nothing_yet(aws, service):
        deploy_present_source(aws, source, console)
        return
    warn_of_ignored_source(aws, source, service, console)
    start_tasks(aws, service, completed, console, was_running=cloud.was_running, secrets_changed=secrets_changed)
    with console.phase("tasks"):
        wait_until_served(aws, deadline, console, has_served=True)
