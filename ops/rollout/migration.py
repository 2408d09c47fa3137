"""The database schema: a task of the new image reads and migrates it; explains failures."""

import json
from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws, Wire
from ops.aws.service import Task
from ops.errors import TaskFailed
from ops.failure_class import FailureClass
from ops.guide import command_in
from ops.log_text import bounded
from ops.rollout import one_off_task
from ops.rollout.cause import of_stop
from ops.rollout.failures import LOG_DELIVERY_S, last_lines, step_by_stop
from ops.waiter import Deadline

SHOWN_CAUSE = 300  # characters
COMMAND = ("python", "-m", "app.migrate")
MIGRATED, FAILED = "migrated", "migration_failed"
UNKNOWN_END = "the migration's end is unknown, and nothing was deployed"
NOTHING_DEPLOYED = "nothing was deployed; the previous version still serves"
# PostgreSQL's code for another session that holds a lock for too long.
LOCKED = ("sqlstate=55P03", "sqlstate=40P01")
# ... and for a statement that ran longer than app/migrate.py lets it.
TOO_LONG = "sqlstate=57014"
# Names of failures when nothing responded, or when the login was refused.
NO_ANSWER = (
    "ConnectionRefusedError",
    "TimeoutError",
    "UnavailableError",
    "gaierror",
    "ConnectionDoesNotExist",
    "OSError",
)
NO_ENTRY = ("InvalidPassword", "InvalidAuthorization", "InvalidCatalogName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The schema revisions that the database had before and after; None for an empty database."""

    before: str | None
    after: str | None
    is_newer: bool = False  # newer than what the image knows

    @property
    def has_moved(self) -> bool:
        return self.before != self.after

    def __str__(self) -> str:
        if self.has_moved:
            return f"the schema was migrated from {self.before or 'nothing'} to {self.after}"
        newer = ", which is newer than the image expects: its code must work with that" if self.is_newer else ""
        return f"the schema is at {self.after}{newer}"

    def as_json(self) -> dict[str, str | bool | None]:
        return {"before": self.before, "after": self.after, "is_newer": self.is_newer}


def run(aws: Aws, task_definition: str, network: dict[str, Any], deadline: Deadline) -> Schema | None:
    """Migrate to the schema that the image expects; return what the database had, None when the log is lost.

    Errors: TaskFailed with the cause and the next step, WaitTimedOut.
    """
    job = one_off_task.Job(task_definition=task_definition, command=COMMAND, network=network)
    task = one_off_task.wait(aws, job, deadline)
    definition = aws.ecs.describe_task_definition(taskDefinition=task.task_definition)["taskDefinition"]
    action = MIGRATED if task.exit_code == 0 else FAILED
    report = awaited_report(aws, definition, task, action)
    if task.exit_code != 0:
        first, *rest = one_off_task.failure_text(aws, task, job.words).split("\n")
        cause = f": {bounded(str(report['cause']), SHOWN_CAUSE)}" if report and report.get("cause") else ""
        text = "\n".join([first + cause, *rest])
        at = f"\nThe schema is at {report['found']}" if report and report.get("found") else ""
        found = class_of(task, has_reported=report is not None, has_logged=bool(last_lines(aws, definition, task)))
        raise TaskFailed(text + at, next_step=next_step(aws, task, report or {}, found), failure_class=found)
    if report is None:
        return None
    return Schema(before=report.get("before"), after=report.get("after"), is_newer=bool(report.get("is_newer")))


def awaited_report(aws: Aws, definition: Wire, task: Task, action: str) -> Wire | None:
    """Return the migration's record once the log has it; None for a program that wrote others and then no more.

    None also when no line arrives, or when no program ran. Logs GetLogEvents.
    """
    deadline = Deadline(LOG_DELIVERY_S if task.exit_code is not None else 0.0)
    lines: tuple[str, ...] = ()
    since_s = 0.0
    settled_s = LOG_DELIVERY_S / aws.environment.speed
    while True:
        before, lines = lines, last_lines(aws, definition, task)
        if (report := report_in(lines, action)) is not None:
            return report
        if lines != before:
            since_s = deadline.elapsed_s
        is_whole = bool(lines) and deadline.elapsed_s - since_s >= settled_s
        if is_whole or deadline.has_passed:
            return None
        deadline.pause(aws.environment.poll_interval_s)


def class_of(task: Task, *, has_reported: bool, has_logged: bool) -> FailureClass:
    """Return the failure class: the migration itself, unless its task never started it.

    has_logged: a program that wrote lines, but no report of the migration, ended before it began to migrate. Without
    any line, the report may be lost.
    """
    if has_reported:
        return FailureClass.MIGRATION
    reason = f"{task.stopped_reason or ''} {task.container_reason or ''}"
    found = of_stop(task.stop_code, reason, task.exit_code)
    is_unclear = found is FailureClass.UNKNOWN or (found is FailureClass.CRASH and not has_logged)
    return FailureClass.MIGRATION if is_unclear else found


def expected_schema(current: str | None, expected: str | None, *, is_first: bool = False) -> str:
    """Describe which schema the images expect. The database may have another one, for example after a restore.

    is_first: no image has served before, so there is no current one.
    """
    if expected is None:
        return "the new image does not say which schema it expects"
    if is_first:
        return f"the new image, the first to be deployed, expects {expected}"
    if current is None:
        return f"the new image expects {expected}, and the current one does not say"
    return (
        f"both images expect {expected}"
        if current == expected
        else f"the current image expects {current}, the new one {expected}"
    )


def newer_line(schema: Schema | None) -> str:
    """Return a line that says that the database is ahead of the image; empty when it is not."""
    return f"\n  {schema}" if schema is not None and schema.is_newer else ""


def left_behind(schema: Schema | None) -> str:
    """Return a line that says that the schema has changed although the deploy failed."""
    if schema is None or not schema.has_moved:
        return ""
    return f"\nBut {schema} and stays there: migrations are not reversed, so the version that serves must work with it"


def report_in(lines: tuple[str, ...], action: str) -> dict[str, Any] | None:
    """Find the record that the migration logged about itself."""
    for line in reversed(lines):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and record.get("action") == action:
            return record
    return None


def next_step(aws: Aws, task: Task, report: dict[str, Any], found: FailureClass) -> str:
    """Choose the next step by the actual cause, which is rarely the migration itself."""
    then = f"deploy again: `{command_in(aws.environment, 'deploy')}`"
    reason = f"{task.stopped_reason or ''} {task.container_reason or ''}"
    by_stop = step_by_stop(task.stop_code, reason, task.exit_code)
    if not by_stop and found is FailureClass.CRASH:
        by_stop = "correct the program, which ended before it could migrate: its last log lines say why"
    return f"{by_stop or _step_for_program(report)}; then {then}"


def _step_for_program(report: dict[str, Any]) -> str:
    cause = str(report.get("cause", ""))
    if any(code in cause for code in LOCKED):
        return "another migration or transaction holds a lock: wait until it ends"
    if TOO_LONG in cause:
        return "a statement took longer than its limit: split it, or raise the limit (`SET LOCAL statement_timeout`)"
    if any(name in cause for name in NO_ENTRY):
        return "the database refused the login: check its secret"
    if any(name in cause for name in NO_ANSWER):
        return "the database does not respond: check its state"
    return "correct the migration"
