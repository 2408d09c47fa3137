"""ElastiCache's default parameter groups, and the groups that a replication group names."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize("name", ["default.redis7", "default.redis7.cluster.on", "default.valkey8"])
async def test_default_cache_parameter_groups_are_there_and_nobody_changes_them(
    cloud_in: Any, tmp_path: Path, name: str
) -> None:
    wanted = {"CacheParameterGroupName": name}
    value = [{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}]
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        [shown] = (await call("describe_cache_parameter_groups", **wanted))["CacheParameterGroups"]
        assert shown["CacheParameterGroupFamily"] == name.split(".")[1]
        assert shown in (await call("describe_cache_parameter_groups"))["CacheParameterGroups"]
        for operation, more in (
            ("modify_cache_parameter_group", {"ParameterNameValues": value}),
            ("reset_cache_parameter_group", {"ResetAllParameters": True}),
            ("delete_cache_parameter_group", {}),
        ):
            with pytest.raises(ClientError, match="InvalidCacheParameterGroupState"):
                await call(operation, **wanted, **more)
        with pytest.raises(ClientError, match="not a valid identifier"):
            await call("create_cache_parameter_group", **wanted, CacheParameterGroupFamily="redis7", Description="d")
        with pytest.raises(ClientError, match="CacheParameterGroupNotFound"):
            await call("describe_cache_parameter_groups", CacheParameterGroupName="default.redis99")


async def test_a_cache_of_users_that_nobody_made_is_refused(cloud_in: Any, tmp_path: Path) -> None:
    group = {"ReplicationGroupId": "r", "ReplicationGroupDescription": "r"}
    async with cloud_in(tmp_path, {}) as cloud:
        for wrong, code in (
            ({"UserGroupIds": ["people"]}, "UserGroupNotFound"),
            ({"CacheParameterGroupName": "default.redis99"}, "CacheParameterGroupNotFound"),
        ):
            with pytest.raises(ClientError, match=code):
                await cloud.call("elasticache", "create_replication_group", **group, **wrong)
        assert (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"] == []


async def test_reservations_show_which_node_types_there_are(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:

        async def sold(**parameters: str) -> list[dict[str, Any]]:
            answer = await cloud.call("elasticache", "describe_reserved_cache_nodes_offerings", **parameters)
            return list(answer["ReservedCacheNodesOfferings"])

        one = {"ProductDescription": "redis", "OfferingType": "No Upfront"}
        for duration in ("1", "31536000", "P1Y"):
            [offering] = await sold(CacheNodeType="cache.t4g.micro", Duration=duration, **one)
            assert (offering["CacheNodeType"], offering["Duration"]) == ("cache.t4g.micro", 31536000)
        assert await sold(CacheNodeType="cache.x9.micro", **one) == []
        assert len(await sold()) == 100
