"""moto's records of caches: reads and updates them. Call everything here inside moto's thread."""

import inspect
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.elasticache.events import Members
from localcloud.elasticache.redis import Cache
from localcloud.elasticache.zones import place_cluster, place_group
from localcloud.errors import AwsError

DELETING = "deleting"
SMALLEST = "cache.t4g.micro"
"""The node type of a cache whose creation named none."""
IDENTIFIER = re.compile(r"[a-z](?!.*--)[a-z0-9-]{0,48}(?<!-)")


def statuses(account_id: str, region: str) -> dict[str, str]:
    """Return the id of every replication group and lone cluster -> status.

    Without any, this does not import moto's ElastiCache.
    """
    if "moto.elasticache.models" not in sys.modules:
        return {}
    backend = _backend(account_id, region)
    members = {member for group in backend.replication_groups.values() for member in group.member_clusters}
    return {name: group.status for name, group in backend.replication_groups.items()} | {
        name: cluster.cache_cluster_status for name, cluster in backend.cache_clusters.items() if name not in members
    }


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A cache as the API shows it."""

    address: str
    """Empty when it never had an address."""
    port: int
    has_token: bool
    """The cache has had an AUTH token, now or before."""


def shown(account_id: str, region: str, identifier: str) -> Shown:
    """Return what the API shows of an existing cache."""
    backend = _backend(account_id, region)
    if group := backend.replication_groups.get(identifier):
        endpoint = next((each.get("primary_endpoint") for each in group.node_groups), None)
        has_token = group.auth_token_enabled
    else:
        cluster = backend.cache_clusters[identifier]
        endpoint = next((each.get("endpoint") for each in getattr(cluster, "cache_nodes", [])), None)
        has_token = cluster.auth_token_enabled
    found = endpoint or {}
    return Shown(address=found.get("address", ""), port=int(found.get("port") or 0), has_token=bool(has_token))


def node_type(account_id: str, region: str, form: Mapping[str, str]) -> str:
    """Return the node type of the one group or cluster that a request names. Errors: AwsError."""
    group, cluster = form.get("ReplicationGroupId"), form.get("CacheClusterId")
    if bool(group) == bool(cluster):
        words = "Exactly one of CacheClusterId and ReplicationGroupId must be given."
        raise AwsError("InvalidParameterCombination", words)
    backend = _backend(account_id, region)
    found = backend.replication_groups.get(group) if group else backend.cache_clusters.get(cluster)
    if found is None and group:
        raise AwsError("ReplicationGroupNotFoundFault", f"Replication group {group} not found.", 404)
    if found is None:
        raise AwsError("CacheClusterNotFound", f"Cache cluster {cluster} not found.", 404)
    return str(found.cache_node_type or SMALLEST)


def windows(account_id: str, region: str, identifier: str) -> tuple[str, str]:
    """Return the snapshot and the maintenance window of a replication group; empty when it was given none."""
    group = _backend(account_id, region).replication_groups.get(identifier)
    return getattr(group, "snapshot_window", None) or "", getattr(group, "preferred_maintenance_window", None) or ""


def show(account_id: str, region: str, identifier: str, status: str, cache: Cache) -> None:
    """Set the status and endpoint of a cache in moto."""
    backend = _backend(account_id, region)
    if group := backend.replication_groups.get(identifier):
        _show_group(backend, group, status, cache)
    elif cluster := backend.cache_clusters.get(identifier):
        place_cluster(backend, cluster)
        _show_cluster(cluster, status, cache)


def snapshot_names(account_id: str, region: str) -> set[str]:
    """Return the names of the existing snapshots. Without any, this does not import moto's ElastiCache."""
    if "moto.elasticache.models" not in sys.modules:
        return set()
    return {name.lower() for name in _backend(account_id, region).snapshots}


def group_of(account_id: str, region: str, cluster: str) -> str:
    """Return the replication group of a cluster, or the cluster's own id when it is alone or unknown."""
    found = _backend(account_id, region).cache_clusters.get(cluster)
    return (found and found.replication_group_id) or cluster


def members(account_id: str, region: str, identifier: str) -> Members:
    """Return the clusters of an existing cache."""
    backend = _backend(account_id, region)
    group = backend.replication_groups.get(identifier)
    if group is None:
        cluster = backend.cache_clusters[identifier]
        zone = _zone(region, cluster.preferred_availability_zone)
        return Members(name=identifier, is_group=False, zones={identifier: zone})
    nodes = [member for node_group in group.node_groups for member in node_group["node_group_members"]]
    nodes.sort(key=lambda member: member.get("current_role") != "primary")
    return Members(
        name=identifier,
        is_group=True,
        zones={each["cache_cluster_id"]: _zone(region, each.get("preferred_availability_zone")) for each in nodes},
        fails_over=group.automatic_failover == "enabled",
        node_type=group.cache_node_type or "",
    )


