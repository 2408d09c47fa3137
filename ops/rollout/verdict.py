"""Pure: assesses the current state of a rollout, and describes it in one line."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ops.aws.deployment_alarms import watching
from ops.aws.service import Deployment, Event, RolloutState, Service, Target, TargetState, Task
from ops.aws.service_deployment import ServiceDeployment, Status


class Verdict(StrEnum):
    """The result of a deploy; only DEPLOYED is success."""

    DEPLOYED = "deployed"
    ROLLED_BACK = "rolled_back"
    REQUESTS_FAILED = "requests_failed"  # it serves, but requests through the load balancer fail
    FAILED = "failed"
    SUPERSEDED = "superseded"
    MIGRATION_FAILED = "migration_failed"
    TIMED_OUT = "timed_out"
    DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDeployment:
    """The deployment that this command expects to serve."""

    deployment: str  # id
    task_definition: str  # ARN
    image: str  # pinned by digest
    service_deployment: str | None = None  # ARN, where ECS keeps one


def assess(
    service: Service, running: Sequence[Task], expected: ExpectedDeployment, history: ServiceDeployment | None = None
) -> Verdict | None:
    """Decide how a rollout ended; None while it is in progress. history: ECS's record of our deployment.

    Stability alone proves nothing: after an automatic rollback a service is stable on the old revision.
    """
    if service.status != "ACTIVE":
        return Verdict.FAILED
    if history is not None:
        ended = assess_history(service, expected, history)
        is_undecided = history.status.is_rolling_back or (
            history.shift is not None and history.status is not Status.SUCCESSFUL
        )
        if ended is not None or is_undecided:
            return ended
    primary = service.primary
    own = next((each for each in service.deployments if each.id == expected.deployment), None)
    if primary is None:
        return None
    if primary.id != expected.deployment:
        has_failed = own is not None and own.rollout_state is RolloutState.FAILED
        if not (
            has_failed or is_rollback(primary.reason) or is_reported_as_failed(service.events, expected.deployment)
        ):
            return Verdict.SUPERSEDED
        return Verdict.ROLLED_BACK if service.is_steady else None
    if primary.rollout_state is RolloutState.FAILED:
        return Verdict.FAILED
    if service.is_steady and serves(service, running, expected):
        return Verdict.DEPLOYED
    return None


def assess_history(service: Service, expected: ExpectedDeployment, history: ServiceDeployment) -> Verdict | None:
    """Assess a finished deployment by ECS's record, except for success, which the service itself must show."""
    match history.status:
        case Status.ROLLBACK_SUCCESSFUL:
            return Verdict.ROLLED_BACK
        case Status.ROLLBACK_FAILED:
            return Verdict.FAILED
        case Status.STOPPED:
            primary = service.primary
            return Verdict.FAILED if primary is None or primary.id == expected.deployment else Verdict.SUPERSEDED
    return None


def serves(service: Service, running: Sequence[Task], expected: ExpectedDeployment) -> bool:
    """Return whether every running task has the expected revision and image."""
    digest = expected.image.partition("@")[2]
    return (
        service.task_definition == expected.task_definition
        and service.deployments[0].task_definition == expected.task_definition
        and len(running) >= service.desired
        and all(
            task.task_definition == expected.task_definition
            and (task.image == expected.image or (bool(digest) and task.image_digest == digest))
            for task in running
        )
    )


def is_rollback(reason: str) -> bool:
    """Return whether a deployment's reason describes the rollback of another."""
    return "rolling back" in reason.lower()


def is_reported_as_failed(events: Sequence[Event], deployment: str) -> bool:
    """Return whether the service's events report a deployment as failed."""
    return any(f"(deployment {deployment}) deployment failed" in event.message for event in events)


def state_line(service: Service, targets: Sequence[Target]) -> str:
    """`rev 7: 1 of 2 running, 1 pending | rev 6: 2 of 2 running | targets: 2 healthy, 1 initial`."""
    parts = [f"rev {each.revision}: {tasks_text(each)}" for each in service.deployments]
    if targets:
        parts.append(f"targets: {counts(targets)}")
    return " | ".join(parts)


def tasks_text(deployment: Deployment) -> str:
    text = f"{deployment.running} of {deployment.desired} running"
    text += f", {deployment.pending} pending" if deployment.pending else ""
    return text + (f", {deployment.failed} failed" if deployment.failed else "")


def counts(targets: Sequence[Target]) -> str:
    """`2 healthy, 1 initial`; empty without targets."""
    found = ((state, sum(target.state is state for target in targets)) for state in TargetState)
    return ", ".join(f"{count} {state.value}" for state, count in found if count)


def waits_for_alarms(
    service: Service, targets: Sequence[Target], expected: ExpectedDeployment, history: ServiceDeployment | None
) -> bool:
    """Return whether all tasks of a rolling deployment run, and ECS waits in case an alarm goes off."""
    primary = service.primary
    return (
        primary is not None
        and primary.id == expected.deployment
        and (history is None or (history.status is Status.IN_PROGRESS and history.shift is None))
        and is_only_baking(service, targets)
    )


def waits_for_alarms_of_the_rollback(service: Service, targets: Sequence[Target], expected: ExpectedDeployment) -> bool:
    """Return whether ECS has rolled our deployment back, all old tasks run, and it only watches the alarms."""
    primary = service.primary
    return (
        primary is not None
        and primary.id != expected.deployment
        and (is_rollback(primary.reason) or is_reported_as_failed(service.events, expected.deployment))
        and is_only_baking(service, targets)
    )


def is_only_baking(service: Service, targets: Sequence[Target]) -> bool:
    """Return whether a rolling deployment has all its tasks, and none of others, and is watched by alarms."""
    primary = service.primary
    return (
        primary is not None
        and primary.rollout_state is RolloutState.IN_PROGRESS
        and len(service.deployments) == 1
        and (service.running, service.pending) == (service.desired, 0)
        and (not targets or all_healthy(service, targets))
        and bool(watching(service.deployment_configuration))
    )


def unhealthy_lines(targets: Sequence[Target]) -> list[str]:
    """Name the targets that the load balancer rejects, with its reason."""
    return [
        f"target {target.id}:{target.port} is unhealthy" + (f": {target.reason}" if target.reason else "")
        for target in targets
        if target.state is TargetState.UNHEALTHY
    ]


def waits_for(
    service: Service, running: Sequence[Task], expected: ExpectedDeployment, history: ServiceDeployment | None = None
) -> str:
    """Return what an unfinished rollout waits for."""
    primary = service.primary
    if history is not None and history.shift is not None and history.status is not Status.SUCCESSFUL:
        return f"the end of {history.shift_line}"
    if primary is None:
        return "a primary deployment"
    if primary.rollout_state is not RolloutState.COMPLETED:
        return f"deployment {primary.id} to complete ({primary.running} of {primary.desired} tasks are running)"
    if len(service.deployments) > 1:
        return f"the tasks of {len(service.deployments) - 1} older deployments to stop"
    if not service.is_steady:
        return f"{service.desired} running tasks ({service.running} running, {service.pending} pending)"
    if not serves(service, running, expected):
        return f"every task to run {expected.image}"
    return "nothing"


def all_healthy(service: Service, targets: Sequence[Target]) -> bool:
    """Return whether as many targets as desired tasks are healthy, and the load balancer rejects none."""
    healthy = sum(target.state is TargetState.HEALTHY for target in targets)
    others = [target for target in targets if target.state is not TargetState.HEALTHY and not target.is_leaving]
    return healthy >= max(1, service.desired) and not others
