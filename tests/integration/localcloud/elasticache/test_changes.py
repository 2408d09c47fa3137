"""ElastiCache keeps all changes in place, also those of the nodes."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches
from tests.integration.localcloud.elasticache.cache_groups import security_group

LOG = {
    "LogType": "slow-log",
    "DestinationType": "cloudwatch-logs",
    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/slow"}},
    "LogFormat": "json",
}


async def test_a_replication_group_and_its_nodes_keep_what_is_changed(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        allowed = await security_group(cloud)
        parameters = {"CacheParameterGroupName": "mine", "CacheParameterGroupFamily": "redis7", "Description": "d"}
        await call("create_cache_parameter_group", **parameters)
        named = {"ReplicationGroupId": "r"}
        await call("create_replication_group", **named, ReplicationGroupDescription="d", EngineVersion="7.0",
                   CacheNodeType="cache.t4g.micro",
                   LogDeliveryConfigurations=[{**LOG, "LogType": "engine-log"}])  # fmt: skip
        await call(
            "modify_replication_group",
            **named,
            ApplyImmediately=True,
            EngineVersion="7.1",
            PreferredMaintenanceWindow="Sun:11:30-Sun:12:30",
            SnapshotWindow="08:00-09:00",
            CacheParameterGroupName="mine",
            SecurityGroupIds=[allowed],
            CacheNodeType="cache.t4g.small",
            AutoMinorVersionUpgrade=False,
            LogDeliveryConfigurations=[LOG, {"LogType": "engine-log", "Enabled": False}],
        )
        [group] = (await call("describe_replication_groups"))["ReplicationGroups"]
        [node] = (await call("describe_cache_clusters"))["CacheClusters"]
        assert group["SnapshotWindow"] == node["SnapshotWindow"] == "08:00-09:00"
        assert [each["LogType"] for each in group["LogDeliveryConfigurations"]] == ["slow-log"]
        assert node["PreferredMaintenanceWindow"] == "sun:11:30-sun:12:30"
        assert node["CacheParameterGroup"]["CacheParameterGroupName"] == "mine"
        assert [each["SecurityGroupId"] for each in node["SecurityGroups"]] == [allowed]
        assert (node["EngineVersion"], node["CacheNodeType"]) == ("7.1", "cache.t4g.small")
        assert group["AutoMinorVersionUpgrade"] is node["AutoMinorVersionUpgrade"] is False


async def test_a_subnet_group_keeps_its_new_subnets(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def subnet(block: str) -> str:
            made = await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock=block)
            return str(made["Subnet"]["SubnetId"])

        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
        first, second = await subnet("10.9.0.0/24"), await subnet("10.9.1.0/24")
        named = {"CacheSubnetGroupName": "Subnets"}
        await cloud.call(
            "elasticache", "create_cache_subnet_group", **named, CacheSubnetGroupDescription="d", SubnetIds=[first]
        )
        await cloud.call("elasticache", "modify_cache_subnet_group", **named, SubnetIds=[second])
        [group] = (await cloud.call("elasticache", "describe_cache_subnet_groups"))["CacheSubnetGroups"]
        assert [each["SubnetIdentifier"] for each in group["Subnets"]] == [second]
        assert group["CacheSubnetGroupDescription"] == "d"


async def test_releases_and_node_types_to_change_to_are_listed(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        found = await call("describe_cache_engine_versions", Engine="redis", DefaultOnly=True)
        assert [each["CacheParameterGroupFamily"] for each in found["CacheEngineVersions"]] == ["redis7"]
        kind = "cache.t4g.small"
        await call(
            "create_replication_group", ReplicationGroupId="r", ReplicationGroupDescription="d", CacheNodeType=kind
        )
        for named in ({"ReplicationGroupId": "R"}, {"CacheClusterId": "r-001"}):
            changes = await call("list_allowed_node_type_modifications", **named)
            assert "cache.t4g.micro" in changes["ScaleDownModifications"]
            assert "cache.m7g.large" in changes["ScaleUpModifications"]
        for wrong, code in (
            ({"ReplicationGroupId": "none"}, "ReplicationGroupNotFoundFault"),
            ({"CacheClusterId": "none"}, "CacheClusterNotFound"),
            ({}, "InvalidParameterCombination"),
        ):
            with pytest.raises(ClientError, match=code):
                await call("list_allowed_node_type_modifications", **wrong)
