"""`spendsense recover`: restores database, files and service, to the latest state or to that of a moment."""

from dataclasses import dataclass
from datetime import datetime

from ops.aws.clients import Aws, Wire
from ops.aws.service import find_service
from ops.aws.stores import find_instance
from ops.console import Console, command_name
from ops.errors import Misuse, NotFound
from ops.parameters import recovery_journal, recovery_shape
from ops.parameters.recovery_journal import Journal
from ops.recovery import database, files, service
from ops.recovery.carry_out import Recovery
from ops.recovery.report import RecoveryReport
from ops.recovery.steps import STEPS, Part
from ops.signals import from_now_on
from ops.waiter import Deadline

TIMEOUT_S = 7200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """to: a moment or an age; None means the latest there is. only: empty means what is missing."""

    to: str | None = None
    only: tuple[Part, ...] = ()
    revision: int | None = None
    abandon: bool = False
    dry_run: bool = False
    yes: bool = False
    timeout_s: float = TIMEOUT_S


def run(aws: Aws, options: Options, console: Console) -> RecoveryReport:
    """Plan or resume a plan, ask, do the steps, verify.

    Errors: Misuse, NotFound, AwsRefused, TaskFailed, WaitTimedOut; after each of them the same command resumes.
    """
    refuse_contradictions(options)
    if options.abandon:
        return abandoned(aws, options)
    made, plan = begin_or_resume(aws, options)
    if not made.steps:
        return RecoveryReport(
            message=f"Nothing is missing in {aws.environment.name}: the database is there and the service runs",
            next_steps=(f"to go back to a moment: `{command_name()} recover --to 10m --dry-run`",),
        )
    if options.dry_run:
        return RecoveryReport(message="Nothing was changed", plan=plan, journal=made, dry_run=True)
    for line in plan:
        console.say(line)
    if not options.yes and not console.confirm("Go on?"):
        raise Misuse("nothing was changed", next_step="confirm, or add `--yes`")
    from_now_on(f"what is done stays, and nothing may serve until `{command_name()} recover` has gone on to the end")
    made.save(aws)
    deadline = Deadline(options.timeout_s)
    with aws.patience.until(deadline):
        report = Recovery(aws, made, deadline, console).run()
    from_now_on(report.message)
    return report


def refuse_contradictions(options: Options) -> None:
    """Errors: Misuse for options of which one would be ignored."""
    given = {"--to": options.to is not None, "--only": bool(options.only), "--revision": options.revision is not None}
    ignored = [name for name, is_given in given.items() if is_given]
    if options.abandon and ignored:
        raise Misuse(
            f"--abandon brings nothing back, and {' and '.join(ignored)} would be ignored",
            next_step="abandon first; then `recover` anew with them",
        )
    only = set(options.only)
    if only == {Part.SERVICE} and options.to is not None:
        raise Misuse(
            "--to goes back to data of a moment, and --only service brings no data back",
            next_step="leave one of them out; which version serves is said by `--revision`",
        )
    if only == {Part.DATABASE} and options.revision is not None:
        raise Misuse(
            "--revision says which version serves, and --only database starts none",
            next_step="leave one of them out, or add `--only service`",
        )


def begin_or_resume(aws: Aws, options: Options) -> tuple[Journal, list[str]]:
    """Return the recovery in progress, or a new one, and its plan in words. Changes nothing."""
    found = recovery_journal.read(aws)
    if found is None or not found.is_under_way:
        return planned(aws, options)
    if options.to is not None or options.only:
        raise Misuse(
            f"a recovery that began at {found.began_at} is under way",
            next_step=f"go on with it: `{command_name()} recover` without --to and --only; or `recover --abandon`",
        )
    if options.revision is not None:
        found.task_definition = service.chosen_definition(aws, options.revision, None)["taskDefinitionArn"]
    left = [step for step in found.steps if step not in found.done]
    return found, [f"Goes on with the recovery that began at {found.began_at}: {', '.join(left)}"]


