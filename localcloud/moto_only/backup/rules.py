"""AWS Backup's checks of plans' rules. Pure.

The words about lifecycles are AWS's; those about schedules and windows are unconfirmed.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.autoscaling.schedules import parse
from localcloud.errors import AwsError

SHORTEST_START_WINDOW = 60
BETWEEN_WINDOWS = 60
"""Minutes: a job has at least so long once it has begun."""
START_WINDOW, COMPLETION_WINDOW = 480, 10080
"""AWS's defaults, in minutes."""
LONGEST_KEPT_DAYS = 36500
DAYS_IN_COLD_STORAGE = 90
NO_LIMIT = -1
"""The value that the console writes for a lifecycle that is switched off."""


def check(plan: Mapping[str, Any]) -> None:
    """Check a plan's rules. Errors: AwsError InvalidParameterValueException, with the name of the rule."""
    for rule in plan.get("Rules") or ():
        for wrong in _wrong(rule):
            words = f"Error in rule {rule.get('RuleName')} : {wrong}"
            raise AwsError("InvalidParameterValueException", words)


def _wrong(rule: Mapping[str, Any]) -> Iterator[str]:
    expression = rule.get("ScheduleExpression")
    if expression is not None and (wrong := _wrong_schedule(expression)):
        yield f"Invalid schedule. {wrong}"
    start = _given(rule, "StartWindowMinutes", START_WINDOW)
    completion = _given(rule, "CompletionWindowMinutes", COMPLETION_WINDOW)
    if start < SHORTEST_START_WINDOW:
        yield f"Invalid start window. StartWindowMinutes cannot be less than {SHORTEST_START_WINDOW}"
    elif completion < start + BETWEEN_WINDOWS:
        words = f"CompletionWindowMinutes cannot be less than {BETWEEN_WINDOWS} minutes after StartWindowMinutes"
        yield f"Invalid completion window. {words}"
    for each in (rule, *(rule.get("CopyActions") or ())):
        yield from _wrong_lifecycle(each.get("Lifecycle") or {})


def _given(rule: Mapping[str, Any], name: str, default: int) -> int:
    minutes: int | None = rule.get(name)
    return default if minutes is None else minutes


def _wrong_schedule(expression: str) -> str:
    if expression.startswith("at("):
        return "It should be cron(...) or rate(...)"
    try:
        parse(expression, datetime.now(UTC))
    except ValueError as exc:
        return str(exc)
    return ""


def _wrong_lifecycle(lifecycle: Mapping[str, Any]) -> Iterator[str]:
    kept, moved = lifecycle.get("DeleteAfterDays"), lifecycle.get("MoveToColdStorageAfterDays")
    if kept is None or kept == NO_LIMIT:
        return
    if not 1 <= kept <= LONGEST_KEPT_DAYS:
        yield f"Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than {LONGEST_KEPT_DAYS} days"
    elif moved is not None and moved != NO_LIMIT and kept < moved + DAYS_IN_COLD_STORAGE:
        words = f"DeleteAfterDays cannot be less than {DAYS_IN_COLD_STORAGE} days apart from MoveToColdStorageAfterDays"
        yield f"Invalid lifecycle. {words}"
