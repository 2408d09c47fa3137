"""The four ways to create a DB instance, and the ModifyDBInstance that follows each."""

from dataclasses import dataclass
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.resources.rds._instances import Instance
from terraform_provider.values.unknown import State

Request = dict[str, Any]
KEYS = {
    "allocated_storage": "AllocatedStorage",
    "availability_zone": "AvailabilityZone",
    "backup_retention_period": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "ca_cert_identifier": "CACertificateIdentifier",
    "db_name": "DBName",
    "db_subnet_group_name": "DBSubnetGroupName",
    "enabled_cloudwatch_logs_exports": "EnableCloudwatchLogsExports",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "iam_database_authentication_enabled": "EnableIAMDatabaseAuthentication",
    "iops": "Iops",
    "kms_key_id": "KmsKeyId",
    "license_model": "LicenseModel",
    "maintenance_window": "PreferredMaintenanceWindow",
    "manage_master_user_password": "ManageMasterUserPassword",
    "master_user_secret_kms_key_id": "MasterUserSecretKmsKeyId",
    "max_allocated_storage": "MaxAllocatedStorage",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "multi_az": "MultiAZ",
    "option_group_name": "OptionGroupName",
    "parameter_group_name": "DBParameterGroupName",
    "password": "MasterUserPassword",
    "password_wo": "MasterUserPassword",
    "performance_insights_enabled": "EnablePerformanceInsights",
    "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId",
    "performance_insights_retention_period": "PerformanceInsightsRetentionPeriod",
    "port": "Port",
    "storage_throughput": "StorageThroughput",
    "storage_type": "StorageType",
    "upgrade_storage_config": "UpgradeStorageConfig",
    "username": "MasterUsername",
    "vpc_security_group_ids": "VpcSecurityGroupIds",
}
EVERYWHERE = frozenset(
    {
        *("availability_zone", "db_subnet_group_name", "enabled_cloudwatch_logs_exports", "multi_az"),
        *("iam_database_authentication_enabled", "option_group_name", "port", "vpc_security_group_ids"),
    }
)
MONITORING = frozenset({"monitoring_interval", "monitoring_role_arn"})
INSIGHTS = frozenset(
    {"performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period"}
)
PASSWORDS = frozenset({"manage_master_user_password", "master_user_secret_kms_key_id", "password", "password_wo"})
MANAGED = frozenset({"manage_master_user_password", "master_user_secret_kms_key_id"})
WINDOWS = frozenset({"backup_window", "maintenance_window"})


@dataclass(frozen=True)
class CreationPath:
    operation: str
    at_once: frozenset[str]
    """Arguments that the operation itself accepts."""
    afterwards: frozenset[str] = frozenset()
    """Arguments that need a ModifyDBInstance once the instance exists."""
    if_different: frozenset[str] = frozenset()
    """Likewise, but only where the instance has it otherwise."""
    source: str = ""
    """The attribute that chooses this way."""
    name: str = "DBInstanceIdentifier"


REPLICA = CreationPath(
    "create_db_instance_read_replica",
    EVERYWHERE | MONITORING | INSIGHTS
    | {"iops", "kms_key_id", "storage_throughput", "storage_type", "upgrade_storage_config"},
    afterwards=PASSWORDS,
    if_different=WINDOWS
    | {"backup_retention_period", "ca_cert_identifier", "max_allocated_storage", "parameter_group_name"},
    source="replicate_source_db",
)  # fmt: skip
OF_SNAPSHOT = CreationPath(
    "restore_db_instance_from_db_snapshot",
    EVERYWHERE | {"engine", "license_model", "parameter_group_name"},
    afterwards=WINDOWS | MONITORING | INSIGHTS | PASSWORDS
    | {"allocated_storage", "backup_retention_period", "engine_version", "iops", "max_allocated_storage",
       "storage_throughput", "storage_type"},
    source="snapshot_identifier",
)  # fmt: skip
OF_MOMENT = CreationPath(
    "restore_db_instance_to_point_in_time",
    EVERYWHERE
    | {"db_name", "engine", "iops", "license_model", "max_allocated_storage", "parameter_group_name",
       "storage_throughput", "storage_type"},
    afterwards=MANAGED | MONITORING,
    source="restore_to_point_in_time",
    name="TargetDBInstanceIdentifier",
)  # fmt: skip
EMPTY = CreationPath("create_db_instance", frozenset(KEYS) - {"upgrade_storage_config"})
MOMENT = {
    "restore_time": "RestoreTime",
    "source_db_instance_automated_backups_arn": "SourceDBInstanceAutomatedBackupsArn",
    "source_db_instance_identifier": "SourceDBInstanceIdentifier",
    "source_dbi_resource_id": "SourceDbiResourceId",
    "use_latest_restorable_time": "UseLatestRestorableTime",
}
REQUIRED = ("allocated_storage", "engine", "username")
"""Required arguments of an instance without a source."""


