"""`spendsense rollback`: returns to what served before, and reports what really serves afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ops.aws import once, task_definition
from ops.aws.clients import Aws, error_code
from ops.aws.service import Service, describe_service, revision_of, stopped_tasks
from ops.aws.service_deployment import ServiceDeployment, ServiceRevision
from ops.console import Console
from ops.deploying import deploy
from ops.deploying.history import PastDeployment, past
from ops.deploying.revision import Revision, describe_version
from ops.environment import Environment
from ops.errors import Misuse, NotFound
from ops.guide import command_in
from ops.image import registry
from ops.parameters import deployed
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Outcome, Seen, follow
from ops.rollout.strategy import (
    NOTHING_SAID,
    StrategyOptions,
    baking_s,
    one_at_a_time,
    strategy_of,
    wanted_configuration,
    wanted_load_balancers,
)
from ops.rollout.verdict import ExpectedDeployment, Verdict
from ops.signals import from_now_on
from ops.waiter import Deadline

# How many deployments are searched for what served before; ECS keeps those of 90 days.
LOOKED_AT = 100
TOO_LATE = {"ConflictException", "ServiceDeploymentNotFoundException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    to: int | None = None  # a revision; None: what served before
    timeout_s: float | None = None
    dry_run: bool = False
    wish: StrategyOptions = NOTHING_SAID  # how tasks are replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    """What changes to what, and how. under_way: the deployment that ECS rolls back; None: a new one is deployed."""

    present: str  # ARN of the task definition
    before: Revision | None  # the revision of `present`; None when it is gone
    to: Revision
    under_way: ServiceDeployment | None
    lines: tuple[str, ...]  # the plan in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(deploy.Result):
    """The outcome of a rollback: that of a deploy, with its plan."""

    way: RollbackPlan

    def as_json(self) -> dict[str, object]:
        way = self.way
        return deploy.Result.as_json(self) | {
            "from": way.before.as_json() if way.before else None,
            "to": way.to.as_json(),
            "stopped_deployment": way.under_way.id if way.under_way else None,
        }


def run(aws: Aws, options: Options, console: Console) -> Result:
    """Roll back the deployment in progress, or deploy what served before; follow, judge, record.

    Errors: DeployRefused, NotFound, Misuse. The result says how it ended.
    """
    service = deploy.deployable(aws, describe_service(aws), force=True)
    if not options.dry_run:
        deployed.settle(aws, service, console.say)
    present = service.deployment_configuration
    configuration = one_at_a_time(wanted_configuration(options.wish, present), present, service.desired)
    in_effect = configuration or present
    deadline = Deadline(options.timeout_s or deploy.default_timeout_s(aws, in_effect))
    way = plan(aws, service, options, in_effect)
    outcome = None
    if not options.dry_run:
        tell(way, console)
        with console.phase("roll_back"):
            if way.under_way is not None:
                outcome = take_back(aws, way, way.under_way, deadline, console)
                if outcome is None:  # it has just ended, or ECS does not roll it back
                    service = describe_service(aws)
                    way = plan(aws, service, options, in_effect, may_stop=False)
                    tell(way, console)
            if outcome is None:
                settings = deploy.update_settings(
                    configuration, wanted_load_balancers(aws, configuration, service.load_balancers)
                )
                if way.to.task_definition == service.task_definition:
                    settings["forceNewDeployment"] = True
                definition, pinned = way.to.definition, way.to.image
                outcome = deploy.roll_out(aws, definition, pinned, settings, deadline, console, force=True)
        if outcome.verdict is Verdict.DEPLOYED:
            text = way.to.app_revision or way.to.image.rpartition("@sha256:")[2][:12]
            deploy.note(aws, way.to.image, text, console)
        else:
            deployed.settle(aws, outcome.service, console.say)
    message, next_steps = concluded(outcome, way, deadline, aws.environment)
    if outcome is not None:
        from_now_on(message.partition("\n")[0])
    return Result(
        verdict=outcome.verdict if outcome else Verdict.DRY_RUN,
        message=message,
        next_steps=next_steps,
        image=way.to.image,
        revision=way.to.revision,
        previous_revision=revision_of(way.present),
        duration_s=deadline.elapsed_s,
        phases_s=console.phases_s,
        outcome=outcome,
        changes=() if outcome else way.lines,
        strategy=strategy_of(in_effect),
        way=way,
    )


def tell(way: RollbackPlan, console: Console) -> None:
    for line in way.lines:
        console.say(line)


def concluded(
    outcome: Outcome | None, way: RollbackPlan, deadline: Deadline, where: Environment
) -> tuple[str, tuple[str, ...]]:
    """Say how it ended and what to do next; a dry run has no outcome."""
    if outcome is None:
        return "Dry run: nothing was changed.", ()
    return conclusion(outcome, way.to.revision, deadline, where, verb="rollback", done="rolled back")


def plan(
    aws: Aws, service: Service, options: Options, configuration: dict[str, Any], *, may_stop: bool = True
) -> RollbackPlan:
    """Decide where to go and how. Reads only. Errors: NotFound, Misuse.

    configuration: `deploymentConfiguration` of a new deployment.
    """
    where = aws.environment
    before = with_tasks(past(aws, LOOKED_AT))
    newest = before[0] if before else None
    goes_on = newest is not None and (newest.deployment.status.can_be_stopped or newest.deployment.status.goes_back)
    present = newest.task_definition if newest and goes_on else None
    present = present or service.task_definition  # when a deployment rolls back, ECS has already reset the service
    last = last_served(before)
    if options.to is None:
        found = last if goes_on else served_before(before, present)
        if found is None:
            raise nothing_before(revision_of(present), where, goes_on=goes_on, went_back=went_back(before, present))
        name, pulled = found.task_definition, found.image
    else:
        name = f"{present.rpartition(':')[0]}:{options.to}"
        pulled = image_of(before, name)
    to = describe_version(aws, name, pulled)
    if to is None:
        raise NotFound(f"there is no revision {revision_of(name)} of {where.family}", next_step=choose(where))
    leads_there = last is not None and last.task_definition == to.task_definition
    under_way = newest.deployment if newest and goes_on and may_stop and leads_there else None
    if under_way is None:
        check_usable(to, where)
        if to.task_definition == present and service.is_steady:
            raise Misuse(f"the service is set to revision {to.revision} already", next_step=choose(where))
    elif options.wish != NOTHING_SAID:
        raise Misuse(
            f"--strategy: deployment {under_way.id} is under way, and ECS takes it back the way it came",
            next_step=f"leave it out: `{command_in(where, 'rollback')}`",
        )
    way = RollbackPlan(
        present=present,
        before=describe_version(aws, present, image_of(before, present)),
        to=to,
        under_way=under_way,
        lines=(),
    )
    return replace(way, lines=tuple(in_words(aws, way, before, configuration)))


def with_tasks(before: Sequence[PastDeployment]) -> list[PastDeployment]:
    """Count as served only deployments that ran a task: with a desired count of 0, one completes without any.

    Where ECS records digests, it does so at the first task. before: newest first.
    """
    if not any(each.brought and each.brought.was_pulled for each in before):
        return list(before)  # version consistency is off, so this is not known of any deployment
    return [each if each.brought is None or each.brought.was_pulled else replace(each, ran=False) for each in before]


def image_of(before: Sequence[PastDeployment], arn: str) -> str:
    """Return the image that a task definition's newest deployment brought; empty when ECS knows none."""
    return next((each.brought.image for each in before if each.brought and each.task_definition == arn), "")


