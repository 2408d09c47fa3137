"""Decides what a rollback returns to, by ECS's history of the service, and describes it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ops.aws import definition_changes
from ops.aws.clients import Aws
from ops.aws.service import Service, revision_of
from ops.aws.service_deployment import ServiceDeployment, ServiceRevision
from ops.deploying.history import PastDeployment, past
from ops.deploying.revision import Revision, describe_version
from ops.environment import Environment
from ops.errors import DeployRefused, Misuse, NotFound
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.image import labels
from ops.parameters.deployed import NEVER_DEPLOYED
from ops.rollout.strategy import UNCHANGED, StrategyOptions, baking_s, strategy_of

# How many deployments are searched for what served before; ECS keeps those of 90 days.
SEARCHED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """to: a revision; None means what served before. configuration: the `deploymentConfiguration` of a new deployment.

    may_stop: False once ECS has refused to roll the deployment in progress back.
    """

    to: int | None
    strategy: StrategyOptions
    configuration: dict[str, Any]
    may_stop: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackPlan:
    """The change, and how it is made.

    in_progress: the deployment that ECS rolls back; None: a new one is deployed. left_out: deployments of revisions
    that also served before, but failed to return.
    """

    present: str  # ARN of the task definition
    before: Revision | None  # the revision of `present`; None when it is gone
    to: Revision
    in_progress: ServiceDeployment | None
    left_out: tuple[PastDeployment, ...] = ()
    lines: tuple[str, ...] = ()  # the plan in words


def make_plan(aws: Aws, service: Service, request: Request) -> RollbackPlan:
    """Decide what to return to, and how. Reads only. Errors: NotFound, Misuse, DeployRefused."""
    history = past(aws, SEARCHED)
    in_progress = unfinished(history)
    # While a deployment rolls back, ECS has already reset the service.
    present = (in_progress.task_definition if in_progress else None) or service.task_definition
    if request.to is None and in_progress is not None:
        check_no_return(history, in_progress, aws.environment)
    left_out = () if in_progress or request.to is not None else failed_returns(history)
    to = target(aws, history, present, request, left_out, is_unfinished=in_progress is not None)
    stopped = in_progress.deployment if in_progress and request.may_stop and leads_to(history, to) else None
    if stopped is not None:
        check_no_strategy(aws.environment, stopped, request.strategy)
    else:
        check_usable(to, aws.environment)
        check_changes(service, present, to, aws.environment)
    plan = RollbackPlan(
        present=present,
        before=describe_version(aws, present, image_of(history, present)),
        to=to,
        in_progress=stopped,
        left_out=left_out,
    )
    return replace(plan, lines=tuple(in_words(aws, plan, history, request.configuration)))


def unfinished(history: Sequence[PastDeployment]) -> PastDeployment | None:
    """Return the deployment that is in progress or rolling back. history: newest first."""
    newest = history[0] if history else None
    if newest and (newest.deployment.status.can_be_stopped or newest.deployment.status.is_rolling_back):
        return newest
    return None


def failed_returns(history: Sequence[PastDeployment]) -> tuple[PastDeployment, ...]:
    """Return the failed deployments, since the last one that served, of revisions that had served before it.

    A rollback to such a revision would most likely fail again. One that a person ended has not failed. history: newest
    first.
    """
    newest = next((place for place, each in enumerate(history) if each.has_served), len(history))
    served = {each.task_definition for each in history[newest:] if each.has_served}
    return tuple(
        each
        for each in history[:newest]
        if each.deployment.status.has_failed and not each.deployment.ended_by_user and each.task_definition in served
    )


def target(
    aws: Aws,
    history: Sequence[PastDeployment],
    present: str,
    request: Request,
    left_out: Sequence[PastDeployment],
    *,
    is_unfinished: bool,
) -> Revision:
    """Return the requested revision, else what served before. Errors: NotFound."""
    where = aws.environment
    if request.to is not None:
        name = f"{present.rpartition(':')[0]}:{request.to}"
        image = image_of(history, name)
    else:
        but = {each.task_definition for each in left_out}
        found = last_served(history) if is_unfinished else served_before(history, present, but)
        if found is None and left_out:
            raise only_failed(revision_of(present), left_out[0], where)
        if found is None:
            has_moved = has_left(history, present)
            raise nothing_before(revision_of(present), where, is_unfinished=is_unfinished, has_moved=has_moved)
        name, image = found.task_definition, found.image
    to = describe_version(aws, name, image)
    if to is None:
        raise NotFound(f"there is no revision {revision_of(name)} of {where.family}", next_step=choose(where))
    return to


def check_no_return(history: Sequence[PastDeployment], in_progress: PastDeployment, where: Environment) -> None:
    """Errors: DeployRefused during another rollback, because this one would return to the revision that it leaves."""
    last, to = last_served(history), in_progress.task_definition
    is_return = any(each.has_served and each.task_definition == to for each in history)
    if last is None or last.task_definition == to or not is_return or not in_progress.deployment.status.can_be_stopped:
        return
    left, revision = revision_of(last.task_definition), revision_of(to or "")
    raise DeployRefused(
        f"deployment {in_progress.deployment.id} is returning to revision {revision}, which has served before; "
        f"to roll it back would return to revision {left}",
        next_step=f"wait for its end: `{command_in(where, 'wait')}`; to return to revision {left} all the same: "
        f"`{command_in(where, f'rollback --to {left}')}`",
        failure_class=FailureClass.OTHER_DEPLOY,
    )


def image_of(history: Sequence[PastDeployment], arn: str) -> str:
    """Return the image that a task definition's newest deployment deployed; empty when ECS knows none."""
    return next((each.revision.image for each in history if each.revision and each.task_definition == arn), "")


