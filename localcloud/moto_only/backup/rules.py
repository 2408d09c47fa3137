"""AWS Backup's checks of plans' rules. Pure.

The words about lifecycles are AWS's; those about schedules and windows are unconfirmed.
"""

import re
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
LONGEST_CONTINUOUS_DAYS = 35
VAULT_NAME = re.compile(r"[A-Za-z0-9_-]{2,50}")
NAME = re.compile(r"[A-Za-z0-9_.-]{1,50}")
"""Names of rules and selections."""
VAULT = re.compile(r"arn:aws[a-z-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
NO_LIMIT = -1
"""The value that the console writes for a lifecycle that is switched off."""


def check(plan: Mapping[str, Any]) -> None:
    """Check a plan's rules. Errors: AwsError InvalidParameterValueException, with the name of the rule."""
    rules = plan.get("Rules") or ()
    if not rules:
        raise _invalid("A backup plan must have at least one rule.")
    names = [rule.get("RuleName") for rule in rules]
    if len(set(names)) < len(names):
        raise _invalid("The names of a plan's rules must be unique.")
    for rule in rules:
        for wrong in _wrong(rule):
            raise _invalid(f"Error in rule {rule.get('RuleName')} : {wrong}")


def check_vault_name(name: str) -> None:
    """Errors: AwsError InvalidParameterValueException."""
    if not VAULT_NAME.fullmatch(name):
        raise _invalid(f"Invalid backup vault name {name!r}: 2 to 50 letters, digits, hyphens and underscores.")


def check_selection(selection: Mapping[str, Any]) -> None:
    """Check a selection's name and role. Errors: AwsError InvalidParameterValueException."""
    if not NAME.fullmatch(str(selection.get("SelectionName"))):
        raise _invalid("Invalid selection name: 1 to 50 letters, digits, periods, hyphens and underscores.")
    if not ROLE.fullmatch(str(selection.get("IamRoleArn"))):
        raise _invalid(f"Invalid role arn: {selection.get('IamRoleArn')}")


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidParameterValueException", words)


def _wrong(rule: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(str(rule.get("RuleName"))):
        yield "Invalid rule name. It should be 1 to 50 letters, digits, periods, hyphens and underscores"
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
    for copy in rule.get("CopyActions") or ():
        if not VAULT.fullmatch(str(copy.get("DestinationBackupVaultArn"))):
            yield f"Invalid destination backup vault arn: {copy.get('DestinationBackupVaultArn')}"
    kept = (rule.get("Lifecycle") or {}).get("DeleteAfterDays")
    if rule.get("EnableContinuousBackup") and (kept is None or not 1 <= kept <= LONGEST_CONTINUOUS_DAYS):
        yield f"Invalid lifecycle. Continuous backups are kept 1 to {LONGEST_CONTINUOUS_DAYS} days"
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
