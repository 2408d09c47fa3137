"""Patches of moto's ElastiCache: updates, most of which moto ignores. All are applied immediately."""

from collections.abc import Callable
from typing import Any

from localcloud.elasticache.moto_references import check_subnets
from localcloud.moto.patching import result

TEXTS = {
    "CacheParameterGroupName": "cache_parameter_group_name",
    "EngineVersion": "engine_version",
    "IpDiscovery": "ip_discovery",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "SnapshottingClusterId": "snapshotting_cluster_id",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionMode": "transit_encryption_mode",
}
FLAGS = {
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
}
OF_MEMBERS = (
    *("auto_minor_version_upgrade", "cache_node_type", "cache_parameter_group_name", "engine_version", "ip_discovery"),
    *("log_delivery_configurations", "notification_topic_arn", "preferred_maintenance_window", "security_group_ids"),
    *("snapshot_retention_limit", "snapshot_window", "transit_encryption_enabled", "transit_encryption_mode"),
)
"""What the nodes have in common with their group."""


def patch() -> None:
    from moto.elasticache.responses import ElastiCacheResponse

    answering: Any = ElastiCacheResponse
    answering.modify_cache_subnet_group = modify_cache_subnet_group
    answering.modify_replication_group = _keeping_all(answering.modify_replication_group)


def modify_cache_subnet_group(self: Any) -> Any:
    """Replace the description and the subnets. Errors: moto's, for unknown groups."""
    from moto.elasticache.models import CacheSubnetGroup

    backend: Any = self.elasticache_backend
    known = backend.describe_cache_subnet_groups(self._get_param("CacheSubnetGroupName"))[0]
    check_subnets(self)
    description = self._get_param("CacheSubnetGroupDescription")
    group = CacheSubnetGroup(
        account_id=backend.account_id,
        region_name=backend.region_name,
        cache_subnet_group_name=known.cache_subnet_group_name,
        cache_subnet_group_description=known.cache_subnet_group_description if description is None else description,
        subnet_ids=self._get_param("SubnetIds") or known.subnet_ids,
        tags=known.tags,
    )
    backend.cache_subnet_groups[known.cache_subnet_group_name] = group
    return result({"CacheSubnetGroup": group})


def _keeping_all(modify: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def modify_replication_group(self: Any) -> Any:
        response = modify(self)
        group = self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
        changed = {name: self._get_param(field) for field, name in TEXTS.items()}
        changed |= {name: self._get_bool_param(field) for field, name in FLAGS.items()}
        changed["security_group_ids"] = self._get_param("SecurityGroupIds") or None
        for name, value in changed.items():
            if value is not None:
                setattr(group, name, value)
        _change_logs(group, self._get_param("LogDeliveryConfigurations") or [])
        for member in group.member_clusters:
            _follow(self.elasticache_backend.cache_clusters.get(member), group)
        return response

    return modify_replication_group


def _change_logs(group: Any, requested: list[dict[str, Any]]) -> None:
    """Replace the deliveries of the logs that the request names; `Enabled` false ends one."""
    if not requested:
        return
    named = {each.get("LogType") for each in requested}
    kept = [each for each in group.log_delivery_configurations if each.get("LogType") not in named]
    wanted = [each for each in requested if str(each.get("Enabled", True)).lower() != "false"]
    group.log_delivery_configurations = [*kept, *group._get_log_delivery_configurations(wanted)]


def _follow(member: Any, group: Any) -> None:
    if member is None:
        return
    for name in OF_MEMBERS:
        setattr(member, name, getattr(group, name, None))
    member.security_groups = [
        {"security_group_id": each, "status": "active"} for each in member.security_group_ids or ()
    ]
    if group.cache_parameter_group_name:
        member.cache_parameter_group["cache_parameter_group_name"] = group.cache_parameter_group_name
