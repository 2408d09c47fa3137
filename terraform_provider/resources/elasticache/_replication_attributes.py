"""The state of a replication group, from ElastiCache's descriptions of it and of its first node."""

import re
from typing import Any

from terraform_provider.values.unknown import State

FAILS_OVER = {"enabled": True, "enabling": True, "disabled": False, "disabling": False}
LAST_WITH_PATCH = 5
"""Redis up to this release is configured with all three numbers, later ones with two."""


def of_group(found: dict[str, Any]) -> State:
    groups = found.get("NodeGroups") or [{}]
    made: State = {
        "arn": found["ARN"],
        "cluster_enabled": found.get("ClusterEnabled"),
        "cluster_mode": found.get("ClusterMode"),
        "data_tiering_enabled": found.get("DataTiering") == "enabled",
        "description": found["Description"],
        "ip_discovery": found.get("IpDiscovery"),
        "kms_key_id": found.get("KmsKeyId"),
        "log_delivery_configuration": [_log(each) for each in found.get("LogDeliveryConfigurations") or ()],
        "member_clusters": found.get("MemberClusters") or [],
        "network_type": found.get("NetworkType"),
        "num_cache_clusters": len(found.get("MemberClusters") or ()),
        "num_node_groups": len(found.get("NodeGroups") or ()),
        "replicas_per_node_group": len(groups[0].get("NodeGroupMembers") or ()) - 1,
        "replication_group_id": found["ReplicationGroupId"],
        "security_group_names": [],  # security groups of EC2-Classic
        "snapshot_retention_limit": found.get("SnapshotRetentionLimit"),
        "snapshot_window": found.get("SnapshotWindow"),
        "user_group_ids": found.get("UserGroupIds") or [],
        **_endpoints(found, groups[0]),
    }
    if found.get("AutomaticFailover") in FAILS_OVER:
        made["automatic_failover_enabled"] = FAILS_OVER[found["AutomaticFailover"]]
    if found.get("MultiAZ") in FAILS_OVER:
        made["multi_az_enabled"] = FAILS_OVER[found["MultiAZ"]]
    if name := (found.get("GlobalReplicationGroupInfo") or {}).get("GlobalReplicationGroupId"):
        made["global_replication_group_id"] = name
    return made


def of_node(node: dict[str, Any], state: State) -> State:
    """Return the attributes that only nodes have. `state`: the prior one, for the form of the version."""
    made: State = {
        "at_rest_encryption_enabled": _text(node.get("AtRestEncryptionEnabled")),
        "auto_minor_version_upgrade": _text(node.get("AutoMinorVersionUpgrade")),
        "engine": node["Engine"],
        "maintenance_window": node.get("PreferredMaintenanceWindow"),
        "node_type": node.get("CacheNodeType"),
        "security_group_ids": [each["SecurityGroupId"] for each in node.get("SecurityGroups") or ()],
        "subnet_group_name": node.get("CacheSubnetGroupName"),
        "transit_encryption_enabled": node.get("TransitEncryptionEnabled"),
        "transit_encryption_mode": node.get("TransitEncryptionMode"),
        **versions(str(node["EngineVersion"]), state.get("engine_version") or ""),
    }
    if node.get("CacheParameterGroup"):
        made["parameter_group_name"] = node["CacheParameterGroup"]["CacheParameterGroupName"]
    if node.get("AuthTokenEnabled") is False:
        made["auth_token"] = None
    return made


def versions(actual: str, configured: str) -> State:
    """Return the version in the configured form: "5.0.6", "7.1", or "6.x" where the code says so."""
    numbers = [int(each) for each in re.findall(r"\d+", actual)]
    major, minor = (*numbers, 0, 0)[:2]
    whole = ".".join(map(str, (*numbers, 0, 0)[:3]))
    if major <= LAST_WITH_PATCH:
        return {"engine_version": whole, "engine_version_actual": whole}
    is_open = re.search(r"[6-9]\.x", configured) is not None
    return {"engine_version": f"{major}.x" if is_open else f"{major}.{minor}", "engine_version_actual": whole}


def _endpoints(found: dict[str, Any], group: dict[str, Any]) -> State:
    if whole := found.get("ConfigurationEndpoint"):
        return {"port": whole.get("Port"), "configuration_endpoint_address": whole.get("Address")}
    made: State = {}
    if primary := group.get("PrimaryEndpoint"):
        made |= {"port": primary.get("Port"), "primary_endpoint_address": primary.get("Address")}
    if reader := group.get("ReaderEndpoint"):
        made["reader_endpoint_address"] = reader.get("Address")
    return made


def _log(found: dict[str, Any]) -> State:
    details = found.get("DestinationDetails") or {}
    group, stream = details.get("CloudWatchLogsDetails") or {}, details.get("KinesisFirehoseDetails") or {}
    return {
        "destination": group.get("LogGroup") or stream.get("DeliveryStream") or "",
        "destination_type": found.get("DestinationType", ""),
        "log_format": found.get("LogFormat", ""),
        "log_type": found.get("LogType", ""),
    }


def _text(flag: bool | None) -> str:
    return "true" if flag else "false"
