"""Patches of moto's ElastiCache: what a request names must exist, and a change must fit the group's current state."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.elasticache import settings
from localcloud.elasticache.modifications import Changes, Present, check_modification
from localcloud.elasticache.settings import COMBINATION, VALUE
from localcloud.elasticache.zones import name_zones, place_cluster, place_group
from localcloud.errors import AwsError
from localcloud.moto.patching import replace, wrap

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.elasticache.responses import ElastiCacheResponse

    Family = Callable[[ElastiCacheResponse], str]

SUBNET_GROUP = re.compile(r"[A-Za-z0-9-]{1,255}")
NO_CLASSIC_GROUPS = "Use of cache security groups is not permitted in this API version for your account."


def patch(family_of: Family) -> None:
    """Patch moto. `family_of`: of the parameter group that a request names; empty for none."""
    from moto.elasticache.models import CacheSubnetGroup
    from moto.elasticache.responses import ElastiCacheResponse

    create, create_alone = ElastiCacheResponse.create_replication_group, ElastiCacheResponse.create_cache_cluster
    modify, create_subnets = ElastiCacheResponse.modify_replication_group, ElastiCacheResponse.create_cache_subnet_group

    def create_replication_group(self: ElastiCacheResponse) -> ActionResult:
        _check_new(self, family_of)
        _check_user_groups(self, "UserGroupIds")
        response = create(self)
        backend = self.elasticache_backend
        place_group(backend, backend.replication_groups[self._get_param("ReplicationGroupId")])
        return response

    def create_cache_cluster(self: ElastiCacheResponse) -> ActionResult:
        _check_new(self, family_of)
        response = create_alone(self)
        backend = self.elasticache_backend
        place_cluster(backend, backend.cache_clusters[self._get_param("CacheClusterId")])
        return response

    def modify_replication_group(self: ElastiCacheResponse) -> ActionResult:
        _check_named(self)
        _check_user_groups(self, "UserGroupIdsToAdd")
        _check_user_groups(self, "UserGroupIdsToRemove")
        _check_changes(self, family_of(self))
        return modify(self)

    def create_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
        _check_subnet_group_name(self._get_param("CacheSubnetGroupName"))
        check_subnets(self)
        if not self._get_param("SubnetIds"):
            raise AwsError(VALUE, "The parameter SubnetIds must be provided and must not be blank.")
        return create_subnets(self)

    replace(ElastiCacheResponse, create_replication_group, create_cache_cluster, modify_replication_group)
    replace(ElastiCacheResponse, create_cache_subnet_group)
    wrap(CacheSubnetGroup, "__init__", _with_zones)


def _with_zones(create: Callable[..., None]) -> Callable[..., None]:
    @wraps(create)
    def init(self: Any, *arguments: Any, **named: Any) -> None:
        create(self, *arguments, **named)
        name_zones(self)

    return init


def _check_subnet_group_name(name: str) -> None:
    if not SUBNET_GROUP.fullmatch(name) or name.lower() == "default":
        words = "is not a valid identifier: 1 to 255 letters, digits and hyphens, and not default."
        raise AwsError(VALUE, f"The parameter CacheSubnetGroupName {words}")


def check_subnets(answering: ElastiCacheResponse) -> None:
    """Check the subnets of a subnet group. Errors: AwsError."""
    backend = _networks(answering)
    known = {name for subnets in backend.subnets.values() for name in subnets}
    if missing := [each for each in answering._get_param("SubnetIds") or () if each not in known]:
        raise AwsError("InvalidSubnet", f"Some input subnets in :[{', '.join(missing)}] are invalid.")


def _check_new(answering: ElastiCacheResponse, family_of: Family) -> None:
    _check_named(answering)
    settings.check_family(answering._get_param("EngineVersion") or "", family_of(answering))
    name = answering._get_param("CacheSubnetGroupName") or "default"
    if name not in {"default", *answering.elasticache_backend.cache_subnet_groups}:
        raise AwsError("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.")


def _check_named(answering: ElastiCacheResponse) -> None:
    from moto.sns.models import sns_backends

    if answering._get_param("CacheSecurityGroupNames"):
        raise AwsError(COMBINATION, NO_CLASSIC_GROUPS)
    networks = _networks(answering)
    for group in answering._get_param("SecurityGroupIds") or ():
        if networks.get_security_group_from_id(group) is None:
            raise AwsError(VALUE, f"Security group {group} does not exist.")
    backend, topic = answering.elasticache_backend, answering._get_param("NotificationTopicArn")
    if topic and topic not in sns_backends[backend.account_id][backend.region_name].topics:
        raise AwsError(VALUE, f"Topic {topic} does not exist in {backend.region_name}.")


def _check_user_groups(answering: ElastiCacheResponse, parameter: str) -> None:
    """Refuse user groups: none can be created here, so none exists."""
    for name in answering._get_param(parameter, []):
        raise AwsError("UserGroupNotFound", f"User group {name} not found.")


def _check_changes(answering: ElastiCacheResponse, family: str) -> None:
    group = answering.elasticache_backend.replication_groups.get(answering._get_param("ReplicationGroupId"))
    if group is None:  # moto says so
        return
    present = Present(
        members=tuple(group.member_clusters),
        version=group.engine_version or "",
        fails_over=group.automatic_failover == "enabled",
        is_multi_az=group.multi_az == "enabled",
        is_encrypted=bool(group.transit_encryption_enabled),
    )
    days = answering._get_param("SnapshotRetentionLimit")
    changes = Changes(
        engine=answering._get_param("Engine") or "",
        version=answering._get_param("EngineVersion") or "",
        family=family,
        node_type=answering._get_param("CacheNodeType") or "",
        fails_over=answering._get_bool_param("AutomaticFailoverEnabled"),
        is_multi_az=answering._get_bool_param("MultiAZEnabled"),
        is_encrypted=answering._get_bool_param("TransitEncryptionEnabled"),
        token=answering._get_param("AuthToken") or "",
        strategy=answering._get_param("AuthTokenUpdateStrategy") or "",
        retention_days=None if days is None else int(days),
        primary=answering._get_param("PrimaryClusterId") or "",
        snapshotted=answering._get_param("SnapshottingClusterId") or "",
    )
    check_modification(present, changes)


def _networks(answering: ElastiCacheResponse) -> Any:
    from moto.ec2.models import ec2_backends

    backend = answering.elasticache_backend
    return ec2_backends[backend.account_id][backend.region_name]