def last_served(before: Sequence[PastDeployment]) -> ServiceRevision | None:
    """Find what the deployment in progress is rolled back to."""
    return next((each.brought for each in before if each.has_served), None)


def served_before(before: Sequence[PastDeployment], present: str) -> ServiceRevision | None:
    """Find what served before the present task definition first did; if it never did, what served last.

    A second rollback thus goes further back, and never to a version that the first one left. before: newest first.
    """
    served = [each for each in before if each.has_served]
    first = max((place for place, each in enumerate(served) if each.task_definition == present), default=-1)
    return next((each.brought for each in served[first + 1 :] if each.task_definition != present), None)


def went_back(before: Sequence[PastDeployment], present: str) -> bool:
    """Say whether another version has served since the present one first did. before: newest first."""
    return any(each.has_served and each.task_definition != present for each in before)


def nothing_before(revision: int, where: Environment, *, goes_on: bool, went_back: bool) -> NotFound:
    if goes_on:
        return NotFound(
            f"the deployment of revision {revision} is under way, and nothing served before it",
            next_step=f"correct it and ship it: `{command_in(where, 'deploy --force')}`",
        )
    if went_back:
        return NotFound(
            f"nothing served before revision {revision} first did, as far as ECS remembers; what served in between was "
            "left by a rollback or a deploy",
            next_step=choose(where),
        )
    return NotFound(f"nothing served before revision {revision}, as far as ECS remembers", next_step=choose(where))


def choose(where: Environment) -> str:
    return (
        f"choose from `{command_in(where, 'history')}`: `{command_in(where, 'rollback --to REVISION')}`; "
        f"or ship another image: `{command_in(where, 'deploy --tag TAG')}`"
    )


def check_usable(version: Revision, where: Environment) -> None:
    """Check that ECS can start tasks of a revision. Errors: NotFound."""
    if not version.is_active:
        raise NotFound(
            f"revision {version.revision} is {version.definition['status']}: it was deregistered, and ECS deploys it "
            f"no more",
            next_step=f"register its image anew: `{command_in(where, f'deploy --image {version.image}')}`",
        )
    if version.tags is None:
        raise NotFound(
            f"the image of revision {version.revision} is no longer in ECR: {version.image}", next_step=choose(where)
        )


