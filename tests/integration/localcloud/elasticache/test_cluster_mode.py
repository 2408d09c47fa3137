"""ElastiCache groups with cluster mode are refused, however they are requested: the one server has no slots."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches

GROUP = {"ReplicationGroupId": "g", "ReplicationGroupDescription": "d", "CacheNodeType": "cache.t4g.micro"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"ClusterMode": "enabled", "NumNodeGroups": 1, "ReplicasPerNodeGroup": 2},
        {"ClusterMode": "enabled", "NodeGroupConfiguration": [{"NodeGroupId": "0001", "Slots": "0-16383"}]},
        {"ClusterMode": "compatible"},
        {"CacheParameterGroupName": "default.redis7.cluster.on"},
        {"NumNodeGroups": 2},
        {"NodeGroupConfiguration": [{"NodeGroupId": "0001"}, {"NodeGroupId": "0002"}]},
    ],
)
async def test_cluster_mode_is_refused_and_leaves_nothing(
    cloud_in: Any, tmp_path: Path, parameters: dict[str, Any]
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        with pytest.raises(ClientError, match=r"InvalidParameterValue.*local cloud"):
            await cloud.call("elasticache", "create_replication_group", **GROUP, **parameters)
        assert (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"] == []
        assert list((tmp_path / "elasticache").iterdir()) == []


async def test_cluster_mode_is_not_switched_on_later(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await cloud.call("elasticache", "create_replication_group", **GROUP, ClusterMode="disabled")
        parameters = {"ReplicationGroupId": "g", "ClusterMode": "compatible", "ApplyImmediately": True}
        with pytest.raises(ClientError, match=r"InvalidParameterValue.*local cloud"):
            await cloud.call("elasticache", "modify_replication_group", **parameters)