def last_served(history: Sequence[PastDeployment]) -> ServiceRevision | None:
    """Find what ECS rolls the deployment in progress back to. history: newest first."""
    return next((each.revision for each in history if each.has_served), None)


def served_before(
    history: Sequence[PastDeployment], present: str, but: Collection[str | None] = ()
) -> ServiceRevision | None:
    """Find what served before the current task definition first did; if it never did, what served last.

    So a second rollback goes further back, and never to a version that the first one left. history: newest first.
    but: task definitions that are left out.
    """
    served = [each for each in history if each.has_served]
    first = max((place for place, each in enumerate(served) if each.task_definition == present), default=-1)
    return next((each.revision for each in served[first + 1 :] if each.task_definition not in {present, *but}), None)


def has_left(history: Sequence[PastDeployment], present: str) -> bool:
    """Return whether another version has served since the current one first did."""
    return any(each.has_served and each.task_definition != present for each in history)


def leads_to(history: Sequence[PastDeployment], to: Revision) -> bool:
    """Return whether rolling back the deployment in progress leads to this revision."""
    last = last_served(history)
    return last is not None and last.task_definition == to.task_definition


def nothing_before(revision: int, where: Environment, *, is_unfinished: bool, has_moved: bool) -> NotFound:
    """Return the error for a rollback that has nothing to return to."""
    if is_unfinished:
        return NotFound(
            f"the deployment of revision {revision} is in progress, and nothing served before it",
            next_step=f"correct the cause and deploy again: `{command_in(where, 'deploy --force')}`",
        )
    known = f"nothing served before revision {revision}, according to ECS's history"
    if has_moved:
        known += "; the versions that served since then were replaced by a rollback or a deploy"
    return NotFound(known, next_step=choose(where))


def only_failed(revision: int, failed: PastDeployment, where: Environment) -> NotFound:
    """Return the error for a rollback whose only way back has just failed."""
    left = revision_of(failed.task_definition or "")
    return NotFound(
        f"nothing served before revision {revision} but revision {left}, {last_end(failed.deployment)}",
        next_step=f"repeat that once its cause is gone: `{command_in(where, f'rollback --to {left}')}`; "
        f"or deploy another image: `{command_in(where, 'deploy --tag TAG')}`",
    )


def choose(where: Environment) -> str:
    return (
        f"choose a revision from `{command_in(where, 'history')}`: `{command_in(where, 'rollback --to REVISION')}`; "
        f"or deploy another image: `{command_in(where, 'deploy --tag TAG')}`"
    )


def check_no_strategy(where: Environment, stopped: ServiceDeployment, strategy: StrategyOptions) -> None:
    """Errors: Misuse for a strategy that ECS would ignore."""
    if strategy != UNCHANGED:
        raise Misuse(
            f"--strategy: deployment {stopped.id} is in progress, and ECS rolls it back with its own strategy",
            next_step=f"leave the option out: `{command_in(where, 'rollback')}`",
        )


