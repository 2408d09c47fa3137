"""Rules of a backup plan: the provider's blocks, and AWS Backup's."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

RULE = {
    "rule_name": "RuleName",
    "target_vault_name": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "schedule_expression_timezone": "ScheduleExpressionTimezone",
    "start_window": "StartWindowMinutes",
    "completion_window": "CompletionWindowMinutes",
    "recovery_point_tags": "RecoveryPointTags",
}
LIFECYCLE = {"delete_after": "DeleteAfterDays", "cold_storage_after": "MoveToColdStorageAfterDays"}
ARCHIVE = "OptInToArchiveForSupportedResources"
SETTING = {"backup_options": "BackupOptions", "resource_type": "ResourceType"}


def requested(planned: State) -> dict[str, Any]:
    """Return the plan of a creation or an update."""
    made: dict[str, Any] = {"BackupPlanName": planned["name"], "Rules": [_request(each) for each in planned["rule"]]}
    settings = planned["advanced_backup_setting"]
    return made | ({"AdvancedBackupSettings": [given(each, SETTING) for each in settings]} if settings else {})


def block(rule: Mapping[str, Any]) -> State:
    return {
        **{ours: rule.get(theirs) for ours, theirs in RULE.items()},
        "recovery_point_tags": rule.get("RecoveryPointTags") or {},
        "enable_continuous_backup": bool(rule.get("EnableContinuousBackup")),
        "lifecycle": _lifecycle_block(rule),
        "copy_action": [
            {"destination_vault_arn": each["DestinationBackupVaultArn"], "lifecycle": _lifecycle_block(each)}
            for each in rule.get("CopyActions", [])
        ],
    }


def settings(found: Mapping[str, Any]) -> list[State]:
    return [
        {ours: each.get(theirs) for ours, theirs in SETTING.items()} for each in found.get("AdvancedBackupSettings", [])
    ]


def _request(rule: State) -> dict[str, Any]:
    made: dict[str, Any] = given(rule, RULE) | _lifecycle(rule)
    made["EnableContinuousBackup"] = bool(rule["enable_continuous_backup"])
    copies = [
        {"DestinationBackupVaultArn": each["destination_vault_arn"], **_lifecycle(each)} for each in rule["copy_action"]
    ]
    return made | ({"CopyActions": copies} if copies else {})


def _lifecycle(rule: State) -> dict[str, Any]:
    if not rule["lifecycle"]:
        return {}
    written = rule["lifecycle"][0]
    made = given(written, LIFECYCLE)
    if written["opt_in_to_archive_for_supported_resources"]:
        made[ARCHIVE] = True
    return {"Lifecycle": made}


def _lifecycle_block(rule: Mapping[str, Any]) -> list[State]:
    found = rule.get("Lifecycle")
    if found is None:
        return []
    days = {ours: found.get(theirs) or 0 for ours, theirs in LIFECYCLE.items()}
    return [days | {"opt_in_to_archive_for_supported_resources": bool(found.get(ARCHIVE))}]
