"""Patches of moto's ElastiCache: parameter groups, which do not configure Redis here, and deletion of subnet groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from localcloud.elasticache import moto_changes, moto_references, tags
from localcloud.elasticache.default_groups import FAMILIES, NAME, PREFIX, default_group, default_groups
from localcloud.elasticache.offerings import describe_reserved_cache_nodes_offerings
from localcloud.elasticache.parameters import check_changes, check_names
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup
    from moto.elasticache.responses import ElastiCacheResponse

GROUPS = "cache_parameter_groups"
NO_NAME = (
    "The parameter CacheParameterGroupName is not a valid identifier. Identifiers must begin with a letter; must "
    "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive "
    "hyphens."
)


def patch() -> None:
    """Add the operations to moto's response class, which writes the response by botocore's model."""
    from moto.elasticache.responses import ElastiCacheResponse

    for operation in (
        create_cache_parameter_group,
        describe_cache_parameter_groups,
        describe_cache_parameters,
        modify_cache_parameter_group,
        reset_cache_parameter_group,
        delete_cache_parameter_group,
        delete_cache_subnet_group,
        describe_reserved_cache_nodes_offerings,
        test_failover,
    ):
        setattr(ElastiCacheResponse, operation.__name__, operation)
    moto_references.patch(_family)
    _count_all_clusters()
    _accept_arns_of_parameter_groups()
    tags.patch(_groups)
    moto_changes.patch()


def create_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    groups, name = _groups(self), self._get_param("CacheParameterGroupName").lower()
    if not NAME.fullmatch(name):
        raise AwsError("InvalidParameterValue", NO_NAME)
    if name in groups:
        raise AwsError("CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists.")
    if (family := self._get_param("CacheParameterGroupFamily")) not in FAMILIES:
        words = f"The parameter CacheParameterGroupFamily {family} must be one of: {', '.join(FAMILIES)}"
        raise AwsError("InvalidParameterValue", words)
    backend = self.elasticache_backend
    group = groups[name] = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": family,
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}",
    }
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return result({"CacheParameterGroup": group})


def describe_cache_parameter_groups(self: ElastiCacheResponse) -> ActionResult:
    named = self._get_param("CacheParameterGroupName")
    backend = _backend(self)
    of_all = default_groups(backend.region_name, backend.account_id)
    groups = [_group(self)] if named else [*of_all, *_groups(self).values()]
    return result({"CacheParameterGroups": groups})


def describe_cache_parameters(self: ElastiCacheResponse) -> ActionResult:
    """Return only the group's own parameters: moto does not know the defaults of each family."""
    own = _group(self).get("Parameters", {}) if self._get_param("Source") in (None, "user") else {}
    return result(
        {
            "Parameters": [
                {"ParameterName": name, "ParameterValue": value, "Source": "user", "IsModifiable": True}
                for name, value in own.items()
            ]
        }
    )


