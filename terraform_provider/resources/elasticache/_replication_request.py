"""The requests that create and change a replication group."""

from collections.abc import Collection
from typing import Any

from terraform_provider.values.unknown import State, Value

Request = dict[str, Any]
PLAIN = {
    "cluster_mode": "ClusterMode",
    "data_tiering_enabled": "DataTieringEnabled",
    "engine_version": "EngineVersion",
    "ip_discovery": "IpDiscovery",
    "kms_key_id": "KmsKeyId",
    "maintenance_window": "PreferredMaintenanceWindow",
    "multi_az_enabled": "MultiAZEnabled",
    "network_type": "NetworkType",
    "node_type": "CacheNodeType",
    "notification_topic_arn": "NotificationTopicArn",
    "num_cache_clusters": "NumCacheClusters",
    "num_node_groups": "NumNodeGroups",
    "parameter_group_name": "CacheParameterGroupName",
    "port": "Port",
    "preferred_cache_cluster_azs": "PreferredCacheClusterAZs",
    "security_group_ids": "SecurityGroupIds",
    "snapshot_name": "SnapshotName",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "subnet_group_name": "CacheSubnetGroupName",
    "transit_encryption_enabled": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
    "user_group_ids": "UserGroupIds",
}
"""Arguments that a creation passes on if they are set."""
CHANGES = {
    "automatic_failover_enabled": "AutomaticFailoverEnabled",
    "cluster_mode": "ClusterMode",
    "description": "ReplicationGroupDescription",
    "engine_version": "EngineVersion",
    "ip_discovery": "IpDiscovery",
    "maintenance_window": "PreferredMaintenanceWindow",
    "multi_az_enabled": "MultiAZEnabled",
    "node_type": "CacheNodeType",
    "notification_topic_arn": "NotificationTopicArn",
    "parameter_group_name": "CacheParameterGroupName",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "transit_encryption_enabled": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
}
FLAGS = ("automatic_failover_enabled", "multi_az_enabled", "transit_encryption_enabled")
TO_CLOUDWATCH = "cloudwatch-logs"


def creation(planned: State) -> Request:
    made: Request = {
        "ReplicationGroupId": planned["replication_group_id"],
        "ReplicationGroupDescription": planned["description"],
        "AutomaticFailoverEnabled": bool(planned["automatic_failover_enabled"]),
        "Engine": planned["engine"],
        **{
            key: sorted(planned[name]) if name.endswith("_ids") else planned[name]
            for name, key in PLAIN.items()
            if planned[name]
        },
    }
    for name, key in (("at_rest_encryption_enabled", "AtRestEncryptionEnabled"),
                      ("auto_minor_version_upgrade", "AutoMinorVersionUpgrade")):  # fmt: skip
        if planned[name]:  # a string, which may be "false"
            made[key] = is_on(planned[name])
    if planned["replicas_per_node_group"] is not None:
        made["ReplicasPerNodeGroup"] = planned["replicas_per_node_group"]
    if planned["auth_token"]:
        made["AuthToken"] = planned["auth_token"]
    if planned["log_delivery_configuration"]:
        made["LogDeliveryConfigurations"] = [_log(each) for each in planned["log_delivery_configuration"]]
    return made


def change(prior: State, planned: State, changed: Collection[str]) -> Request:
    """Return the request of ModifyReplicationGroup; empty when it changes nothing."""
    made: Request = {key: _value(name, planned[name]) for name, key in CHANGES.items() if name in changed}
    if "auto_minor_version_upgrade" in changed and planned["auto_minor_version_upgrade"]:
        made["AutoMinorVersionUpgrade"] = is_on(planned["auto_minor_version_upgrade"])
    if "log_delivery_configuration" in changed:
        made["LogDeliveryConfigurations"] = _logs(
            prior["log_delivery_configuration"] or [], planned["log_delivery_configuration"] or []
        )
    if "security_group_ids" in changed and planned["security_group_ids"]:
        made["SecurityGroupIds"] = sorted(planned["security_group_ids"])
    if "snapshot_retention_limit" in changed and not prior["snapshot_retention_limit"]:
        made["SnapshottingClusterId"] = f"{prior['id']}-001"
    if "user_group_ids" in changed:
        old, new = set(prior["user_group_ids"] or ()), set(planned["user_group_ids"] or ())
        lists = {"UserGroupIdsToAdd": sorted(new - old), "UserGroupIdsToRemove": sorted(old - new)}
        made |= {key: names for key, names in lists.items() if names}
    return made


def token_change(planned: State) -> Request:
    made: Request = {"AuthTokenUpdateStrategy": planned["auth_token_update_strategy"]}
    return made | ({"AuthToken": planned["auth_token"]} if planned["auth_token"] else {})


def is_on(text: Value) -> bool:
    """Read a flag that the schema has as a text, so that it can be left out."""
    return str(text).lower() in ("true", "1")


def _value(name: str, value: Value) -> Value:
    if name in FLAGS:
        return bool(value)
    return value or 0 if name == "snapshot_retention_limit" else value or ""


def _logs(before: list[State], after: list[State]) -> list[Request]:
    """Name every log that is delivered, and end the delivery of removed ones."""
    kept = {each["log_type"] for each in after}
    ended = [{"Enabled": False, "LogType": each["log_type"]} for each in before if each["log_type"] not in kept]
    return [*(_log(each) for each in after), *ended]


def _log(block: State) -> Request:
    details = (
        {"CloudWatchLogsDetails": {"LogGroup": block["destination"]}}
        if block["destination_type"] == TO_CLOUDWATCH
        else {"KinesisFirehoseDetails": {"DeliveryStream": block["destination"]}}
    )
    return {
        "DestinationDetails": details,
        "DestinationType": block["destination_type"],
        "Enabled": True,
        "LogFormat": block["log_format"],
        "LogType": block["log_type"],
    }