def abandoned(aws: Aws, options: Options) -> RecoveryReport:
    """Abandon the recovery in progress and let the service run as before. Errors: Misuse when there is none."""
    found = recovery_journal.read(aws)
    if found is None or not found.is_under_way:
        raise Misuse("no recovery is under way", next_step=f"`{command_name()} status` tells what runs")
    left = [name for name in (found.restoring, found.set_aside) if name and find_instance(aws, name)]
    if not options.dry_run:
        from_now_on(f"the recovery may be abandoned; `{command_name()} recover --abandon` again completes that")
        service.release(aws, found)
        found.ended_at = recovery_journal.now().isoformat()
        found.save(aws)
    steps = [f"look whether {name} is still needed, and delete it" for name in left if name != aws.environment.prefix]
    message = f"The recovery that began at {found.began_at} is {'not yet ' if options.dry_run else ''}abandoned"
    return RecoveryReport(message=message, dry_run=options.dry_run, next_steps=tuple(steps))


def planned(aws: Aws, options: Options) -> tuple[Journal, list[str]]:
    """Find what is missing, and decide. Errors: Misuse, NotFound."""
    made = Journal.new(recovery_journal.now())
    wanted = None if options.to is None else database.moment_of(options.to, recovery_journal.now())
    parts = set(options.only) or missing_parts(aws, goes_back=wanted is not None)
    noted = recovery_shape.recorded(aws)
    plan = plan_database(aws, made, wanted, noted) if Part.DATABASE in parts else []
    if Part.FILES in parts and Part.DATABASE not in parts:
        if wanted is None:
            raise Misuse("--only files: should say of which moment", next_step="try `--only files --to 1h --dry-run`")
        made.moment = wanted.isoformat()
    if parts & {Part.FILES, Part.SERVICE}:
        definition = service.chosen_definition(aws, options.revision, noted)
        made.task_definition = definition["taskDefinitionArn"]
        if Part.FILES in parts and made.moment_time is not None:
            for bucket in files.buckets_of(definition):
                found = files.bring_back(aws, bucket, made.moment_time, lambda _: None, dry_run=True)
                plan.append(f"files      {bucket}: {found.brought_back} of {found.seen} go back to what they were then")
        if Part.SERVICE in parts:
            how = "made anew" if find_service(aws) is None else "started again"
            plan.append(
                f"service    {aws.environment.service} on {definition['family']}:{definition['revision']}, {how}"
            )
    made.steps = [step for part in Part if part in parts for step in STEPS[part]]
    return made, plan


def plan_database(aws: Aws, made: Journal, wanted: datetime | None, noted: Wire | None) -> list[str]:
    """Enter the database's source and names into the journal; return what that means, one line each."""
    name = aws.environment.prefix
    instance = find_instance(aws, name)
    if instance is None and "database" not in (noted or {}):
        raise NotFound(
            f"the database {name} is gone, and no deploy has noted how it was made",
            next_step="restore it by hand, with its subnet group, security group and parameter group",
        )
    source = database.find_source(aws, wanted)
    made.latest = wanted is None or source.kind is database.Kind.SNAPSHOT
    moment = source.latest if made.latest or wanted is None else wanted
    made.moment = moment.isoformat()
    made.source_kind, made.source = source.kind, source.name
    made.restoring = name if instance is None else f"{name}-{made.id}"
    plan = [f"database   {name} as of {moment:%Y-%m-%dT%H:%M:%SZ}, from {source.kind} {source.name}"]
    if instance is not None:
        made.set_aside = f"{name}-until-{made.id}"
        plan.append(f"           the present one stays, as {made.set_aside}; nothing serves until the end")
    return plan


def missing_parts(aws: Aws, *, goes_back: bool) -> set[Part]:
    """Return the parts to restore when no option says so."""
    if goes_back or find_instance(aws, aws.environment.prefix) is None:
        return set(Part)
    found = find_service(aws)
    return set() if found is not None and found.status == "ACTIVE" and found.running else {Part.SERVICE}
