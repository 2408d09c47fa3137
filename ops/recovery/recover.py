"""`spendsense recover`: restores database, files and service, to the latest state or to a point in time."""

from dataclasses import dataclass
from datetime import datetime

from ops.aws.clients import Aws, Wire
from ops.aws.service import find_service
from ops.aws.stores import find_instance
from ops.console import Console, command_name
from ops.errors import Misuse, NotFound
from ops.moments import moment_of
from ops.parameters import recovery_journal, recovery_shape
from ops.parameters.recovery_journal import Journal
from ops.recovery import database, files, service
from ops.recovery.carry_out import Recovery
from ops.recovery.recovery_report import RecoveryReport
from ops.recovery.steps import STEPS, Part
from ops.signals import from_now_on
from ops.waiter import Deadline

TIMEOUT_S = 7200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """to: a moment or an age; None means the latest. only: empty means everything that is missing."""

    to: str | None = None
    only: tuple[Part, ...] = ()
    revision: int | None = None
    abandon: bool = False
    dry_run: bool = False
    yes: bool = False
    timeout_s: float = TIMEOUT_S


def run(aws: Aws, options: Options, console: Console) -> RecoveryReport:
    """Plan, or resume a plan; ask; do the steps; verify.

    Errors: Misuse, NotFound, AwsRefused, TaskFailed, WaitTimedOut; after each of them the same command resumes.
    """
    check(options)
    if options.abandon:
        return abandoned(aws, options)
    journal, plan = begin_or_resume(aws, options)
    if not journal.steps:
        return RecoveryReport(
            message=f"Nothing is missing in {aws.environment.name}: the database exists and the service is running",
            next_steps=(f"to return to an earlier time: `{command_name()} recover --to 10m --dry-run`",),
        )
    if options.dry_run:
        return RecoveryReport(message="Dry run: nothing was changed", plan=plan, journal=journal, dry_run=True)
    for line in plan:
        console.say(line)
    if not options.yes and not console.confirm("Continue?"):
        raise Misuse("not confirmed, so nothing was changed", next_step="answer y in a terminal, or add `--yes`")
    from_now_on(f"completed steps stay; the service may be down until `{command_name()} recover` has finished the rest")
    journal.save(aws)
    deadline = Deadline(options.timeout_s)
    with aws.retries.until(deadline):
        report = Recovery(aws, journal, deadline, console).run()
    from_now_on(report.message)
    return report


def check(options: Options) -> None:
    """Check the options, before any request.

    Errors: Misuse when an option would be ignored, for files without a moment, and for an invalid moment.
    """
    given = {"--to": options.to is not None, "--only": bool(options.only), "--revision": options.revision is not None}
    ignored = [name for name, is_given in given.items() if is_given]
    if options.abandon and ignored:
        raise Misuse(
            f"--abandon restores nothing, so {' and '.join(ignored)} would be ignored",
            next_step=f"abandon first, then run `recover` with {' and '.join(ignored)}",
        )
    if options.to is not None:
        moment_of(options.to, recovery_journal.now())
    only = set(options.only)
    if Part.FILES in only and Part.DATABASE not in only and options.to is None:
        raise Misuse("--only files needs --to", next_step="try `--only files --to 1h --dry-run`")
    if only == {Part.SERVICE} and options.to is not None:
        raise Misuse(
            "--to restores data, but --only service restores none",
            next_step="use only one of them; `--revision` chooses the version to serve",
        )
    if only == {Part.DATABASE} and options.revision is not None:
        raise Misuse(
            "--revision chooses the version to serve, but --only database does not start the service",
            next_step="use only one of them, or add `--only service`",
        )


def begin_or_resume(aws: Aws, options: Options) -> tuple[Journal, list[str]]:
    """Return the recovery in progress, or a new one, and its plan in words. Changes nothing."""
    found = recovery_journal.read(aws)
    if found is None or not found.is_in_progress:
        return planned(aws, options)
    if options.to is not None or options.only:
        raise Misuse(
            f"a recovery that began at {found.began_at} is in progress",
            next_step=f"resume it: `{command_name()} recover` without --to and --only; or abandon it: "
            f"`{command_name()} recover --abandon`",
        )
    if options.revision is not None:
        found.task_definition = service.chosen_definition(aws, options.revision, None)["taskDefinitionArn"]
    left = [step for step in found.steps if step not in found.done]
    return found, [f"Resuming the recovery that began at {found.began_at}: {', '.join(left)}"]


