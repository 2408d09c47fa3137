"""`spendsense drill`: destroys everything on purpose, recovers it, and measures the duration and the loss."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.aws.clients import Aws
from ops.aws.once import delete_database, delete_service
from ops.aws.service import describe_service, url_of
from ops.aws.stores import find_instance
from ops.console import Console, command_name
from ops.environment import EnvironmentName
from ops.errors import Misuse, WaitTimedOut
from ops.parameters.recovery_journal import Journal
from ops.recovery import recover
from ops.recovery.markers import Loss, Marks, NotAnswered, Writer, loss
from ops.recovery.recovery_report import RPO_GOAL_S, RTO_GOAL_S
from ops.signals import from_now_on
from ops.waiter import Deadline, wait_for

TIMEOUT_S = 900.0
# RDS stores the logs every five minutes: a shorter drill would measure little.
AWS_LOG_INTERVAL_S = 300.0
WRITES_PER_SECOND = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """write_for_s: real seconds; None means a little more than the time between two stored logs."""

    write_for_s: float | None = None
    yes: bool = False
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillReport:
    """Times are real seconds. speed: the factor by which this environment's waits are shorter than AWS's."""

    written: int
    lost: Loss
    files_missing: int
    rto_s: float
    speed: float
    phases_s: dict[str, float]
    moment: str

    @property
    def rpo_s(self) -> float:
        """The seconds of lost writes at AWS's speed, where logs are stored less often by that factor."""
        return self.lost.seconds * self.speed

    @property
    def problems(self) -> list[str]:
        found = []
        if self.rto_s > RTO_GOAL_S:
            found.append(f"it took {self.rto_s:.0f} s; the goal is {RTO_GOAL_S:.0f}")
        if self.rpo_s > RPO_GOAL_S:
            found.append(f"{self.rpo_s:.0f} s of data are lost at AWS's speed; the goal is {RPO_GOAL_S:.0f}")
        if self.lost.holes:
            found.append(f"{self.lost.holes} acknowledged uploads are missing although later ones were restored")
        if self.files_missing:
            found.append(f"{self.files_missing} restored uploads have lost their files")
        return found

    @property
    def exit_code(self) -> int:
        return 1 if self.problems else 0

    def as_json(self) -> dict[str, object]:
        return {
            "ok": not self.problems,
            "problems": self.problems,
            "rto_s": round(self.rto_s, 3),
            "lost_real_s": round(self.lost.seconds, 3),
            "rpo_s": round(self.rpo_s, 3),
            "speed": self.speed,
            "goals": {"rto_s": RTO_GOAL_S, "rpo_s": RPO_GOAL_S},
            "marks": {"acknowledged": self.written, "lost": self.lost.lost, "holes": self.lost.holes},
            "moment": self.moment,
            "phases_s": self.phases_s,
        }

    def show(self, console: Console) -> None:
        good = not self.problems
        console.result(f"Drill {'passed' if good else 'FAILED'}", style="bold green" if good else "bold red")
        console.result(
            f"  RTO        {self.rto_s:.1f} s from the loss to the first correct response (goal {RTO_GOAL_S:.0f} s)"
        )
        console.result(
            f"  RPO        {self.lost.lost} of {self.written} acknowledged uploads lost, the first "
            f"{self.lost.seconds:.1f} s before the destruction: {self.rpo_s:.0f} s at AWS's speed "
            f"(goal {RPO_GOAL_S:.0f} s)"
        )
        for name, seconds in self.phases_s.items():
            console.result(f"  {name:<10} {seconds:.1f} s")
        for problem in self.problems:
            console.result(f"  problem    {problem}", style="red")