def way_of(planned: State) -> CreationPath:
    return next((way for way in (REPLICA, OF_SNAPSHOT, OF_MOMENT) if planned[way.source]), EMPTY)


def request(aws: Aws, planned: State, identifier: str) -> Request:
    """Return the request of a creation. Errors: ProviderError where an argument is missing."""
    way = way_of(planned)
    made: Request = {
        way.name: identifier,
        "AutoMinorVersionUpgrade": bool(planned["auto_minor_version_upgrade"]),
        "CopyTagsToSnapshot": bool(planned["copy_tags_to_snapshot"]),
        "DBInstanceClass": planned["instance_class"],
        "DeletionProtection": bool(planned["deletion_protection"]),
        "PubliclyAccessible": bool(planned["publicly_accessible"]),
        "Tags": tags.as_list(planned["tags_all"]),
        **_given(planned, way.at_once),
    }
    if way is REPLICA:
        return made | _of_primary(aws, planned)
    if way is OF_SNAPSHOT:
        return made | {"DBSnapshotIdentifier": planned["snapshot_identifier"]}
    if way is OF_MOMENT:
        block = planned["restore_to_point_in_time"][0]
        return made | {key: block[name] for name, key in MOMENT.items() if block[name]}
    _require(planned)
    made["BackupRetentionPeriod"] = planned["backup_retention_period"] or 0
    made["StorageEncrypted"] = bool(planned["storage_encrypted"])
    return made


def left(planned: State, found: Instance) -> Request:
    """Return the remaining request for an existing instance; empty when nothing is left."""
    way = way_of(planned)
    made = _given(planned, way.afterwards)
    for key, value in _given(planned, way.if_different).items():
        if _shown(found, key) != value:
            made[key] = value
    if way is OF_SNAPSHOT and planned["backup_retention_period"] == 0:
        made["BackupRetentionPeriod"] = 0
    if not made.get("EnablePerformanceInsights"):
        made = {key: value for key, value in made.items() if not key.startswith("PerformanceInsights")}
    if made and planned["allow_major_version_upgrade"]:
        made["AllowMajorVersionUpgrade"] = True
    return made


def _given(planned: State, names: frozenset[str]) -> Request:
    """Return the set arguments: zero, false and empty count as unset."""
    return {
        KEYS[name]: sorted(planned[name]) if isinstance(planned[name], list) else planned[name]
        for name in sorted(names)
        if planned[name]
    }


def _of_primary(aws: Aws, planned: State) -> Request:
    primary = str(planned["replicate_source_db"])
    made: Request = {"SourceDBInstanceIdentifier": primary}
    parts = primary.split(":")
    if planned["kms_key_id"] and len(parts) > 3:
        made["SourceRegion"] = parts[3]
        if parts[3] != aws.region and planned["parameter_group_name"]:
            made["DBParameterGroupName"] = planned["parameter_group_name"]
    return made


def _require(planned: State) -> None:
    for name in REQUIRED:
        if not planned[name]:
            raise ProviderError(
                f'"{name}": required field is not set',
                "An instance that is neither restored nor a replica needs it.",
                (name,),
            )


def _shown(found: Instance, key: str) -> Any:
    if key == "DBParameterGroupName":
        groups = found.get("DBParameterGroups") or [{}]
        return groups[0].get(key)
    return found.get(key)
