"""Explains why tasks failed: stop reason, exit code and last log lines, reported once per cause."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ops.aws import denials, task_definition
from ops.aws.clients import Aws
from ops.aws.service import Target, Task
from ops.log_text import last_of

LOG_LINES = 20
# Exit codes: the application's own when it cannot start (app/platform/settings.py), and that of SIGKILL.
COULD_NOT_START = 3
KILLED = 137
# Stop codes of tasks that ended by themselves; with others, ECS or a person stopped them.
ENDED_BY_ITSELF = ("TaskFailedToStart", "EssentialContainerExited")
# How long a stopped task's last lines may take to arrive in CloudWatch Logs.
LOG_DELIVERY_S = 5.0
# ECS's reason for stopping tasks that it no longer needs; those have not failed.
SCALING = "Scaling activity initiated by"
# Text that differs between two tasks with the same failure.
PARTICULARS = re.compile(r"\(?arn:[^\s)]+\)?|\b[0-9a-f]{32}\b|\d+\.\d+\.\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task that failed, with its last log lines."""

    task: str
    stopped_reason: str
    stop_code: str | None
    exit_code: int | None
    container_reason: str | None
    log: tuple[str, ...]

    @property
    def cause(self) -> tuple[object, ...]:
        """A key that is equal for tasks that failed the same way."""
        return (self.stop_code, PARTICULARS.sub("…", self.stopped_reason), self.exit_code, self.container_reason)

    @property
    def next_step(self) -> str:
        """The next step, if the stop reason suffices for one; empty otherwise: read the log."""
        reason = f"{self.stopped_reason} {self.container_reason or ''}"
        return step_by_stop(self.stop_code, reason, self.exit_code) if self.stop_code in ENDED_BY_ITSELF else ""

    def as_json(self) -> dict[str, object]:
        return {
            "task": self.task,
            "stopped_reason": self.stopped_reason,
            "stop_code": self.stop_code,
            "exit_code": self.exit_code,
            "container_reason": self.container_reason,
            "log": list(self.log),
            "next_step": self.next_step or None,
        }

    def lines(self) -> list[str]:
        """Describe the failure for a person."""
        text = [f"task {self.task[:8]} failed: {self.stopped_reason}"]
        details = [
            f"{name} {value}"
            for name, value in (
                ("stop code", self.stop_code),
                ("exit code", self.exit_code),
                ("container:", self.container_reason),
            )
            if value is not None
        ]
        if details:
            text.append("  " + ", ".join(details))
        if self.next_step:
            text.append(f"  {self.next_step}")
        if self.log:
            text.append("  its last log line:" if len(self.log) == 1 else f"  its last {len(self.log)} log lines:")
            text += [f"    {line}" for line in self.log]
        else:
            text.append("  it wrote no log lines")
        return text


def step_by_stop(stop_code: str | None, reason: str, exit_code: int | None) -> str:
    """Return the step for a task that never ran or was ended from outside; empty when its program ended by itself."""
    if "OutOfMemory" in reason or exit_code == KILLED:
        return "the task was killed, usually for lack of memory: give the task definition more"
    if stop_code == "UserInitiated":
        return "somebody stopped the task: find out who did"
    if stop_code in ("TerminationNotice", "SpotInterruption"):
        return "AWS stopped the task; its program was not the cause"
    if exit_code is not None and exit_code != COULD_NOT_START:
        return ""
    if denied := denials.step(reason, of_a_task=True):
        return denied
    if "CannotPull" in reason:
        return "the image cannot be pulled: check that it is in ECR and that the execution role may read it"
    if "secret" in reason.lower() or "ResourceNotFoundException" in reason:
        return "the task cannot use a secret or a log group: check that it exists and that the role may use it"
    if exit_code == COULD_NOT_START:
        return "the program could not start: correct the setting that its log names"
    return "the task never ran: correct what the reason names"


def is_failure(task: Task) -> bool:
    """Return whether a task stopped for a reason other than no longer being needed."""
    return task.is_stopped and not (task.stopped_reason or "").startswith(SCALING)


def stopped_failure(aws: Aws, task: Task, definition: dict[str, Any]) -> Failure:
    """Collect what is known about a stopped task."""
    return Failure(
        task=task.id,
        stopped_reason=task.stopped_reason or "no reason given",
        stop_code=task.stop_code,
        exit_code=task.exit_code,
        container_reason=task.container_reason,
        log=last_lines(aws, definition, task),
    )


def unhealthy_failures(
    aws: Aws, tasks: Iterable[Task], targets: Iterable[Target], definition: dict[str, Any]
) -> list[Failure]:
    """Collect what is known about tasks that run but do not become healthy."""
    states = {target.id: target for target in targets}
    failures = []
    for task in tasks:
        target = states.get(task.ip or "")
        if target is None or target.state.value == "healthy" or target.is_leaving:
            continue
        reason = f"never became healthy: target {target.id}:{target.port} is {target.state.value}"
        failures.append(
            Failure(
                task=task.id,
                stopped_reason=reason + (f" ({target.reason})" if target.reason else ""),
                stop_code=None,
                exit_code=None,
                container_reason=None,
                log=last_lines(aws, definition, task),
            )
        )
    return failures


def last_lines(aws: Aws, definition: dict[str, Any], task: Task) -> tuple[str, ...]:
    """Read a task's newest log lines, those of all containers in time order. CloudWatch Logs GetLogEvents."""
    events: list[dict[str, Any]] = []
    for group, stream in task_definition.log_streams(definition, task.id):
        try:
            events += aws.logs.get_log_events(
                logGroupName=group, logStreamName=stream, limit=LOG_LINES, startFromHead=False
            )["events"]
        except aws.logs.exceptions.ResourceNotFoundException:
            continue  # it ended before it wrote anything
    events.sort(key=lambda event: event["timestamp"])
    return last_of([event["message"] for event in events[-LOG_LINES:]])


class FailureWatch:
    """Turns each stopped task into a failure once, after its log has had time to arrive."""

    def __init__(
        self, aws: Aws, definition: dict[str, Any], *, clock: Callable[[], float], log_delivery_s: float
    ) -> None:
        self._aws = aws
        self._definition = definition
        self._clock = clock
        self._log_delivery_s = log_delivery_s
        self._first_seen: dict[str, float] = {}
        self.failures: list[Failure] = []
        self._counts: dict[tuple[object, ...], int] = {}

    def look(self, stopped: Iterable[Task], *, is_last: bool = False) -> list[str]:
        """Take the tasks that are stopped now; return the lines to print."""
        lines: list[str] = []
        known = {failure.task for failure in self.failures}
        for task in stopped:
            if task.id in known or not is_failure(task):
                continue
            first_seen = self._first_seen.setdefault(task.id, self._clock())
            failure = stopped_failure(self._aws, task, self._definition)
            waited_s = self._clock() - first_seen
            if failure.log or is_last or waited_s >= self._log_delivery_s:
                lines += self.add(failure)
        return lines

    def add(self, failure: Failure) -> list[str]:
        """Store a failure; return the first of its cause in full, the others as one line."""
        self.failures.append(failure)
        count = self._counts[failure.cause] = self._counts.get(failure.cause, 0) + 1
        return failure.lines() if count == 1 else [f"task {failure.task[:8]} failed the same way ({count} so far)"]
