"""aws_elasticache_replication_group."""

import re
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set, refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.nulls import is_changed
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.resources import _query_tags
from terraform_provider.resources.elasticache import _replication_attributes, _replication_request
from terraform_provider.values.unknown import State

GONE = "ReplicationGroupNotFoundFault"
BUSY = "InvalidReplicationGroupState"
DELETE_BUSY_S = 600.0
TIMEOUTS = {"create": "60m", "update": "40m", "delete": "45m"}
NOT_SERVED = ("global_replication_group_id", "security_group_names", "snapshot_arns", "user_group_ids")
"""Arguments that the local cloud does not support."""
ONLY = {"engine": "redis", "cluster_mode": "disabled", "num_node_groups": 1}
"""Arguments with the only value that the local cloud supports."""
NAME = re.compile(r"(?!.*--)[A-Za-z][0-9A-Za-z-]{0,39}(?<!-)")
CONFLICTS = (("num_cache_clusters", "num_node_groups"), ("num_cache_clusters", "replicas_per_node_group"))
LEAST_TO_FAIL_OVER = 2


@resource("aws_elasticache_replication_group")
class ReplicationGroup(Resource):
    noun = "ElastiCache Replication Group"
    title = "replication_group_id"
    gone = (GONE,)

    def validate(self, config: State) -> None:
        name = config.get("replication_group_id")
        if isinstance(name, str) and not NAME.fullmatch(name):
            raise ProviderError(
                f'invalid value for replication_group_id: "{name}"',
                "It must begin with a letter, have only letters, digits and single hyphens, not end in one, and have "
                "at most 40 characters.",
                ("replication_group_id",),
            )
        for one, other in CONFLICTS:
            refuse_conflicts(config, one, other)
        _refuse_not_served(config)

    def customize_plan(self, change: Change) -> None:
        planned, number = change.planned, change.config["num_cache_clusters"]
        fails_over = planned["automatic_failover_enabled"]
        if planned["multi_az_enabled"] is True and fails_over is False:
            change.refuse("automatic_failover_enabled must be true if multi_az_enabled is true")
        if fails_over is True and isinstance(number, int) and number < LEAST_TO_FAIL_OVER:
            change.refuse('"num_cache_clusters": must be at least 2 if automatic_failover_enabled is true')

    def create(self, aws: Aws, planned: State) -> str:
        if not planned["node_type"]:
            raise ProviderError(
                '"node_type" is required unless "global_replication_group_id" is set.', path=("node_type",)
            )
        made = aws.client("elasticache").create_replication_group(
            **_replication_request.creation(planned), Tags=tags.as_list(planned["tags_all"])
        )
        return str(made["ReplicationGroup"]["ReplicationGroupId"])

    def complete(self, aws: Aws, state: State) -> None:
        _wait_until_available(aws, state, "create")

    def read(self, aws: Aws, state: State) -> State | None:
        group = _found(aws, state["id"])
        if group is None or group["Status"] == "deleting":
            return None
        _wait_until_available(aws, state, "update")  # the tags cannot be read before
        made = {
            **_replication_attributes.of_group(group),
            "tags_all": _query_tags.of(aws, "elasticache", group["ARN"]),
        }
        members = (group.get("NodeGroups") or [{}])[0].get("NodeGroupMembers")
        if members:
            node = aws.client("elasticache").describe_cache_clusters(
                CacheClusterId=members[0]["CacheClusterId"], ShowCacheNodeInfo=True
            )["CacheClusters"][0]
            made |= _replication_attributes.of_node(node, state)
        return made

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        # `planned` has the prior value of what only the apply can know.
        differing = {name for name in changed if is_changed(prior.get(name), planned.get(name))}
        state = {**planned, "id": prior["id"]}
        old, new = prior["num_cache_clusters"] or 0, planned["num_cache_clusters"] or 0
        if "replicas_per_node_group" in differing and "num_cache_clusters" not in differing:
            old, new = prior["replicas_per_node_group"] + 1, planned["replicas_per_node_group"] + 1
        if new > old:
            _set_replicas(aws, state, "increase_replica_count", new - 1)
        if request := _replication_request.change(prior, planned, differing):
            _modify(aws, state, {"ApplyImmediately": bool(planned["apply_immediately"]), **request})
        if differing & {"auth_token", "auth_token_update_strategy"}:
            _modify(aws, state, {"ApplyImmediately": True, **_replication_request.token_change(planned)})
        if new < old:
            _set_replicas(aws, state, "decrease_replica_count", new - 1)
        if "tags_all" in differing:
            _query_tags.change(aws, "elasticache", prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        final = state["final_snapshot_identifier"]
        request = {"ReplicationGroupId": state["id"]} | ({"FinalSnapshotIdentifier": final} if final else {})
        cache = aws.client("elasticache")
        # A node that is still being created, or a snapshot in progress, blocks the group for a while.
        retried(aws, lambda: cache.delete_replication_group(**request), codes=(BUSY,), timeout_s=DELETE_BUSY_S)
        wait_until(
            aws,
            "the replication group",
            _status_of(aws, state["id"]),
            ("",),
            pending=("creating", "available", "deleting"),
            timeout_s=timeout_s(state, "delete", TIMEOUTS["delete"]),
        )


def _refuse_not_served(config: State) -> None:
    for name in (*NOT_SERVED, *ONLY):
        value = config.get(name)
        is_other = name in ONLY and isinstance(value, str | int) and value != ONLY[name]
        if (name in NOT_SERVED and is_set(value)) or is_other:
            said = f"{name} = {value}" if is_other else f'"{name}"'
            raise ProviderError(
                f"the stand-in for hashicorp/aws does not serve {said} of aws_elasticache_replication_group",
                "The local cloud does not support it. Remove the argument, or use the real provider.",
                (name,),
            )


def _modify(aws: Aws, state: State, request: dict[str, Any]) -> None:
    """Modify a group once it is available: new tags may keep it busy."""
    _wait_until_available(aws, state, "update")
    aws.client("elasticache").modify_replication_group(ReplicationGroupId=state["id"], **request)
    _wait_until_available(aws, state, "update")


def _set_replicas(aws: Aws, state: State, operation: str, number: int) -> None:
    change: Callable[..., Any] = getattr(aws.client("elasticache"), operation)
    change(ReplicationGroupId=state["id"], NewReplicaCount=number, ApplyImmediately=True)
    _wait_until_available(aws, state, "update")


def _wait_until_available(aws: Aws, state: State, operation: str) -> None:
    wait_until(
        aws,
        "the replication group",
        _status_of(aws, state["id"]),
        ("available",),
        pending=("creating", "modifying", "snapshotting"),
        timeout_s=timeout_s(state, operation, TIMEOUTS[operation]),
    )


def _found(aws: Aws, id_: str) -> dict[str, Any] | None:
    try:
        return dict(
            aws.client("elasticache").describe_replication_groups(ReplicationGroupId=id_)["ReplicationGroups"][0]
        )
    except ClientError as exc:
        if code_of(exc) == GONE:
            return None
        raise


def _status_of(aws: Aws, id_: str) -> Callable[[], str]:
    def status() -> str:
        group = _found(aws, id_)
        return str(group["Status"]) if group else ""

    return status