def modify_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    group = _own_group(self)
    changed = {each["ParameterName"]: each["ParameterValue"] for each in self._get_param("ParameterNameValues", [])}
    check_changes(group["CacheParameterGroupFamily"], changed)
    group["Parameters"] = group.get("Parameters", {}) | changed
    return result({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def reset_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    group = _own_group(self)
    names = {each["ParameterName"] for each in self._get_param("ParameterNameValues", [])}
    check_names(group["CacheParameterGroupFamily"], names)
    every = self._get_bool_param("ResetAllParameters", False)
    kept = {name: value for name, value in group.get("Parameters", {}).items() if not every and name not in names}
    group["Parameters"] = kept
    return result({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def delete_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    group = _own_group(self)
    name = group["CacheParameterGroupName"]
    users = [*_backend(self).replication_groups.values(), *_backend(self).cache_clusters.values()]
    if any(user.cache_parameter_group_name == name for user in users):
        raise AwsError("InvalidCacheParameterGroupState", f"One or more caches use the cache parameter group {name}.")
    del _groups(self)[name]
    return result({})


def delete_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    from moto.elasticache.exceptions import CacheSubnetGroupNotFound

    backend, name = _backend(self), self._get_param("CacheSubnetGroupName").lower()
    if name not in backend.cache_subnet_groups:
        raise CacheSubnetGroupNotFound(name)
    users = [*backend.replication_groups.values(), *backend.cache_clusters.values()]
    if any(user.cache_subnet_group_name == name for user in users):
        raise AwsError("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache.")
    del backend.cache_subnet_groups[name]
    return result({})


def test_failover(self: ElastiCacheResponse) -> ActionResult:
    """Swap the roles of the primary and the first replica; the overlay restarts the server."""
    from moto.elasticache.exceptions import ReplicationGroupNotFound

    name, node_group_id = self._get_param("ReplicationGroupId").lower(), self._get_param("NodeGroupId")
    group = _backend(self).replication_groups.get(name)
    if group is None:
        raise ReplicationGroupNotFound(name)
    members = {each["node_group_id"]: each["node_group_members"] for each in group.node_groups}.get(node_group_id)
    if members is None:
        raise AwsError("NodeGroupNotFoundFault", f"Node group {node_group_id} not found.")
    if group.automatic_failover != "enabled" or len(members) < 2:
        message = f"TestFailover is not available: {name} has no replica with automatic failover."
        raise AwsError("TestFailoverNotAvailableFault", message)
    if group.status != "available":
        raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in available state.")
    primary = next(number for number, member in enumerate(members) if member["current_role"] == "primary")
    members[primary]["current_role"] = "replica"
    members[(primary + 1) % len(members)]["current_role"] = "primary"
    return result({"ReplicationGroup": group})


def _count_all_clusters() -> None:
    """Create all members: moto creates one, whatever NumCacheClusters says."""
    from moto.elasticache.models import ReplicationGroup

    group: Any = ReplicationGroup
    make_members = group._set_node_members_clusters_disabled

    def members(
        self: ReplicationGroup, *, num_cache_clusters: int, replicas_per_node_group: int, **others: object
    ) -> None:
        replicas = replicas_per_node_group or num_cache_clusters - 1
        make_members(self, num_cache_clusters=num_cache_clusters, replicas_per_node_group=replicas, **others)

    group._set_node_members_clusters_disabled = members


def _accept_arns_of_parameter_groups() -> None:
    from moto.elasticache.models import ElastiCacheBackend

    known = ElastiCacheBackend.list_tags_for_resource

    def list_tags_for_resource(self: ElastiCacheBackend, arn: str) -> dict[str, list[dict[str, str]]]:
        if ":parametergroup:" in arn:
            return self.tagging_service.list_tags_for_resource(arn)
        return known(self, arn)

    replace(ElastiCacheBackend, list_tags_for_resource)


def _backend(answering: ElastiCacheResponse) -> ElastiCacheBackend:
    return answering.elasticache_backend


def _groups(answering: ElastiCacheResponse) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = _backend(answering).__dict__.setdefault(GROUPS, {})
    return groups


def _group(answering: ElastiCacheResponse) -> dict[str, Any]:
    name = answering._get_param("CacheParameterGroupName").lower()
    backend = _backend(answering)
    group = _groups(answering).get(name) or default_group(name, backend.region_name, backend.account_id)
    if group is None:
        raise AwsError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return group


def _family(answering: ElastiCacheResponse) -> str:
    """Return the family of the group that a request names; empty for none. Errors: AwsError when there is none."""
    named = answering._get_param("CacheParameterGroupName")
    return str(_group(answering)["CacheParameterGroupFamily"]) if named else ""


def _own_group(answering: ElastiCacheResponse) -> dict[str, Any]:
    """Return a group that may be changed. Errors: AWS's error for a default group."""
    group = _group(answering)
    if group["CacheParameterGroupName"].startswith(PREFIX):
        message = f"Default parameter group {group['CacheParameterGroupName']} cannot be modified or deleted."
        raise AwsError("InvalidCacheParameterGroupState", message)
    return group
