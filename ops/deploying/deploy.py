"""`spendsense deploy`: ships an image as a new revision and reports what really serves afterwards."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops.aws import task_definition
from ops.aws.clients import Aws, explain
from ops.aws.once import register, update_service
from ops.aws.service import RolloutState, Service, describe_service, revision_of, stopped_tasks
from ops.aws.service_deployment import service_deployments
from ops.console import Console
from ops.errors import DeployRefused, OpsError
from ops.guide import command_in
from ops.image import registry as image
from ops.image.chosen import Choice, chosen_image
from ops.parameters import deployed, recovery_journal, recovery_shape
from ops.rollout import doubts, migration
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Outcome, Seen, follow
from ops.rollout.migration import Schema
from ops.rollout.strategy import (
    NOTHING_SAID,
    Strategy,
    StrategyOptions,
    baking_s,
    one_at_a_time,
    strategy_of,
    wanted_configuration,
    wanted_load_balancers,
)
from ops.rollout.verdict import ExpectedDeployment, Verdict
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

AWS_TIMEOUT_S = 600.0
LOCAL_TIMEOUT_S = 300.0
# How long ECS may take to list a new deployment.
LISTED_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    source: Path | None = None  # built when given, or when neither image nor tag is
    image: str | None = None  # repository@sha256:...
    tag: str | None = None  # of an existing image; with `source`, of the one that is built
    timeout_s: float | None = None
    dry_run: bool = False
    force: bool = False  # also while another deployment is in progress
    wish: StrategyOptions = NOTHING_SAID  # how tasks are replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a deploy will do, decided before its first effect."""

    service: Service
    image: str
    registration: dict[str, Any]
    changes: tuple[str, ...]
    schema: str  # what the images expect of the schema, in words; the migration asks the database itself
    configuration: dict[str, Any] | None  # `deploymentConfiguration` of UpdateService, when it changes
    load_balancers: list[dict[str, Any]] | None  # its `loadBalancers`, when they change
    desired: int | None  # desired count, when this deploy is the first to start tasks

    @property
    def settings(self) -> dict[str, Any]:
        """The parameters of UpdateService besides the task definition."""
        return update_settings(self.configuration, self.load_balancers) | (
            {} if self.desired is None else {"desiredCount": self.desired}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome of a deploy."""

    verdict: Verdict
    message: str
    next_steps: tuple[str, ...]
    image: str
    revision: int | None
    previous_revision: int
    duration_s: float
    phases_s: dict[str, float]
    outcome: Outcome | None = None
    schema: Schema | None = None  # what the database had and has; None when no migration ran or its log is lost
    changes: tuple[str, ...] = ()
    strategy: Strategy = Strategy.ROLLING

    @property
    def exit_code(self) -> int:
        return 0 if self.verdict in {Verdict.DEPLOYED, Verdict.DRY_RUN} else 1

    def as_json(self) -> dict[str, object]:
        outcome = self.outcome
        return {
            "ok": self.exit_code == 0,
            "verdict": self.verdict.value,
            "message": self.message,
            "revision": self.revision,
            "previous_revision": self.previous_revision,
            "image": self.image,
            "strategy": self.strategy.value,
            "duration_s": round(self.duration_s, 3),
            "phases_s": self.phases_s,
            "changes": list(self.changes),
            "schema": self.schema.as_json() if self.schema else None,
            "doubts": outcome.doubts.as_json() if outcome and outcome.doubts else None,
            "failures": [failure.as_json() for failure in outcome.failures] if outcome else [],
            "events": [
                {"at": event.at.isoformat(), "message": event.message} for event in (outcome.events if outcome else ())
            ],
        }

    def show(self, console: Console) -> None:
        for change in self.changes:
            console.result(change)
        good = "bold yellow" if self.outcome and self.outcome.doubts and self.outcome.doubts.lines else "bold green"
        console.result(self.message, style=good if self.exit_code == 0 else "bold red")
        for step in self.next_steps:
            console.result(f"  {step}")


def run(aws: Aws, options: Options, console: Console) -> Result:
    """Build, register, migrate, update, follow, judge, record.

    Errors: DeployRefused, BuildFailed, NotFound, Misuse. The result says how the rollout ended.
    """
    service = deployable(aws, describe_service(aws), force=options.force)
    if not options.dry_run:
        deployed.settle(aws, service, console.say)
    present = service.deployment_configuration
    configuration = one_at_a_time(wanted_configuration(options.wish, present), present, service.desired)
    in_effect = configuration or present
    deadline = Deadline(options.timeout_s or default_timeout_s(aws, in_effect))
    with console.phase("build"):
        choice = Choice(source=options.source, image=options.image, tag=options.tag, register=not options.dry_run)
        pinned, revision_text = chosen_image(aws, choice, console)
    planned = plan(aws, service, pinned, revision_text, configuration)
    previous = service.revision
    if options.dry_run:
        return Result(
            verdict=Verdict.DRY_RUN,
            message=f"Dry run: would follow revision {previous}; {planned.schema}. Nothing was changed.",
            next_steps=(),
            image=pinned,
            revision=None,
            previous_revision=previous,
            duration_s=deadline.elapsed_s,
            phases_s=console.phases_s,
            changes=planned.changes,
            strategy=strategy_of(in_effect),
        )
    with console.phase("register"):
        registered = register(aws, planned.registration)
    arn = registered["taskDefinitionArn"]
    revision = revision_of(arn)
    console.say(f"Registered revision {revision}: {pinned}")
    try:
        with console.phase("migrate"):
            console.say(f"Asking the database for its schema; {planned.schema}")
            schema = migration.run(aws, arn, service.network, deadline)
            console.say(f"  {schema or 'its answer did not arrive'}", style="cyan")
            if schema is not None and schema.has_moved:
                from_now_on("nothing was deployed; what served before serves", migration.left_behind(schema).strip())
    except OpsError as exc:
        return Result(
            verdict=Verdict.MIGRATION_FAILED,
            message=f"Not deployed: {exc.message}\nRevision {previous} still serves.",
            next_steps=(exc.next_step,) if exc.next_step else (),
            image=pinned,
            revision=revision,
            previous_revision=previous,
            duration_s=deadline.elapsed_s,
            phases_s=console.phases_s,
            strategy=strategy_of(in_effect),
        )
    with console.phase("roll_out"):
        outcome = roll_out(aws, registered, pinned, planned.settings, deadline, console, force=options.force)
    if outcome.verdict is Verdict.DEPLOYED:
        note(aws, pinned, revision_text, console)
    else:
        deployed.settle(aws, outcome.service, console.say)
    message, next_steps = conclusion(outcome, revision, deadline, aws.environment)
    from_now_on(message.partition("\n")[0])
    return Result(
        verdict=outcome.verdict,
        message=message + ("" if outcome.verdict is Verdict.DEPLOYED else migration.left_behind(schema)),
        next_steps=next_steps,
        image=pinned,
        revision=revision,
        previous_revision=previous,
        duration_s=deadline.elapsed_s,
        phases_s=console.phases_s,
        outcome=outcome,
        schema=schema,
        strategy=strategy_of(in_effect),
    )


def note(aws: Aws, pinned: str, revision_text: str, console: Console) -> None:
    """Record what serves for Terraform, and for a recovery how service and database are made.

    A deploy without permission for the second record has succeeded all the same.
    """
    where = aws.environment
    from_now_on(
        "the new revision serves, which may not be noted for Terraform yet",
        f"whoever looks completes that: {command_in(where, 'status')}",
    )
    with console.phase("record"):
        deployed.record(aws, pinned, revision_text)
        try:
            recovery_shape.record(aws)
        except aws.rds.exceptions.ClientError as exc:
            console.say(f"Not noted for a recovery how service and database are made: {exc}", style="yellow")


def default_timeout_s(aws: Aws, configuration: dict[str, Any]) -> float:
    """Return the default time limit in seconds: a base for the environment plus the bake times."""
    where = aws.environment
    return (LOCAL_TIMEOUT_S if where.local else AWS_TIMEOUT_S) + baking_s(configuration) / where.speed


def deployable(aws: Aws, service: Service, *, force: bool) -> Service:
    """Check that the service can take a deploy, and return it. Errors: DeployRefused."""
    if service.status != "ACTIVE":
        raise DeployRefused(f"service {service.name} is {service.status}")
    refuse_during_recovery(aws)
    busy = [each for each in service.deployments if each.rollout_state is RolloutState.IN_PROGRESS]
    if busy and not force and not deployed.nothing_yet(aws, service):
        raise DeployRefused(
            f"deployment {busy[0].id} of revision {busy[0].revision} is in progress: "
            f"{busy[0].running} of {busy[0].desired} tasks run",
            next_step=f"watch it: `{command_in(aws.environment, 'status')}`; "
            f"take it back: `{command_in(aws.environment, 'rollback')}`; "
            f"or replace it: `{command_in(aws.environment, 'deploy --force')}`",
        )
    return service


def refuse_during_recovery(aws: Aws) -> None:
    """Errors: DeployRefused while a recovery is in progress."""
    recovering = recovery_journal.under_way_since(aws)
    if recovering is not None:
        raise DeployRefused(
            f"a recovery is under way since {recovering}: its data is not whole yet",
            next_step=f"go on with it: `{command_in(aws.environment, 'recover')}`",
        )


def plan(aws: Aws, service: Service, pinned: str, revision_text: str, configuration: dict[str, Any] | None) -> Plan:
    """Decide what to register and what UpdateService changes. Reads only.

    The new revision is based on the family's newest one, so that it includes what Terraform has changed since.
    """
    where = aws.environment
    described = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    newest = aws.ecs.describe_task_definition(taskDefinition=described["family"], include=["TAGS"])
    wanted = task_definition.registration(
        newest["taskDefinition"],
        task_definition.Changes(container=where.container, image=pinned, revision=revision_text),
        newest.get("tags", ()),
    )
    current = task_definition.container_of(described, where.container)["image"]
    schema = migration.expected_schema(image.schema_head_of(aws, current), image.schema_head_of(aws, pinned))
    changes = task_definition.difference(described, wanted)
    if configuration is not None:
        changes += configuration_changes(service.deployment_configuration, configuration)
    desired = deployed.first_tasks(aws, service, current)
    if desired is not None:
        changes.append(f"~ desiredCount: 0 -> {desired}")
    return Plan(
        service=service,
        image=pinned,
        registration=wanted,
        changes=tuple(changes),
        schema=schema,
        configuration=configuration,
        load_balancers=wanted_load_balancers(aws, configuration, service.load_balancers),
        desired=desired,
    )


def update_settings(
    configuration: dict[str, Any] | None, load_balancers: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """Return the parameters of UpdateService besides the task definition; None leaves a setting as it is."""
    settings = {"deploymentConfiguration": configuration, "loadBalancers": load_balancers}
    return {name: value for name, value in settings.items() if value is not None}


def configuration_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the changes in how tasks are replaced, one per line."""
    lines = []
    if (strategy_of(before), baking_s(before)) != (strategy_of(after), baking_s(after)):
        lines.append(f"~ strategy: {strategy_of(before)} -> {strategy_of(after)}, baking for {baking_s(after):g} s")
    if before.get("maximumPercent") != after.get("maximumPercent"):
        lines.append(f"~ maximumPercent: {before.get('maximumPercent')} -> {after.get('maximumPercent')}")
    return lines


def roll_out(
    aws: Aws,
    definition: dict[str, Any],
    pinned: str,
    settings: dict[str, Any],
    deadline: Deadline,
    console: Console,
    *,
    force: bool,
) -> Outcome:
    """Update the service to a task definition and watch. ECS UpdateService. A signal leaves the deployment running.

    pinned: the image that its tasks are to run. settings: further parameters of UpdateService. Errors: DeployRefused
    when somebody else's deployment has begun since this one looked; NotReachable when AWS gave no answer until the
    deadline.
    """
    where, arn = aws.environment, definition["taskDefinitionArn"]
    service = deployable(aws, describe_service(aws), force=force)
    # A revision that ran before has left stopped tasks, which are not news.
    seen = Seen(
        events=frozenset(event.id for event in service.events),
        tasks=frozenset(task.id for task in stopped_tasks(aws)),
    )
    before = frozenset(service_deployments(aws))
    first, since_ms = (
        doubts.before(aws, settings.get("deploymentConfiguration", service.deployment_configuration)),
        now_ms(),
    )
    for line in first.lines:
        console.say(line, style="yellow")
    deployed.intend(aws, service, definition)
    revision = revision_of(arn)
    from_now_on(f"the deployment of revision {revision} may have begun", f"look: {command_in(where, 'status')}")
    updated = update_service(aws, service, taskDefinition=arn, **settings)
    ours = begun(aws, updated, before, arn=arn, image=pinned)
    going_on = f"deployment {ours.deployment} of revision {revision} goes on"
    look, take_back = command_in(where, "status"), command_in(where, "rollback")
    from_now_on(going_on, f"look at it:   {look}", f"take it back: {take_back}")
    try:
        outcome = follow(aws, ours, definition, seen, deadline, console)
    except Exception as exc:
        explained = exc if isinstance(exc, OpsError) else explain(exc)
        if explained is None:
            raise
        told = f"Not watched to its end: {explained.message}; {going_on}"
        raise type(explained)(told, next_step=f"look at it: `{look}`; take it back: `{take_back}`") from exc
    from_now_on(conclusion(outcome, revision, deadline, where)[0].partition("\n")[0])
    called = deployed.noted_in(definition, where.container).revision
    return replace(outcome, doubts=doubts.after(aws, first, outcome.history, outcome.service, called, since_ms))


def now_ms() -> int:
    """Return the time in milliseconds, as CloudWatch Logs counts it."""
    return int(time.time() * 1000)


def begun(aws: Aws, answer: dict[str, Any], before: Collection[str], *, arn: str, image: str) -> ExpectedDeployment:
    """Return the deployment that UpdateService or CreateService has begun, once ECS lists it.

    answer: the service in ECS's answer. before: ARNs of the earlier service deployments. arn: of the task definition.
    """
    primary = next(each for each in answer["deployments"] if each["status"] == "PRIMARY")
    listed = wait_for(
        lambda: next((each for each in service_deployments(aws) if each not in before), None),
        Deadline(LISTED_WITHIN_S),
        interval_s=aws.environment.poll_interval_s,
    )
    return ExpectedDeployment(deployment=primary["id"], task_definition=arn, image=image, service_deployment=listed)
