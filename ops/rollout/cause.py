"""Pure: finds the class of a failed deploy by stopped tasks, health checks, events and ECS's own reason.

The texts are AWS's: ECS Developer Guide, "Stopped task error messages" and "Service event messages".
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ops.failure_class import FailureClass
from ops.log_text import bounded
from ops.rollout.conclusion import STUCK
from ops.rollout.failures import COULD_NOT_START, ENDED_BY_ITSELF, KILLED, Failure
from ops.rollout.follow import BY_ALARM, Outcome
from ops.rollout.verdict import Verdict

# Patterns for the stop reason of a task that never ran, and for events; the first match counts.
REFUSALS = (
    # A denial quotes an action and a resource, whose names may contain any word below.
    (FailureClass.PERMISSION, r"is not authorized to perform|AccessDeniedException|UnauthorizedOperation"),
    (FailureClass.MEMORY, r"OutOfMemory"),
    (
        FailureClass.QUOTA,
        r"toomanyrequests|pull rate limit|reached the limit|LimitExceeded|QuotaExceeded|ThrottlingException",
    ),
    # ECS names what is short in capitals: `RESOURCE:ENI`.
    (
        FailureClass.CAPACITY,
        r"Capacity is unavailable|(?-i:RESOURCE:[A-Z])|free addresses|InsufficientFreeAddresses"
        r"|Spot Task was interrupted",
    ),
    (FailureClass.IMAGE, r"CannotPull.*(repository does not exist|: not found)"),
    (
        FailureClass.PERMISSION,
        r"AccessDenied|not authorized|access denied|no basic auth credentials|unable to assume|403 Forbidden",
    ),
    (
        FailureClass.NETWORK,
        r"dial tcp|i/o timeout|request canceled|deadline exceeded|Client\.Timeout|connection refused|TLS handshake"
        r"|signal: killed|network interface provision",
    ),
    (FailureClass.IMAGE, r"CannotPull|exec format error|executable file not found|Cannot(Start|Create)Container"),
    (FailureClass.SECRET, r"unable to retrieve secret"),
    (FailureClass.SETTINGS, r"logger args|log group|log stream|InvalidParameter|TargetGroupNotFound"),
    # Not the beginning of every failure to get what a task needs: `unable to pull secrets or registry auth`.
    (FailureClass.SECRET, r"secret(?!s or registry auth)|json key|from (asm|ssm)|parameter"),
)
# Lines of a program that listens, or has responded: of uvicorn, and of the application (app/main.py, app/platform/).
LISTENS = re.compile(
    r"Uvicorn running on|Application startup complete|\"action\": ?\"(started|stopped|metrics|request_\w+)\""
)
IN_USE = re.compile(r"address already in use|Errno 98|EADDRINUSE", re.IGNORECASE)
UNHEALTHY = re.compile(r"is unhealthy in .*due to \(reason (.*)\)")
CODES = re.compile(r"failed with these codes: \[[^\]]*\]")
BY_LOCAL_CLOUD = "The local cloud was stopped"
LAST_WORDS = 200
"""Characters of a task's last log line that are part of a cause."""
NOT_OF_TASKS = {FailureClass.OTHER_DEPLOY, FailureClass.ALARM, FailureClass.REQUESTS, FailureClass.STUCK_CONFIGURATION}
"""Classes whose cause is no failed task, although some may have failed meanwhile."""
STEPS = {
    FailureClass.CRASH: "correct the program: the last log lines of its tasks say why it ended",
    FailureClass.MEMORY: "let the program use less memory, or give its tasks more: `ecs_memory` in Terraform",
    FailureClass.PORT: "let the program listen at the container's port of the task definition, on 0.0.0.0",
    FailureClass.HEALTH_PATH: "correct the program: the log lines of its tasks show how it responded to /health",
    FailureClass.SLOW_START: "let the program listen sooner, or lengthen the service's grace period for health checks",
}
"""What to do first after a failed rollout, by the class of its cause."""
BY_VERDICT = {
    Verdict.SUPERSEDED: FailureClass.OTHER_DEPLOY,
    Verdict.REQUESTS_FAILED: FailureClass.REQUESTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A class, and the line that shows it."""

    failure_class: FailureClass
    evidence: str = ""

    def __str__(self) -> str:
        shown = f": {self.evidence}" if self.evidence else ""
        return f"{self.failure_class.replace('_', ' ')}: {self.failure_class.meaning}{shown}"


def cause_of(outcome: Outcome) -> Cause | None:
    """Return the cause of a failed rollout; None when it did not fail."""
    verdict = outcome.final_verdict
    if verdict in {Verdict.DEPLOYED, Verdict.DRY_RUN}:
        return None
    reason = outcome.history.reason if outcome.history is not None else ""
    fired = outcome.history.triggered_alarms if outcome.history is not None else ()
    events = [event.message for event in outcome.events]
    by_tasks = most_frequent(of_failure(failure, events) for failure in outcome.failures)
    if verdict is Verdict.REQUESTS_FAILED and by_tasks is not None:
        # ECS takes a deployment for completed once its tasks were healthy, even if they die afterwards.
        return by_tasks
    if verdict in BY_VERDICT:
        lines = outcome.proof.lines if outcome.proof and verdict is Verdict.REQUESTS_FAILED else []
        return Cause(failure_class=BY_VERDICT[verdict], evidence=lines[0] if lines else "")
    if outcome.ended_by_user:
        return Cause(failure_class=FailureClass.OTHER_DEPLOY, evidence=reason)
    by_alarm = next((text for text in (reason, *events) if BY_ALARM.search(text)), None)
    if fired or by_alarm is not None:
        evidence = "; ".join(outcome.alarms) or ", ".join(fired) or by_alarm or ""
        return Cause(failure_class=FailureClass.ALARM, evidence=evidence)
    return by_tasks or of_events(events, reason) or Cause(failure_class=FailureClass.UNKNOWN, evidence=reason)


def most_frequent(causes: Iterable[Cause]) -> Cause | None:
    """Return the most frequent cause; of equally frequent ones the first."""
    found = list(causes)
    counts = Counter(each.failure_class for each in found)
    return max(found, key=lambda each: counts[each.failure_class], default=None)


def of_events(events: Sequence[str], reason: str) -> Cause | None:
    """Return the cause when no task failed: none could be placed, or no step was allowed."""
    for text in (*reversed(events), reason):
        if STUCK in text:
            return Cause(failure_class=FailureClass.STUCK_CONFIGURATION, evidence=text)
        if "unable to place a task" in text or "failed to launch a task" in text or "failed to register" in text:
            otherwise = FailureClass.CAPACITY if "unable to place" in text else FailureClass.UNKNOWN
            return Cause(failure_class=by_text(text) or otherwise, evidence=text)
    return None


def of_failure(failure: Failure, events: Sequence[str] = ()) -> Cause:
    """Return the cause that a failed task shows. events: of the service; they say why targets were unhealthy."""
    reason = " ".join(filter(None, (failure.stopped_reason, failure.container_reason)))
    if failure.stop_code == "UserInitiated":
        return Cause(failure_class=FailureClass.OTHER_DEPLOY, evidence=reason)
    if failure.stop_code not in ENDED_BY_ITSELF and "health" in reason:
        return of_health(failure, reason, events)
    found = of_stop(failure.stop_code, reason, failure.exit_code, failure.log)
    evidence = reason if failure.exit_code is None else f"{reason}, exit code {failure.exit_code}"
    return Cause(failure_class=found, evidence=evidence + last_words(found, failure))


def last_words(found: FailureClass, failure: Failure) -> str:
    """Return a clause with the last log line if the program itself logs why it failed; otherwise an empty string."""
    line = next((each for each in reversed(failure.log) if each.strip()), "")
    if not line or found not in {FailureClass.CRASH, FailureClass.SLOW_START, FailureClass.SETTINGS}:
        return ""
    try:
        record = json.loads(line)
        words = str(record.get("cause") or record["message"])
    except (ValueError, KeyError, AttributeError):  # not a line of our logs
        words = line.strip()
    return f"; its last log line: {bounded(words, LAST_WORDS)}"


def of_stop(stop_code: str | None, reason: str, exit_code: int | None, log: Sequence[str] = ()) -> FailureClass:
    """Return the failure class of a task that was not stopped because of its health checks.

    ECS DescribeTasks: `stopCode`, `stoppedReason`.
    """
    if BY_LOCAL_CLOUD in reason:
        return FailureClass.ENDPOINT_GONE
    if stop_code in {"SpotInterruption", "TerminationNotice"}:
        return FailureClass.CAPACITY
    found = by_text(reason)
    if found is not None:
        return found
    if exit_code is None:
        return FailureClass.UNKNOWN
    if exit_code == KILLED:
        return FailureClass.MEMORY
    if exit_code == COULD_NOT_START:
        return FailureClass.SETTINGS
    if any("exec format error" in line for line in log):
        return FailureClass.IMAGE
    return FailureClass.PORT if any(IN_USE.search(line) for line in log) else FailureClass.CRASH


def of_health(failure: Failure, reason: str, events: Sequence[str]) -> Cause:
    """Return the cause that unhealthy tasks show: a wrong status, a port without listener, or a slow start."""
    found = [match[1] for match in map(UNHEALTHY.search, events) if match]
    said = CODES.search(reason) or next(filter(None, map(CODES.search, reversed(found))), None)
    detail = said[0] if said else (found[-1] if found else "")
    evidence = reason if not detail or detail in reason else f"{reason} ({detail})"
    by = by_health(failure, bool(said), evidence)
    return Cause(failure_class=by, evidence=evidence + last_words(by, failure))


def by_health(failure: Failure, has_answered: bool, evidence: str) -> FailureClass:
    if has_answered:
        return FailureClass.HEALTH_PATH
    listening = [match for match in map(LISTENS.search, failure.log) if match]
    if failure.log and not listening:
        return FailureClass.SLOW_START
    if "container health" in evidence or "timed out" in evidence:
        return FailureClass.HEALTH_PATH
    return FailureClass.PORT


def with_first_step(cause: Cause | None, failures: Sequence[Failure], steps: tuple[str, ...]) -> tuple[str, ...]:
    """Put what to do about the cause before the steps that only look."""
    if cause is None:
        return steps
    is_of_tasks = cause.failure_class not in NOT_OF_TASKS
    by_task = next((each.next_step for each in failures if each.next_step and is_of_tasks), None)
    found = STEPS.get(cause.failure_class) or shortage_step(cause.failure_class, cause.evidence) or by_task
    return steps if found is None else (found, *steps)


def shortage_step(failure_class: FailureClass | None, text: str) -> str | None:
    """Return the next step when AWS has no room for a task; None for another class. text: AWS's words."""
    if failure_class is FailureClass.CAPACITY:
        return "try again in a few minutes; subnets in more Availability Zones make a shortage less likely"
    if failure_class is FailureClass.QUOTA:
        what = "Fargate's quota L-3032A538" if "vCPU" in text else "the quota that the message names"
        return f"stop tasks that nobody needs, or ask AWS to raise {what}; then try again"
    return None


def by_text(text: str) -> FailureClass | None:
    return next((each for each, pattern in REFUSALS if re.search(pattern, text, re.IGNORECASE)), None)
