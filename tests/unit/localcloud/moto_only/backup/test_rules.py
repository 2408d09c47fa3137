"""Rules of backup plans: what can be carried out passes, anything else is refused by the rule's name."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.backup.rules import check, check_selection, check_vault_name

PREFIX = "Error in rule daily : "
COPY = {"DestinationBackupVaultArn": "arn:aws:backup:us-west-2:123456789012:backup-vault:copies"}


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
        {"Lifecycle": {"DeleteAfterDays": 35}, "CopyActions": [COPY | {"Lifecycle": {"DeleteAfterDays": 365}}]},
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
        ({"CopyActions": [{"DestinationBackupVaultArn": "copies"}]}, "Invalid destination backup vault arn: copies"),
        ({"EnableContinuousBackup": True}, "Invalid lifecycle. Continuous backups are kept 1 to 35 days"),
        ({"EnableContinuousBackup": True, "Lifecycle": {"DeleteAfterDays": 36}}, "Invalid lifecycle. Continuous"),
        ({"StartWindowMinutes": 59}, "Invalid start window. "),
        ({"StartWindowMinutes": 60, "CompletionWindowMinutes": 119}, "Invalid completion window. "),
        ({"CompletionWindowMinutes": 480}, "Invalid completion window. "),
        ({"Lifecycle": {"DeleteAfterDays": 0}}, "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more"),
        (
            {"CopyActions": [COPY | {"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}}]},
            "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays",
        ),
    ],
)
def test_a_rule_that_cannot_be_carried_out_is_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(AwsError) as refused:
        check(plan(**settings))
    assert refused.value.code == "InvalidParameterValueException"
    assert refused.value.message.startswith(PREFIX + words)


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [{"RuleName": "a", "TargetBackupVaultName": "v"}] * 2,
        [{"RuleName": "a b", "TargetBackupVaultName": "v"}],
    ],
)
def test_a_plan_has_rules_with_names_of_their_own(rules: list[dict[str, Any]]) -> None:
    with pytest.raises(AwsError) as refused:
        check({"BackupPlanName": "p", "Rules": rules})
    assert refused.value.code == "InvalidParameterValueException"


def test_vaults_and_selections_have_names_and_a_role() -> None:
    role = "arn:aws:iam::123456789012:role/backup"
    check_vault_name("ab")
    check_selection({"SelectionName": "data.1", "IamRoleArn": role})
    for name in ("a", "a b", "a" * 51):
        with pytest.raises(AwsError, match="Invalid backup vault name"):
            check_vault_name(name)
    for wrong in ({"SelectionName": "a b", "IamRoleArn": role}, {"SelectionName": "a", "IamRoleArn": "backup"}):
        with pytest.raises(AwsError, match=r"Invalid selection name|Invalid role arn: backup"):
            check_selection(wrong)
