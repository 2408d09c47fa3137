"""The requests of ModifyDBInstance for changed attributes of a DB instance."""

from collections.abc import Callable, Collection
from typing import Any

from terraform_provider.values.unknown import State

Request = dict[str, Any]
PLAIN = {
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "backup_retention_period": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "ca_cert_identifier": "CACertificateIdentifier",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "db_subnet_group_name": "DBSubnetGroupName",
    "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication",
    "identifier": "NewDBInstanceIdentifier",
    "instance_class": "DBInstanceClass",
    "license_model": "LicenseModel",
    "maintenance_window": "PreferredMaintenanceWindow",
    "manage_master_user_password": "ManageMasterUserPassword",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "multi_az": "MultiAZ",
    "option_group_name": "OptionGroupName",
    "parameter_group_name": "DBParameterGroupName",
    "port": "DBPortNumber",
    "publicly_accessible": "PubliclyAccessible",
    "storage_type": "StorageType",
}
FLAGS = (
    *("auto_minor_version_upgrade", "copy_tags_to_snapshot", "iam_database_authentication_enabled"),
    *("manage_master_user_password", "multi_az", "publicly_accessible"),
)
NUMBERS = ("backup_retention_period", "monitoring_interval", "port")
OF_TERRAFORM = frozenset(
    {
        *("allow_major_version_upgrade", "blue_green_update", "delete_automated_backups", "final_snapshot_identifier"),
        *("replicate_source_db", "skip_final_snapshot", "tags", "tags_all", "timeouts"),
    }
)
"""Attributes whose changes RDS does not receive, or receives by another operation."""
INSIGHTS = ("performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period")
GP3_THRESHOLD_GIB = 400
"""Below this size, PostgreSQL's gp3 storage has fixed IOPS, and RDS refuses to set them."""
PROVISIONED = ("io1", "io2")


def request(prior: State, planned: State, changed: Collection[str]) -> Request:
    made: Request = {
        "ApplyImmediately": bool(planned["apply_immediately"]),
        "DBInstanceIdentifier": prior["identifier"],
        "DeletionProtection": bool(planned["deletion_protection"]),
    }
    made |= {key: _value(name, planned) for name, key in PLAIN.items() if name in changed}
    steps: tuple[Callable[[State, State, Collection[str]], Request], ...] = (
        _version, _storage, _most_storage, _password, _insights, _logs, _groups
    )  # fmt: skip
    for step in steps:
        made |= step(prior, planned, changed)
    return made


def _value(name: str, planned: State) -> Any:
    value = planned[name]
    if name in FLAGS:
        return bool(value)
    return value or 0 if name in NUMBERS else value or ""


def _version(_prior: State, planned: State, changed: Collection[str]) -> Request:
    if "engine_version" not in changed:
        return {}
    allowed = bool(planned["allow_major_version_upgrade"])
    return {"EngineVersion": planned["engine_version"], "AllowMajorVersionUpgrade": allowed}


def _storage(_prior: State, planned: State, changed: Collection[str]) -> Request:
    size, iops = planned["allocated_storage"] or 0, planned["iops"] or 0
    made: Request = {}
    if {"allocated_storage", "iops"} & set(changed):
        made["AllocatedStorage"] = size
        is_fixed = planned["storage_type"] == "gp3" and size < GP3_THRESHOLD_GIB
        if "iops" in changed or not is_fixed:
            made["Iops"] = iops
    if "storage_throughput" in changed:
        made = {"Iops": iops, "AllocatedStorage": size} | made
        made["StorageThroughput"] = planned["storage_throughput"] or 0
    if "storage_type" in changed and planned["storage_type"] in PROVISIONED:
        made["Iops"] = iops
    return made


def _most_storage(_prior: State, planned: State, changed: Collection[str]) -> Request:
    """Set the size to which storage may grow; the current size means that it may not grow."""
    if "max_allocated_storage" not in changed:
        return {}
    return {"MaxAllocatedStorage": planned["max_allocated_storage"] or planned["allocated_storage"]}


def _password(_prior: State, planned: State, changed: Collection[str]) -> Request:
    made: Request = {}
    if "master_user_secret_kms_key_id" in changed and planned["master_user_secret_kms_key_id"]:
        made["MasterUserSecretKmsKeyId"] = planned["master_user_secret_kms_key_id"]
        made["ManageMasterUserPassword"] = bool(planned["manage_master_user_password"])
    if "password" in changed and planned["password"]:
        made["MasterUserPassword"] = planned["password"]
    if "password_wo_version" in changed and planned["password_wo"]:
        made["MasterUserPassword"] = planned["password_wo"]
    return made


def _insights(_prior: State, planned: State, changed: Collection[str]) -> Request:
    if not set(INSIGHTS) & set(changed):
        return {}
    optional = {
        "PerformanceInsightsKMSKeyId": planned["performance_insights_kms_key_id"],
        "PerformanceInsightsRetentionPeriod": planned["performance_insights_retention_period"],
    }
    is_on = bool(planned["performance_insights_enabled"])
    return {"EnablePerformanceInsights": is_on} | {key: value for key, value in optional.items() if value}


def _logs(prior: State, planned: State, changed: Collection[str]) -> Request:
    name = "enabled_cloudwatch_logs_exports"
    if name not in changed:
        return {}
    old, new = set(prior[name] or ()), set(planned[name] or ())
    return {
        "CloudwatchLogsExportConfiguration": {
            "EnableLogTypes": sorted(new - old),
            "DisableLogTypes": sorted(old - new),
        }
    }


def _groups(_prior: State, planned: State, changed: Collection[str]) -> Request:
    groups = planned["vpc_security_group_ids"]
    return {"VpcSecurityGroupIds": sorted(groups)} if "vpc_security_group_ids" in changed and groups else {}
