"""The state of a DB instance, from RDS's description."""

from datetime import datetime
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.names import prefix_of
from terraform_provider.resources.rds._instances import Instance
from terraform_provider.values.unknown import State

PLAIN = {
    "allocated_storage": "AllocatedStorage",
    "arn": "DBInstanceArn",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "availability_zone": "AvailabilityZone",
    "backup_retention_period": "BackupRetentionPeriod",
    "backup_target": "BackupTarget",
    "backup_window": "PreferredBackupWindow",
    "ca_cert_identifier": "CACertificateIdentifier",
    "character_set_name": "CharacterSetName",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "custom_iam_instance_profile": "CustomIamInstanceProfile",
    "customer_owned_ip_enabled": "CustomerOwnedIpEnabled",
    "database_insights_mode": "DatabaseInsightsMode",
    "db_name": "DBName",
    "dedicated_log_volume": "DedicatedLogVolume",
    "deletion_protection": "DeletionProtection",
    "engine": "Engine",
    "engine_lifecycle_support": "EngineLifecycleSupport",
    "iam_database_authentication_enabled": "IAMDatabaseAuthenticationEnabled",
    "identifier": "DBInstanceIdentifier",
    "instance_class": "DBInstanceClass",
    "iops": "Iops",
    "kms_key_id": "KmsKeyId",
    "license_model": "LicenseModel",
    "maintenance_window": "PreferredMaintenanceWindow",
    "max_allocated_storage": "MaxAllocatedStorage",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "multi_az": "MultiAZ",
    "nchar_character_set_name": "NcharCharacterSetName",
    "network_type": "NetworkType",
    "performance_insights_enabled": "PerformanceInsightsEnabled",
    "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId",
    "performance_insights_retention_period": "PerformanceInsightsRetentionPeriod",
    "port": "DbInstancePort",
    "publicly_accessible": "PubliclyAccessible",
    "replica_mode": "ReplicaMode",
    "replicate_source_db": "ReadReplicaSourceDBInstanceIdentifier",
    "resource_id": "DbiResourceId",
    "status": "DBInstanceStatus",
    "storage_encrypted": "StorageEncrypted",
    "storage_throughput": "StorageThroughput",
    "storage_type": "StorageType",
    "timezone": "Timezone",
    "username": "MasterUsername",
}
LISTS = {"enabled_cloudwatch_logs_exports": "EnabledCloudwatchLogsExports", "replicas": "ReadReplicaDBInstanceIdentifiers"}  # fmt: skip  # noqa: E501
OF_DOMAIN = {
    "domain": "Domain",
    "domain_auth_secret_arn": "AuthSecretArn",
    "domain_dns_ips": "DnsIps",
    "domain_fqdn": "FQDN",
    "domain_iam_role_name": "IAMRoleName",
    "domain_ou": "OU",
}


def read(found: Instance, state: State) -> State:
    """Return the state's attributes. `state`: the prior one, for values that RDS writes differently."""
    membership: dict[str, Any] = next(iter(found.get("DomainMemberships") or ()), {})
    return {
        **{name: found.get(key) for name, key in PLAIN.items()},
        **{name: found.get(key) or [] for name, key in LISTS.items()},
        **{name: membership.get(key) for name, key in OF_DOMAIN.items()},
        **_names_of_groups(found),
        **_endpoint(found.get("Endpoint")),
        **versions(found, state.get("engine_version") or ""),
        "identifier_prefix": prefix_of(found["DBInstanceIdentifier"]),
        "latest_restorable_time": _written(found.get("LatestRestorableTime")),
        "listener_endpoint": _listener(found.get("ListenerEndpoint")),
        "master_user_secret": _secret(found.get("MasterUserSecret")),
        "tags_all": tags.as_dict(found.get("TagList")),
        "vpc_security_group_ids": [each["VpcSecurityGroupId"] for each in found.get("VpcSecurityGroups") or ()],
    }


def versions(found: Instance, known: str) -> State:
    """Return both versions: the configured one stays where it leaves out the patch, or waits to be applied."""
    actual = str(found["EngineVersion"])
    pending = (found.get("PendingModifiedValues") or {}).get("EngineVersion")
    stays = bool(known) and (known == pending or actual.startswith(f"{known}."))
    return {"engine_version_actual": actual, "engine_version": known if stays else actual}


def _names_of_groups(found: Instance) -> State:
    """Return the names of the groups in the response."""
    listed = {
        "db_subnet_group_name": [found["DBSubnetGroup"]] if found.get("DBSubnetGroup") else [],
        "option_group_name": found.get("OptionGroupMemberships"),
        "parameter_group_name": found.get("DBParameterGroups"),
    }
    keys = {
        "db_subnet_group_name": "DBSubnetGroupName",
        "option_group_name": "OptionGroupName",
        "parameter_group_name": "DBParameterGroupName",
    }
    return {name: groups[0][keys[name]] for name, groups in listed.items() if groups}


def _endpoint(found: dict[str, Any] | None) -> State:
    """Return the address; none while the instance is being created."""
    if not found:
        return {}
    address, port = found.get("Address"), found.get("Port")
    whole = {"endpoint": f"{address}:{port}"} if address is not None and port is not None else {}
    return {"address": address, "hosted_zone_id": found.get("HostedZoneId"), "port": port, **whole}


def _listener(found: dict[str, Any] | None) -> list[State]:
    if not found:
        return []
    return [{"address": found.get("Address"), "hosted_zone_id": found.get("HostedZoneId"), "port": found.get("Port")}]


def _secret(found: dict[str, Any] | None) -> list[State]:
    if not found:
        return []
    names = {"kms_key_id": "KmsKeyId", "secret_arn": "SecretArn", "secret_status": "SecretStatus"}
    return [{name: found.get(key) for name, key in names.items()}]


def _written(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment is not None else None
