"""`spendsense deploy`: ships an image as a new revision, and reports what actually serves afterwards."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops.aws import definition_changes, task_definition
from ops.aws.clients import Aws, Wire, explain
from ops.aws.deployment_alarms import with_watch
from ops.aws.once import register
from ops.aws.service import Service, describe_service, revision_of
from ops.configuration import PROJECT_ROOT
from ops.console import Console
from ops.deploying import rollback
from ops.deploying.record import record_outcome
from ops.deploying.result import DeployResult
from ops.environment import EnvironmentName
from ops.errors import DeployRefused, NotFound, NotReachable, OpsError, TaskFailed, WaitTimedOut
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.image import chosen, labels
from ops.image.chosen import Choice, chosen_image
from ops.locking.held import held
from ops.parameters import deployed
from ops.rollout import migration, strategy, trickle
from ops.rollout.admission import check_deployable
from ops.rollout.cause import Cause, cause_of, with_first_step
from ops.rollout.conclusion import conclusion
from ops.rollout.follow import Outcome, default_timeout_s
from ops.rollout.migration import Schema
from ops.rollout.proof import Phase
from ops.rollout.strategy import (
    UNCHANGED,
    StrategyOptions,
    configuration_changes,
    strategy_of,
    update_settings,
    updated_configuration,
)
from ops.rollout.traffic import updated_load_balancers
from ops.rollout.trickle import Trickle
from ops.rollout.update import not_watched, roll_out
from ops.rollout.verdict import Verdict
from ops.signals import from_now_on
from ops.verifying import shipped_image, verify
from ops.verifying.subject import subject_of
from ops.waiter import Deadline

NOT_MIGRATED = (DeployRefused, NotFound, TaskFailed, WaitTimedOut)
"""Errors of a migration that has failed, or whose schema the image does not support."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    source: Path | None = None  # built when given, or when neither image nor tag is
    image: str | None = None  # repository@sha256:...
    tag: str | None = None  # of an existing image; with `source`, of the one that is built
    timeout_s: float | None = None
    dry_run: bool = False
    force: bool = False  # also while another deployment is in progress
    strategy: StrategyOptions = UNCHANGED  # how tasks are replaced
    newer_schema_refused: bool = False  # a database whose schema is newer than the image ends the deploy
    roll_back_failing: bool = False  # also when only requests through the load balancer fail

    @property
    def version(self) -> str:
        """The version in words, before there is an image."""
        return self.tag or self.image or f"the sources in {self.source or PROJECT_ROOT}"

    @property
    def choice(self) -> Choice:
        """The image to deploy."""
        return Choice(source=self.source, image=self.image, tag=self.tag, register=not self.dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a deploy will do, decided before its first effect."""

    service: Service
    image: str
    revision_text: str  # what /version will show
    registration: dict[str, Any]
    changes: tuple[str, ...]
    schema: str  # the schemas that the images expect, in words; the migration reads the database's
    configuration: dict[str, Any] | None  # `deploymentConfiguration` of UpdateService, when it changes
    load_balancers: list[dict[str, Any]] | None  # its `loadBalancers`, when they change
    desired: int | None  # desired count, when this deploy is the first to start tasks

    @property
    def settings(self) -> dict[str, Any]:
        """The parameters of UpdateService besides the task definition."""
        settings = update_settings(self.configuration, self.load_balancers)
        return settings if self.desired is None else settings | {"desiredCount": self.desired}


def check(name: EnvironmentName, options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    chosen.check(name, options.choice)
    strategy.check(options.strategy)


def run(aws: Aws, options: Options, console: Console) -> DeployResult:
    """Hold the environment's lock; verify, build, register, migrate, update, follow, assess, record.

    Requests are sent through the load balancer meanwhile. Errors: DeployRefused, BuildFailed, NotFound, Misuse. The
    result says how the rollout ended.
    """
    if options.dry_run:
        service = check_deployable(aws, describe_service(aws), force=options.force)
        _, result, deadline = prepared(aws, service, options, console)
        return replace(result, duration_s=deadline.elapsed_s)
    with held(aws, options.version, console, force=options.force):
        result = shipped(aws, options, console)
    if options.roll_back_failing and result.outcome is not None and fails_while_set(result.outcome):
        return rolled_back(aws, result, options, console)
    return result


def shipped(aws: Aws, options: Options, console: Console) -> DeployResult:
    """Deploy; `run` holds the lock meanwhile."""
    service = check_deployable(aws, describe_service(aws), force=options.force)
    deployed.settle(aws, service, console.say)
    with trickle.sent(aws) as traffic:
        planned, result, deadline = prepared(aws, service, options, console)
        return ship(aws, planned, result, options, deadline, traffic, console)


def prepared(aws: Aws, service: Service, options: Options, console: Console) -> tuple[Plan, DeployResult, Deadline]:
    """Verify, build or find the image, and decide what changes; return also the result of a dry run."""
    with console.phase("verify"):
        subject = subject_of(aws, service)
        remarks = verify.admit(verify.of_the_environment(subject), console)
    configuration = updated_configuration(options.strategy, service)
    in_effect = configuration or service.deployment_configuration
    deadline = Deadline(options.timeout_s or default_timeout_s(aws.environment, in_effect))
    with console.phase("build"):
        pinned, revision_text = chosen_image(aws, options.choice, console)
    with console.phase("verify_image"):
        remarks += verify.admit(shipped_image.check(subject, pinned), console)
    planned = plan(aws, service, pinned, revision_text, configuration)
    return planned, replace(result_of(planned, in_effect, console), checks=remarks), deadline


def ship(
    aws: Aws,
    planned: Plan,
    result: DeployResult,
    options: Options,
    deadline: Deadline,
    traffic: Trickle,
    console: Console,
) -> DeployResult:
    """Register, migrate, update, follow, assess, record."""
    definition = register_revision(aws, planned, console)
    result = replace(result, revision=revision_of(definition["taskDefinitionArn"]), changes=())
    traffic.turn_to(Phase.DURING)
    try:
        schema = migrate(aws, definition, planned, deadline, console)
        result = replace(result, schema=schema)
        if options.newer_schema_refused:
            check_schema(aws, schema)
    except NOT_MIGRATED as exc:
        return not_migrated(result, exc, deadline)
    with console.phase("roll_out"):
        outcome = roll_out(
            aws,
            definition,
            planned.image,
            planned.settings,
            deadline,
            console,
            force=options.force,
            is_enough=lambda _: options.roll_back_failing and traffic.proof.is_failing,
        )
    traffic.turn_to(Phase.AFTER)
    record_outcome(aws, outcome, planned.image, planned.revision_text, console)
    traffic.await_answers()
    return concluded(aws, result, replace(outcome, proof=traffic.proof), deadline)


def fails_while_set(outcome: Outcome) -> bool:
    """Return whether requests fail while the service is still set to the new revision."""
    is_set = outcome.verdict in {Verdict.DEPLOYED, Verdict.TIMED_OUT}
    return is_set and outcome.proof is not None and outcome.proof.is_failing


def rolled_back(aws: Aws, result: DeployResult, options: Options, console: Console) -> DeployResult:
    """Roll back a revision whose requests fail, and return the result of both."""
    assert result.outcome is not None  # noqa: S101 - it is what fails
    lines = result.outcome.proof.lines if result.outcome.proof else []
    console.say(f"Rolling revision {result.revision} back: {'; '.join(lines)}", style="yellow")
    try:
        back = rollback.run(aws, rollback.Options(timeout_s=options.timeout_s), console)
    except OpsError as exc:  # such as nothing to return to; the result of the deploy is still reported
        message = f"{result.message}\nNot rolled back: {exc.message}"
        return replace(result, message=message, next_steps=((exc.next_step,) if exc.next_step else result.next_steps))
    reason = "".join(f"\n{line}" for line in lines)
    serves = f"was rolled back to revision {back.revision}, which serves"
    ended = serves if back.serves else "could not be rolled back"
    return replace(
        result,
        verdict=Verdict.ROLLED_BACK if back.serves else Verdict.FAILED,
        cause=Cause(failure_class=FailureClass.REQUESTS, evidence=lines[0] if lines else ""),
        message=f"Not deployed: revision {result.revision} {ended}{reason}"
        + ("" if back.serves else f"\n{back.message}"),
        next_steps=back.next_steps or (command_in(aws.environment, "logs --since 10m"),),
        duration_s=result.duration_s + back.duration_s,
    )


def plan(aws: Aws, service: Service, pinned: str, revision_text: str, configuration: dict[str, Any] | None) -> Plan:
    """Decide what to register and what UpdateService changes. Reads only.

    The new revision is based on the family's newest one, so that it includes what Terraform has changed since.
    """
    where = aws.environment
    described = aws.ecs.describe_task_definition(taskDefinition=service.task_definition)["taskDefinition"]
    newest = aws.ecs.describe_task_definition(taskDefinition=described["family"], include=["TAGS"])
    registration = task_definition.registration(
        newest["taskDefinition"],
        task_definition.Changes(container=where.container, image=pinned, revision=revision_text),
        newest.get("tags", ()),
    )
    current = task_definition.container_of(described, where.container)["image"]
    heads = labels.schema_head_of(aws, current), labels.schema_head_of(aws, pinned)
    changes = definition_changes.difference(described, registration)
    if configuration is not None:
        changes += configuration_changes(service.deployment_configuration, configuration)
    desired = deployed.first_tasks(aws, service, current)
    if desired is not None:
        changes.append(f"~ desiredCount: 0 -> {desired}")
        # There is no revision that alarms could roll back to, and ECS would wait for them: minutes for nothing.
        # The record of this deploy enables them.
        unwatched = with_watch(configuration or service.deployment_configuration, enabled=False)
        configuration = unwatched or configuration
    return Plan(
        service=service,
        image=pinned,
        revision_text=revision_text,
        registration=registration,
        changes=tuple(changes),
        schema=migration.expected_schema(*heads, is_first=current.endswith(deployed.NEVER_DEPLOYED)),
        configuration=configuration,
        load_balancers=updated_load_balancers(aws, configuration, service.load_balancers),
        desired=desired,
    )


def result_of(planned: Plan, configuration: Wire, console: Console) -> DeployResult:
    """Return the result of a dry run, from which that of a deploy is derived. configuration: the one in effect."""
    previous = planned.service.revision
    return DeployResult(
        verdict=Verdict.DRY_RUN,
        message=f"Dry run: the new revision would replace revision {previous}; {planned.schema}. Nothing was changed.",
        image=planned.image,
        previous_revision=previous,
        phases_s=console.phases_s,
        changes=planned.changes,
        strategy=strategy_of(configuration),
    )


def register_revision(aws: Aws, planned: Plan, console: Console) -> Wire:
    """Register the new revision; return ECS's description. ECS RegisterTaskDefinition."""
    with console.phase("register"):
        definition = register(aws, planned.registration)
    console.say(f"Registered revision {revision_of(definition['taskDefinitionArn'])}: {planned.image}")
    return definition


def migrate(aws: Aws, definition: Wire, planned: Plan, deadline: Deadline, console: Console) -> Schema | None:
    """Migrate the database; return its schema before and after.

    Errors: TaskFailed, WaitTimedOut; NotReachable when AWS no longer responds.
    """
    with console.phase("migrate"):
        console.say(f"Reading and migrating the database's schema; {planned.schema}")
        try:
            schema = migration.run(aws, definition["taskDefinitionArn"], planned.service.network, deadline)
        except Exception as exc:
            gone = explain(exc) or exc
            if not isinstance(gone, NotReachable):
                raise
            again = f"{gone.next_step}; then deploy again: `{command_in(aws.environment, 'deploy')}`"
            raise not_watched(gone, migration.UNKNOWN_END, again) from exc
        console.say(f"  {schema or 'the task succeeded, but its report did not arrive'}", style="cyan")
    if schema is not None and schema.has_moved:
        from_now_on(migration.NOTHING_DEPLOYED, migration.left_behind(schema).strip())
    return schema


def check_schema(aws: Aws, schema: Schema | None) -> None:
    """Errors: DeployRefused for an image that is older than the database's schema."""
    if schema is not None and schema.is_newer:
        raise DeployRefused(
            f"the database of {aws.environment.name} is at schema {schema.after}, which this image does not know: "
            "the image is older",
            next_step="ship a newer image; to run this one on purpose: "
            f"`{command_in(aws.environment, 'deploy --image REPOSITORY@sha256:...')}`",
            failure_class=FailureClass.IMAGE,
        )


def not_migrated(result: DeployResult, error: OpsError, deadline: Deadline) -> DeployResult:
    """Return the result of a deploy whose migration failed, or found a schema that the image does not support."""
    return replace(
        result,
        verdict=Verdict.MIGRATION_FAILED,
        cause=Cause(
            failure_class=error.failure_class or FailureClass.MIGRATION, evidence=error.message.partition("\n")[0]
        ),
        message=f"Not deployed: {error.message}\nRevision {result.previous_revision} still serves.",
        next_steps=(error.next_step,) if error.next_step else (),
        duration_s=deadline.elapsed_s,
    )


def concluded(aws: Aws, result: DeployResult, outcome: Outcome, deadline: Deadline) -> DeployResult:
    """Return the result of a rollout that has ended or was watched until the deadline."""
    assert result.revision is not None  # noqa: S101 - it was registered
    message, next_steps = conclusion(outcome, result.revision, deadline, aws.environment)
    from_now_on(message.partition("\n")[0])
    cause = cause_of(outcome)
    left = "" if outcome.verdict is Verdict.DEPLOYED else migration.left_behind(result.schema)
    return replace(
        result,
        verdict=outcome.final_verdict,
        cause=cause,
        message=message + migration.newer_line(result.schema) + left,
        next_steps=with_first_step(cause, outcome.failures, next_steps),
        duration_s=deadline.elapsed_s,
        outcome=outcome,
    )