def check(name: EnvironmentName, options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    if name is not EnvironmentName.LOCAL:
        raise Misuse(
            f"--env {name}: the drill destroys what it then recovers, so it does not run on {name}",
            next_step='to rehearse there without harm, see "On AWS" in docs/recovery.md',
        )
    if options.write_for_s is not None and options.write_for_s >= options.timeout_s:
        raise Misuse(
            f"--write-for {options.write_for_s:g}: should be shorter than the whole drill may take, "
            f"{options.timeout_s:g} s",
            next_step="choose a shorter time, or a longer `--timeout`",
        )


def run(aws: Aws, options: Options, console: Console) -> DrillReport:
    """Write markers; destroy database, files and service; recover; check which markers exist.

    The database is restored to the latest restorable time before the loss, as if no later log had reached the backups.
    Errors: Misuse, and those of `recover`, after which `spendsense recover` resumes.
    """
    check(aws.environment.name, options)
    url = url_of(aws)
    if url is None or not describe_service(aws).running:
        raise Misuse("the service is not running", next_step="start it: `make up`")
    question = "Destroy the local database, files and service, and recover them?"
    if not options.yes and not console.confirm(question):
        raise Misuse("not confirmed, so nothing was destroyed", next_step="answer y in a terminal, or add `--yes`")
    deadline = Deadline(options.timeout_s)
    marks = Marks(url)
    marks.register()
    writer = Writer(marks, WRITES_PER_SECOND)
    writer.start()
    destroyed_at = 0.0
    try:
        with console.phase("write"):
            restorable = write_for(aws, options, deadline, console)
        from_now_on(f"restore what was destroyed with `{command_name()} recover`")
        destroyed_at = time.time()
        with console.phase("destroy"):
            destroy(aws)
    finally:
        writer.stop()
        if not destroyed_at:
            clear(marks, console)
    recovery = recover.Options(to=restorable.isoformat(), yes=True, timeout_s=deadline.remaining_s)
    recovered = recover.run(aws, recovery, console)
    from_now_on("what was destroyed has been restored; the loss was not measured")
    with console.phase("look"):
        present = look(marks, deadline)
    rto_s = time.time() - destroyed_at
    found = loss(marks.acknowledged, present, destroyed_at)
    marks.erase()
    journal = recovered.journal or Journal(id="", began_at="")
    return DrillReport(
        written=len(marks.acknowledged),
        lost=found,
        files_missing=int(recovered.after_restore.get("files_missing", 0)),
        rto_s=rto_s,
        speed=aws.environment.speed,
        phases_s=journal.phases_s,
        moment=journal.moment,
    )


def clear(marks: Marks, console: Console) -> None:
    """Erase the markers when nothing was destroyed."""
    try:
        marks.erase()
    except NotAnswered as exc:
        console.say(f"The test account {marks.email} and its uploads were not deleted: {exc.message}", style="yellow")


def write_for(aws: Aws, options: Options, deadline: Deadline, console: Console) -> datetime:
    """Wait while markers are written, until a time after the first one is restorable; return the latest such time."""
    speed = aws.environment.speed
    enough = Deadline(options.write_for_s or 1.25 * AWS_LOG_INTERVAL_S / speed)
    began = time.time()

    def restorable() -> datetime | None:
        latest: datetime | None = (find_instance(aws, aws.environment.prefix) or {}).get("LatestRestorableTime")
        tick(
            f"writing uploads; the database can be restored to {latest:%H:%M:%S}"
            if latest
            else "no database log is stored yet"
        )
        return latest if enough.has_passed and latest is not None and latest.timestamp() > began else None

    with console.ticker() as tick:
        found = wait_for(restorable, deadline, interval_s=1.0)
    if found is None:
        raise WaitTimedOut(
            f"RDS could not restore any moment after the drill's first upload within {deadline.timeout_s:g} s",
            next_step="allow more time: `--timeout SECONDS`; check that BackupRetentionPeriod is above 0",
        )
    return found


def destroy(aws: Aws) -> None:
    """Delete the database without a snapshot, every file, and the service. As on AWS, backups and versions stay.

    RDS DeleteDBInstance, S3 DeleteObjects, ECS DeleteService.
    """
    where = aws.environment
    delete_database(aws, where.prefix)
    for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=where.data_bucket):
        delete(aws, [found["Key"] for found in page.get("Contents", [])])
    delete_service(aws)


def delete(aws: Aws, keys: Sequence[str]) -> None:
    """Delete objects, leaving delete markers, as by mistake."""
    if keys:
        named = [{"Key": key} for key in keys]
        aws.s3.delete_objects(Bucket=aws.environment.data_bucket, Delete={"Objects": named, "Quiet": True})


def look(marks: Marks, deadline: Deadline) -> set[int]:
    """Read the markers until insights and rows agree. Errors: WaitTimedOut."""
    last = ""

    def correct() -> set[int] | None:
        nonlocal last
        try:
            marks.log_in()
            present, total = marks.present(), marks.total()
        except NotAnswered as exc:
            last = exc.message
            return None
        last = f"{len(present)} uploads are listed, but the insights count {total}"
        return present if total == len(present) else None

    found = wait_for(correct, deadline, interval_s=0.2)
    if found is None:
        raise WaitTimedOut(
            f"no correct response within {deadline.timeout_s:g} s: {last}", next_step="`spendsense status`"
        )
    return found