def check_usable(version: Revision, where: Environment) -> None:
    """Check that ECS can start tasks of a revision. Errors: NotFound."""
    if not version.is_active:
        raise NotFound(
            f"revision {version.revision} is {version.definition['status']}: it was deregistered, so ECS no longer "
            "deploys it",
            next_step=f"register its image again: `{command_in(where, f'deploy --image {version.image}')}`",
        )
    if version.image.endswith(NEVER_DEPLOYED):
        raise NotFound(
            f"revision {version.revision} never ran a task; its image {NEVER_DEPLOYED[1:]} does not exist",
            next_step=choose(where),
        )
    if version.tags is None:
        raise NotFound(
            f"the image of revision {version.revision} is no longer in ECR: {version.image}", next_step=choose(where)
        )


def check_changes(service: Service, present: str, to: Revision, where: Environment) -> None:
    """Errors: Misuse when a steady service is set to the revision already."""
    if to.task_definition == present and service.is_steady:
        raise Misuse(f"the service is already set to revision {to.revision}", next_step=choose(where))


def in_words(
    aws: Aws, plan: RollbackPlan, history: Sequence[PastDeployment], configuration: dict[str, Any]
) -> list[str]:
    """Describe the change, how it is made, and its effect on the schema."""
    present, to, stopped = plan.before, plan.to, plan.in_progress
    lines = [
        f"From {present or f'revision {revision_of(plan.present)}'}: {service_times(history, plan.present)}",
        f"To   {to}: {service_times(history, to.task_definition)}",
        f"By   rolling deployment {stopped.id} back" if stopped else f"By   {new_deployment(aws, configuration)}",
    ]
    for each in plan.left_out:
        left = revision_of(each.task_definition or "")
        again = command_in(aws.environment, f"rollback --to {left}")
        lines.append(f"Not  to revision {left}, {last_end(each.deployment)}; to repeat that: `{again}`")
    if present is not None:
        lines += definition_changes.difference(present.definition, to.definition)
    return [*lines, schema_line(aws, present, to)]


def new_deployment(aws: Aws, configuration: dict[str, Any]) -> str:
    """Describe a new deployment, and a faster way."""
    words, baking = f"a new deployment, {strategy_of(configuration)}", baking_s(configuration)
    if not baking:
        return words
    faster = command_in(aws.environment, "rollback --strategy blue-green --bake-time-minutes 0")
    return f"{words}, with {baking / aws.environment.speed:g} s of bake time; without: `{faster}`"


def service_times(history: Sequence[PastDeployment], arn: str) -> str:
    """Describe when a task definition served, and how its newest deployment ended."""
    newest = next((each for each in history if each.task_definition == arn), None)
    if newest is None:
        return "ECS has no record of a deployment"
    served = [each for each in history if each.has_served]
    place = next((place for place, each in enumerate(served) if each.task_definition == arn), None)
    words = "was not completed"
    if place is not None:
        until = served[place - 1].deployment.ended_at if place else None
        words = f"served from {clock(served[place].deployment.ended_at)} to {clock(until) if place else 'now'}"
    last = newest.deployment
    ended = last.status.value.lower().replace("_", " ")
    return f"{words}; last deployment: {ended}" + (f" ({last.reason})" if last.reason else "")


def last_end(deployment: ServiceDeployment) -> str:
    """Describe when and why a revision's last deployment failed."""
    reason = f" ({deployment.reason})" if deployment.reason else ""
    return f"whose last deployment failed at {clock(deployment.ended_at)}{reason}"


def clock(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "?"


def schema_line(aws: Aws, present: Revision | None, to: Revision) -> str:
    """Return whether the code fits the schema, which a rollback never changes."""
    built_for = labels.schema_head_of(aws, present.image) if present else None
    return schema_words(to.revision, labels.schema_head_of(aws, to.image), built_for)


def schema_words(revision: int, expected: str | None, serving: str | None) -> str:
    """Compare what two images were built for. The database may be at neither: only a migration reads it."""
    if serving is None or expected is None:
        return "Migrations are not reversed, and the images do not say which schema they expect: check that it fits"
    if serving == expected:
        return f"The schema stays as it is; revision {revision} was built for {expected}, like the one that serves"
    return (
        f"The schema stays as it is; revision {revision} was built for {expected}, the one that serves for {serving}: "
        f"its code must work with the schema that the database has, and no migration is run"
    )
