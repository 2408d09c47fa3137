"""The local service: makes sure that a version serves, and that it responds through the load balancer."""

import shlex
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit

from ops import guide
from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.aws.once import update_service
from ops.aws.service import (
    Deployment,
    RolloutState,
    Service,
    describe_service,
    describe_targets,
    url_of,
)
from ops.console import Console, command_name
from ops.deploying import deploy
from ops.environment import certificate_in, data_directory
from ops.errors import CouldNotStart
from ops.local import daemon
from ops.local_health import look, open_directly
from ops.rollout.begin import already_seen
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import follow
from ops.rollout.verdict import ExpectedDeployment, Verdict, all_healthy
from ops.waiter import Deadline, wait_for

HEALTH_REQUEST_S = 2.0


def completed_deployment(service: Service) -> Deployment | None:
    return next((each for each in service.deployments if each.rollout_state is RolloutState.COMPLETED), None)


def deploy_present_source(aws: Aws, source: Path | None, console: Console) -> None:
    """Deploy the source tree. Errors: CouldNotStart with the deploy's message."""
    result = deploy.run(aws, deploy.Options(source=source, force=True), console)
    if not result.serves:
        raise CouldNotStart(result.message)
    if result.exit_code != 0:
        console.say(result.message, style="yellow")


def warn_of_ignored_source(aws: Aws, source: Path | None, service: Service, console: Console) -> None:
    if source is not None:
        command = guide.command_in(aws.environment, f"deploy --source {shlex.quote(str(source))}")
        console.say(
            f"--source {source} was not built, because revision {service.revision} already exists. To deploy "
            f"it: `{command}`",
            style="yellow",
        )


def start_tasks(
    aws: Aws,
    service: Service,
    completed: Deployment | None,
    console: Console,
    *,
    was_running: bool,
    secrets_changed: bool,
) -> None:
    """Start tasks where ECS would not do so by itself. ECS UpdateService."""
    primary = service.primary
    has_failed = primary is not None and primary.rollout_state is RolloutState.FAILED
    if completed and primary and has_failed and not was_running:
        # Its tasks ended with the last local cloud, and ECS starts none for a failed deployment.
        console.say(
            f"Deployment {primary.id} of revision {primary.revision} has failed ({primary.reason}): "
            f"returning to revision {completed.revision} ..."
        )
        update_service(aws, service, taskDefinition=completed.task_definition, forceNewDeployment=True)
    elif secrets_changed:
        console.say("The database or the cache has a new address: starting tasks that use it ...")
        update_service(aws, service, forceNewDeployment=True)


def wait_until_served(
    aws: Aws, deadline: Deadline, console: Console, *, has_served: bool = False, is_to_complete: bool = False
) -> None:
    """Watch the service's current deployment. Errors: CouldNotStart, after the reasons were printed.

    has_served: some revision was completed. It is enough that this one serves: one in progress needs no watching.
    is_to_complete: watch it even then, because `run` and `scale` take the completed revision, whose secrets are old.
    """
    service = describe_service(aws)
    primary = service.primary
    if primary is None:
        raise CouldNotStart(f"service {service.name} has no deployment")
    arn = primary.task_definition
    definition = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    image = task_definition.container_of(definition, aws.environment.container)["image"]
    expected = ExpectedDeployment(deployment=primary.id, task_definition=arn, image=image)
    url = url_of(aws)

    def serves_meanwhile(now: Service) -> bool:
        is_enough = has_served and not is_to_complete
        return is_enough and not now.is_steady and url is not None and is_healthy(aws, url)

    seen = already_seen(aws, service)
    outcome = follow(aws, expected, definition, seen, deadline, console, is_enough=serves_meanwhile)
    if outcome.verdict is Verdict.DEPLOYED:
        return
    message, _ = conclusion(outcome, primary.revision, deadline, aws.environment)
    if has_served and url is not None:
        if outcome.verdict is Verdict.TIMED_OUT:
            message = (
                f"Deployment {primary.id} of revision {primary.revision} is still in progress: "
                f"`{command_name()} status`"
            )
        if wait_for(lambda: is_healthy(aws, url) or None, deadline, interval_s=0.1):
            console.say(message)
            return
    raise CouldNotStart(
        f"the service did not become steady. {message}",
        next_step=f"correct the cause and run `up` again; the log is {log_of(aws)}",
    )


def answering_url(aws: Aws, deadline: Deadline, console: Console) -> str:
    """Return the URL once the load balancer has healthy targets and /health responds through it."""
    url = url_of(aws)
    if url is None:
        raise CouldNotStart("the load balancer has no listener")
    with console.phase("healthy"):
        is_answering = wait_for(lambda: is_healthy(aws, url) or None, deadline, interval_s=0.1)
    if is_answering is None:
        targets = describe_targets(aws, describe_service(aws).target_groups)
        states = ", ".join(f"{each.id}:{each.port} {each.state.value}" for each in targets) or "none"
        failed = "; ".join(look(aws.environment.local.endpoint).failed) if aws.environment.local else ""
        raise CouldNotStart(
            f"{url}/health did not respond within {deadline.timeout_s:g} s; targets: {states}"
            + (f"; failed: {failed}" if failed else ""),
            next_step=f"see {log_of(aws)}; check whether another program uses {urlsplit(url).netloc}",
        )
    return url


def log_of(aws: Aws) -> Path:
    return daemon.log_path(data_directory(aws.environment.name))


def is_healthy(aws: Aws, url: str) -> bool:
    service = describe_service(aws)
    if service.desired == 0:
        return True  # scaled to zero on purpose
    if not all_healthy(service, describe_targets(aws, service.target_groups)):
        return False
    try:
        local = aws.environment.local
        trusted = certificate_in(local.data_dir if local else None)
        with open_directly(f"{url}/health", timeout=HEALTH_REQUEST_S, certificate=trusted) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
