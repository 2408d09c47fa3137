"""Patches of moto's ElastiCache: tags only of existing resources; moto stores tags under any name."""

from collections.abc import Callable
from typing import Any

from localcloud.elasticache.default_groups import default_group
from localcloud.errors import AwsError

OPERATIONS = ("list_tags_for_resource", "add_tags_to_resource", "remove_tags_from_resource")
NOT_FOUND = {
    "cluster": ("CacheClusterNotFound", "Cache cluster {} not found."),
    "replicationgroup": ("ReplicationGroupNotFoundFault", "Replication group {} not found."),
    "subnetgroup": ("CacheSubnetGroupNotFoundFault", "CacheSubnetGroup {} not found."),
    "parametergroup": ("CacheParameterGroupNotFound", "CacheParameterGroup {} not found."),
    "snapshot": ("SnapshotNotFoundFault", "Snapshot {} not found."),
    "user": ("UserNotFound", "User {} not found."),
}
COMPONENTS = 7


def patch(parameter_groups: Callable[[Any], dict[str, Any]]) -> None:
    """Patch moto. `parameter_groups`: returns the custom groups, by name."""
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elasticache.responses import ElastiCacheResponse

    for name in OPERATIONS:
        setattr(ElastiCacheResponse, name, _of_what_there_is(getattr(ElastiCacheResponse, name), parameter_groups))
    backend: Any = ElastiCacheBackend
    backend.add_tags_to_resource = _of_members_too(backend.add_tags_to_resource)
    backend.remove_tags_from_resource = _of_members_too(backend.remove_tags_from_resource)
    backend.create_replication_group = _tagging_members(backend.create_replication_group)


def _of_members_too(change: Callable[..., None]) -> Callable[..., None]:
    """Apply a change of a replication group's tags to all its nodes, as AWS does."""

    def changing(self: Any, arn: str, tags: list[Any]) -> None:
        change(self, arn, tags)
        kind, name = _parts(self, arn)
        if kind == "replicationgroup":
            for member in _members(self, self.replication_groups[name]):
                change(self, member, tags)

    return changing


def _tagging_members(create: Callable[..., Any]) -> Callable[..., Any]:
    """Give members their group's tags, without those of an earlier member of the same name."""

    def create_replication_group(self: Any, *arguments: Any, **named: Any) -> Any:
        group = create(self, *arguments, **named)
        for member in _members(self, group):
            self.tagging_service.delete_all_tags_for_resource(member)
            self.tagging_service.tag_resource(member, group.tags)
        return group

    return create_replication_group


def _members(backend: Any, group: Any) -> list[str]:
    """Return the ARNs of a group's members."""
    where = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}"
    return [f"{where}:cluster:{name}" for name in group.member_clusters]


def _of_what_there_is(operation: Any, parameter_groups: Callable[[Any], dict[str, Any]]) -> Any:
    def answering(self: Any) -> Any:
        backend, arn = self.elasticache_backend, self._get_param("ResourceName")
        kind, name = _parts(backend, arn)
        if name not in _known(self, parameter_groups)[kind]:
            code, words = NOT_FOUND[kind]
            if kind != "parametergroup" or default_group(name, backend.region_name, backend.account_id) is None:
                raise AwsError(code, words.format(name))
        return operation(self)

    return answering


def _known(answering: Any, parameter_groups: Callable[[Any], dict[str, Any]]) -> dict[str, set[str]]:
    backend = answering.elasticache_backend
    members = {name for group in backend.replication_groups.values() for name in group.member_clusters}
    names = {
        "cluster": {*backend.cache_clusters, *members},
        "replicationgroup": backend.replication_groups,
        "subnetgroup": backend.cache_subnet_groups,
        "parametergroup": parameter_groups(answering),
        "snapshot": backend.snapshots,
        "user": backend.users,
    }
    # moto stores some names as they were written; AWS stores all in lower case.
    return {kind: {name.lower() for name in known} for kind, known in names.items()}


def _parts(backend: Any, arn: str) -> tuple[str, str]:
    parts = arn.split(":")
    if len(parts) != COMPONENTS:
        raise AwsError("InvalidARN", f"Input ARN string does not have {COMPONENTS} components.")
    kind, name = parts[5], parts[6].lower()
    if parts[:5] != ["arn", "aws", "elasticache", backend.region_name, backend.account_id] or kind not in NOT_FOUND:
        raise AwsError("InvalidARN", f"ARN {arn} is invalid.")
    return kind, name