def abandoned(aws: Aws, options: Options) -> RecoveryReport:
    """Abandon the recovery in progress and let the service run as before. Errors: Misuse when there is none."""
    found = recovery_journal.read(aws)
    if found is None or not found.is_in_progress:
        raise Misuse("no recovery is in progress", next_step=f"see what is running: `{command_name()} status`")
    left = [name for name in (found.restoring, found.set_aside) if name and find_instance(aws, name)]
    if not options.dry_run:
        from_now_on(f"the recovery may be partly abandoned: run `{command_name()} recover --abandon` again")
        service.release(aws, found)
        found.ended_at = recovery_journal.now().isoformat()
        found.save(aws)
    steps = [
        f"check whether {name} is still needed, and delete it if not" for name in left if name != aws.environment.prefix
    ]
    message = f"Abandoned the recovery that began at {found.began_at}"
    if options.dry_run:
        message = f"Dry run: the recovery that began at {found.began_at} is still in progress"
    return RecoveryReport(message=message, dry_run=options.dry_run, next_steps=tuple(steps))


def planned(aws: Aws, options: Options) -> tuple[Journal, list[str]]:
    """Find what is missing, and decide. Errors: Misuse, NotFound."""
    journal = Journal.new(recovery_journal.now())
    moment = None if options.to is None else moment_of(options.to, recovery_journal.now())
    parts = set(options.only) or missing_parts(aws, is_of_moment=moment is not None)
    shape = recovery_shape.recorded(aws)
    plan = plan_database(aws, journal, moment, shape) if Part.DATABASE in parts else []
    if Part.FILES in parts and Part.DATABASE not in parts:
        assert moment is not None  # noqa: S101 - `check` has refused files without one
        journal.moment = moment.isoformat()
    if parts & {Part.FILES, Part.SERVICE}:
        definition = service.chosen_definition(aws, options.revision, shape)
        journal.task_definition = definition["taskDefinitionArn"]
        if Part.FILES in parts and journal.moment_time is not None:
            for bucket in files.buckets_of(definition):
                found = files.restore(aws, bucket, journal.moment_time, lambda _: None, dry_run=True)
                plan.append(
                    f"files      {bucket}: {found.restored} of {found.seen} return to their version at that time"
                )
        if Part.SERVICE in parts:
            how = "recreated" if find_service(aws) is None else "restarted"
            plan.append(
                f"service    {aws.environment.service} on {definition['family']}:{definition['revision']}, {how}"
            )
    journal.steps = [step for part in Part if part in parts for step in STEPS[part]]
    return journal, plan


def plan_database(aws: Aws, journal: Journal, requested: datetime | None, shape: Wire | None) -> list[str]:
    """Enter the database's source and names into the journal; return the plan, one line each."""
    name = aws.environment.prefix
    instance = find_instance(aws, name)
    if instance is None and "database" not in (shape or {}):
        raise NotFound(
            f"the database {name} is missing, and no deploy has recorded its configuration",
            next_step="restore it by hand, with its subnet group, security group and parameter group",
        )
    source = database.find_source(aws, requested)
    journal.latest = requested is None or source.kind is database.Kind.SNAPSHOT
    moment = source.latest if journal.latest or requested is None else requested
    journal.moment = moment.isoformat()
    journal.source_kind, journal.source = source.kind, source.name
    journal.restoring = name if instance is None else f"{name}-{journal.id}"
    plan = [f"database   {name} as of {moment:%Y-%m-%dT%H:%M:%SZ}, from {source.kind} {source.name}"]
    if instance is not None:
        journal.set_aside = f"{name}-until-{journal.id}"
        plan.append(
            f"           the current one is kept as {journal.set_aside}; nothing serves until the recovery has finished"
        )
    return plan


def missing_parts(aws: Aws, *, is_of_moment: bool) -> set[Part]:
    """Return the parts to restore when no option says so."""
    if is_of_moment or find_instance(aws, aws.environment.prefix) is None:
        return set(Part)
    found = find_service(aws)
    return set() if found is not None and found.status == "ACTIVE" and found.running else {Part.SERVICE}