def in_words(aws: Aws, way: RollbackPlan, before: Sequence[PastDeployment], configuration: dict[str, Any]) -> list[str]:
    """Say what changes to what, how, and what happens to the schema."""
    present, to, under_way = way.before, way.to, way.under_way
    lines = [
        f"From {present or f'revision {revision_of(way.present)}'}: {told(before, way.present)}",
        f"To   {to}: {told(before, to.task_definition)}",
        f"By   taking deployment {under_way.id} back" if under_way else f"By   {new_deployment(aws, configuration)}",
    ]
    if present is not None:
        lines += task_definition.difference(present.definition, to.definition)
    return [*lines, schema_line(aws, present, to)]


def new_deployment(aws: Aws, configuration: dict[str, Any]) -> str:
    """Describe a new deployment, and a faster way."""
    words, baking = f"a new deployment, {strategy_of(configuration)}", baking_s(configuration)
    if not baking:
        return words
    at_once = command_in(aws.environment, "rollback --strategy blue-green --bake-time-minutes 0")
    return f"{words}, baking for {baking / aws.environment.speed:g} s; at once: `{at_once}`"


def told(before: Sequence[PastDeployment], arn: str) -> str:
    """Say when a task definition served, and how its newest deployment ended."""
    newest = next((each for each in before if each.task_definition == arn), None)
    if newest is None:
        return "ECS remembers no deployment of it"
    served = [each for each in before if each.has_served]
    place = next((place for place, each in enumerate(served) if each.task_definition == arn), None)
    words = "was not completed"
    if place is not None:
        until = served[place - 1].deployment.ended_at if place else None
        words = f"served from {clock(served[place].deployment.ended_at)} to {clock(until) if place else 'now'}"
    last = newest.deployment
    return f"{words}; its deployment: {last.status.value}" + (f" ({last.reason})" if last.reason else "")


def clock(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "?"


def schema_line(aws: Aws, present: Revision | None, to: Revision) -> str:
    """Say whether the code fits the schema, which a rollback never changes."""
    has = registry.schema_head_of(aws, present.image) if present else None
    wants = registry.schema_head_of(aws, to.image)
    if has is None or wants is None:
        return "Migrations are not run backwards, and the images do not say which schema they expect: see that it fits"
    if has == wants:
        return f"The schema stays at {has}, which revision {to.revision} expects"
    return (
        f"The schema stays at {has}, and revision {to.revision} was made for {wants}: "
        "migrations are not run backwards, so that code must work with the schema as it is"
    )


def take_back(
    aws: Aws, way: RollbackPlan, under_way: ServiceDeployment, deadline: Deadline, console: Console
) -> Outcome | None:
    """Have ECS roll a deployment back, and watch until what served before serves steadily.

    None when it can no longer be rolled back. ECS StopServiceDeployment. A signal leaves the rollback running.
    """
    service = describe_service(aws)
    events = frozenset(event.id for event in service.events)
    seen = Seen(events=events, tasks=frozenset(task.id for task in stopped_tasks(aws)))
    look = f"look at it: {command_in(aws.environment, 'status')}"
    if under_way.status.can_be_stopped:
        from_now_on(f"deployment {under_way.id} may go back", look)
        try:
            once.take_back(aws, under_way.arn)
        except aws.ecs.exceptions.ClientError as exc:
            if error_code(exc) not in TOO_LATE:
                raise
            console.say(f"ECS does not take deployment {under_way.id} back: {exc}", style="yellow")
            from_now_on()
            return None
    left = service.primary
    bad = way.before.definition if way.before else way.to.definition
    ours = ExpectedDeployment(
        deployment=left.id if left else "",
        task_definition=way.present,
        image=way.before.image if way.before else "",
        service_deployment=under_way.arn,
    )
    from_now_on(f"deployment {under_way.id} goes back", look)
    stopped = follow(aws, ours, bad, seen, deadline, console)
    primary = stopped.service.primary
    if stopped.verdict is Verdict.DEPLOYED:  # it was completed before ECS could stop it
        return replace(stopped, verdict=Verdict.FAILED)
    if stopped.verdict is not Verdict.ROLLED_BACK or primary is None:
        return stopped
    if primary.task_definition != way.to.task_definition:
        return replace(stopped, verdict=Verdict.SUPERSEDED)
    wished = ExpectedDeployment(deployment=primary.id, task_definition=way.to.task_definition, image=way.to.image)
    seen = replace(seen, events=events | {event.id for event in stopped.events})
    back = follow(aws, wished, way.to.definition, seen, deadline, console)
    return replace(back, failures=stopped.failures + back.failures, events=stopped.events + back.events)
