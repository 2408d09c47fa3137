"""Rules of backup plans: what can be carried out passes, anything else is refused by the rule's name."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.backup.rules import check

PREFIX = "Error in rule daily : "


def plan(**settings: Any) -> dict[str, Any]:
    good = {"RuleName": "hourly", "TargetBackupVaultName": "v"}
    return {"BackupPlanName": "p", "Rules": [good, good | {"RuleName": "daily", **settings}]}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ScheduleExpression": "cron(30 13 * * ? *)", "StartWindowMinutes": 60, "CompletionWindowMinutes": 120},
        {"ScheduleExpression": "cron(0 5 1 * ? *)"},
        {"ScheduleExpression": "rate(12 hours)"},
        {"Lifecycle": {"DeleteAfterDays": 35}, "CopyActions": [{"Lifecycle": {"DeleteAfterDays": 365}}]},
        {"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 120}},
        {"Lifecycle": {"MoveToColdStorageAfterDays": 30}},
        {"Lifecycle": {"MoveToColdStorageAfterDays": -1, "DeleteAfterDays": -1}},
    ],
)
def test_a_rule_that_can_be_carried_out_passes(settings: dict[str, Any]) -> None:
    check(plan(**settings))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ScheduleExpression": "cron(61 25 * * ? *)"}, "Invalid schedule. "),
        ({"ScheduleExpression": "cron(0 5 * * *)"}, "Invalid schedule. cron has 6 fields"),
        ({"ScheduleExpression": "daily"}, "Invalid schedule. "),
        ({"ScheduleExpression": "at(2026-11-29T05:00:00)"}, "Invalid schedule. "),
        ({"StartWindowMinutes": 59}, "Invalid start window. "),
        ({"StartWindowMinutes": 60, "CompletionWindowMinutes": 119}, "Invalid completion window. "),
        ({"CompletionWindowMinutes": 480}, "Invalid completion window. "),
        ({"Lifecycle": {"DeleteAfterDays": 0}}, "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more"),
        (
            {"CopyActions": [{"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}}]},
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays",
        ),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as refused:
        check(plan(**settings))
    assert refused.value.code == "InvalidParameterValueException"
    assert refused.value.message.startswith(PREFIX + words)
