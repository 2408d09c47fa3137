"""Changes the number of tasks and the bounds, and watches whichever deployment is in progress until that is reached."""

from dataclasses import dataclass, replace

from ops.aws import task_definition
from ops.aws.clients import Aws, Wire
from ops.aws.once import update_service
from ops.aws.scalable_target import ScalableTarget, change_scalable_target
from ops.aws.service import Service, describe_service, describe_targets
from ops.console import Console
from ops.guide import command_in
from ops.rollout.begin import already_seen
from ops.rollout.follow import Outcome, Seen, follow
from ops.rollout.strategy import one_at_a_time
from ops.rollout.verdict import ExpectedDeployment, Verdict, all_healthy
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

STEADY = {Verdict.DEPLOYED, Verdict.ROLLED_BACK}
"""Verdicts of a service that is steady; `scale` has no revision of its own, so it does not matter which one serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The bounds and the number of tasks before and after; a target is None when nothing scales the service."""

    before: ScalableTarget | None
    target: ScalableTarget | None
    desired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The end of the change. remarks: what became of deployments that others began."""

    outcome: Outcome
    remarks: tuple[str, ...] = ()

    @property
    def is_steady(self) -> bool:
        return self.outcome.verdict in STEADY


def carry_out(aws: Aws, service: Service, change: Change, deadline: Deadline, console: Console) -> Watched:
    """Change what differs and watch until the service is steady.

    Application Auto Scaling RegisterScalableTarget, ECS UpdateService.
    """
    where = aws.environment
    seen = already_seen(aws, service)
    look = f"look at it: {command_in(where, 'scale')}"
    from_now_on("the requested change may have begun, and continues by itself", look)
    make(aws, service, change)
    from_now_on("the service continues to the requested state", look)
    with aws.retries.until(deadline):
        watched = watch(aws, service, seen, deadline, console)
        if not watched.is_steady:
            return watched
        served = wait_for(lambda: served_service(aws), deadline, interval_s=where.poll_interval_s)
    if served is None:
        return replace(
            watched, outcome=replace(watched.outcome, verdict=Verdict.TIMED_OUT, waited_for="healthy targets")
        )
    return replace(watched, outcome=replace(watched.outcome, service=served))


def make(aws: Aws, service: Service, change: Change) -> None:
    """Change the bounds, then the count.

    If ECS refuses the count, the old bounds are restored, as scaling would otherwise request that count.
    """
    has_new_bounds = change.target is not None and change.target != change.before
    if has_new_bounds:
        set_bounds(aws, change.target)
    if change.desired == service.desired:
        return
    settings = {} if service.is_steady else room_for_one_more(service, change.desired)
    try:
        update_service(aws, service, desiredCount=change.desired, **settings)
    except aws.ecs.exceptions.InvalidParameterException:
        if has_new_bounds:
            set_bounds(aws, change.before)
        raise


def set_bounds(aws: Aws, target: ScalableTarget | None) -> None:
    """Set bounds and suspension, where there is automatic scaling."""
    if target is not None:
        change_scalable_target(aws, bounds=(target.minimum, target.maximum), suspended=target.suspended)


def room_for_one_more(service: Service, desired: int) -> Wire:
    """Return settings with which a rolling deployment in progress can continue at another count.

    Its percentages were computed for its initial count, and may allow no step with fewer tasks.
    """
    present = service.deployment_configuration
    configuration = one_at_a_time(None, present, desired)
    return {} if configuration is None else {"deploymentConfiguration": configuration}


def watch(aws: Aws, service: Service, seen: Seen, deadline: Deadline, console: Console) -> Watched:
    """Watch the deployment in progress, then each that takes over, until the service is steady or one has failed."""
    remarks: list[str] = []
    outcome: Outcome | None = None
    while outcome is None or (outcome.verdict is Verdict.SUPERSEDED and not deadline.has_passed):
        definition = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
        expected = ExpectedDeployment(
            deployment=service.primary.id if service.primary else "",
            task_definition=service.task_definition,
            image=task_definition.container_of(definition, aws.environment.container)["image"],
        )
        after = follow(aws, expected, definition, seen, deadline, console)
        seen = replace(seen, events=seen.events | {event.id for event in after.events})
        seen = replace(seen, tasks=seen.tasks | {failure.task for failure in after.failures})
        outcome = after if outcome is None else joined(outcome, after)
        if remark := remark_on(service, outcome):
            remarks.append(remark)
        service = outcome.service
    if outcome.verdict is Verdict.SUPERSEDED:
        outcome = replace(
            outcome, verdict=Verdict.TIMED_OUT, waited_for=f"the deployment of revision {service.revision}"
        )
    return Watched(outcome=outcome, remarks=tuple(remarks))


def joined(first: Outcome, then: Outcome) -> Outcome:
    """Return the end of `then`, with everything that was reported during both."""
    return replace(then, failures=first.failures + then.failures, events=first.events + then.events)


def remark_on(before: Service, outcome: Outcome) -> str:
    """Describe what became of the deployment that was watched; empty when it completed. before: as its watch began."""
    now = outcome.service.revision
    if outcome.verdict is Verdict.SUPERSEDED:
        return f"another deployment took over meanwhile: the service is set to revision {now}"
    if outcome.verdict is Verdict.ROLLED_BACK:
        of = f"revision {before.revision}"
        back = f"; revision {now} serves" if now != before.revision else ""
        return f"the deployment of {of}, which was in progress, failed or was stopped, and ECS rolled it back{back}"
    return ""


def served_service(aws: Aws) -> Service | None:
    """Return the service once the load balancer sends requests to every desired task, else None.

    Read each time: scaling may change the desired count meanwhile.
    """
    service = describe_service(aws)
    if not service.desired or not service.target_groups:
        return service
    return service if all_healthy(service, describe_targets(aws, service.target_groups)) else None