def has_token(account_id: str, region: str, identifier: str) -> None:
    """Record that a replication group or lone cluster was given an AUTH token."""
    backend = _backend(account_id, region)
    cache = backend.replication_groups.get(identifier) or backend.cache_clusters[identifier]
    cache.auth_token_enabled = True
    for name in getattr(cache, "member_clusters", ()):
        if name in backend.cache_clusters:
            backend.cache_clusters[name].auth_token_enabled = True


def forget(account_id: str, region: str, identifier: str) -> None:
    """Delete the record; moto itself keeps it in `deleting` for ever."""
    backend = _backend(account_id, region)
    group = backend.replication_groups.pop(identifier, None)
    for name in [identifier, *(group.member_clusters if group else [])]:
        backend.cache_clusters.pop(name, None)


def _show_group(backend: Any, group: Any, status: str, cache: Cache) -> None:
    endpoint = {"address": cache.address, "port": cache.port}
    group.status = status
    if group.transit_encryption_enabled and not group.transit_encryption_mode:
        group.transit_encryption_mode = "required"
    place_group(backend, group)
    placed = {
        member["cache_cluster_id"]: member["preferred_availability_zone"]
        for node_group in group.node_groups
        for member in node_group["node_group_members"]
    }
    for node_group in group.node_groups:
        node_group |= {"status": status, "primary_endpoint": endpoint, "reader_endpoint": endpoint}
        for member in node_group["node_group_members"]:
            member["read_endpoint"] = endpoint
    for name in group.member_clusters:
        if name not in backend.cache_clusters:
            backend.cache_clusters[name] = _member(backend, group, name)
        backend.cache_clusters[name].auth_token_enabled = group.auth_token_enabled
        place_cluster(backend, backend.cache_clusters[name], placed.get(name))
        _show_cluster(backend.cache_clusters[name], status, cache)


def _show_cluster(cluster: Any, status: str, cache: Cache) -> None:
    cluster.cache_cluster_status = cluster.status = status
    cluster.port = cache.port
    cluster.cache_nodes = [
        {
            "cache_node_id": "0001",
            "cache_node_status": status,
            "endpoint": {"address": cache.address, "port": cache.port},
        }
    ]


def _member(backend: Any, group: Any, name: str) -> Any:
    """Create a cache cluster for a member of a replication group: AWS lists them, moto has none."""
    from moto.elasticache.models import CacheCluster

    given = {
        "account_id": backend.account_id,
        "region_name": backend.region_name,
        "cache_cluster_id": name,
        "cache_node_type": group.cache_node_type,
        "replication_group_id": group.replication_group_id,
        "engine": "redis",
        "engine_version": group.engine_version,
        "cache_subnet_group_name": group.cache_subnet_group_name,
        "transit_encryption_enabled": group.transit_encryption_enabled,
        "auto_minor_version_upgrade": group.auto_minor_version_upgrade,
        "preferred_maintenance_window": group.preferred_maintenance_window,
        "snapshot_retention_limit": group.snapshot_retention_limit,
        "snapshot_window": group.snapshot_window,
        "cache_parameter_group_name": group.cache_parameter_group_name,
        "security_group_ids": group.security_group_ids,
        "log_delivery_configurations": group.log_delivery_configurations,
    }
    others = dict.fromkeys(set(inspect.signature(CacheCluster).parameters) - set(given))
    create: Any = CacheCluster
    member = create(**given, **others)
    # Attributes that AWS shows for a cache cluster and moto lacks.
    member.at_rest_encryption_enabled = group.at_rest_encryption_enabled
    member.transit_encryption_mode = group.transit_encryption_mode
    member.security_groups = [{"security_group_id": each, "status": "active"} for each in member.security_group_ids]
    member.cache_parameter_group = {
        "cache_parameter_group_name": group.cache_parameter_group_name or "default.redis7",
        "parameter_apply_status": "in-sync",
    }
    return member


def _zone(region: str, zone: str | None) -> str:
    """Return the zone; moto's default is a zone of another region."""
    return zone if zone and zone.startswith(region) else f"{region}a"


def _backend(account_id: str, region: str) -> Any:
    from moto.elasticache.models import elasticache_backends

    return elasticache_backends[account_id][region]
