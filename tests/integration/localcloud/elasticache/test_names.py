"""ElastiCache stores names in lower case, and finds resources by names in any case."""

from pathlib import Path
from typing import Any

from localcloud.elasticache.caches import Caches


async def test_a_group_is_found_by_its_name_in_any_case(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        named = {"ReplicationGroupId": "Orders"}
        sized = {"CacheNodeType": "cache.t4g.micro", "NumCacheClusters": 2}
        created = await call("create_replication_group", **named, **sized, ReplicationGroupDescription="d")
        group = created["ReplicationGroup"]
        assert group["ReplicationGroupId"] == "orders"
        [found] = (await call("describe_replication_groups", ReplicationGroupId="ORDERS"))["ReplicationGroups"]
        assert found["ARN"].endswith(":orders")
        [member] = (await call("describe_cache_clusters", CacheClusterId="Orders-001"))["CacheClusters"]
        assert member["ReplicationGroupId"] == "orders"
        await call("modify_replication_group", **named, ReplicationGroupDescription="changed", ApplyImmediately=True)
        assert (await call("describe_replication_groups"))["ReplicationGroups"][0]["Description"] == "changed"
        await call("add_tags_to_resource", ResourceName=found["ARN"].replace("orders", "Orders"), Tags=[{"Key": "k"}])
        assert (await call("list_tags_for_resource", ResourceName=found["ARN"]))["TagList"] == [
            {"Key": "k", "Value": ""}
        ]
        await call("create_snapshot", **named, SnapshotName="Before")
        await call("delete_replication_group", **named, FinalSnapshotIdentifier="Final")
        names = [each["SnapshotName"] for each in (await call("describe_snapshots"))["Snapshots"]]
        assert sorted(names) == ["before", "final"]
        assert (await call("describe_replication_groups"))["ReplicationGroups"] == []


async def test_lone_clusters_and_groups_of_subnets_and_parameters_are_kept_in_lower_case(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.9.0.0/16"))["Vpc"]["VpcId"]
        subnet = (await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.9.0.0/24"))["Subnet"]["SubnetId"]
        subnets = {"CacheSubnetGroupDescription": "d", "SubnetIds": [subnet]}
        await call("create_cache_subnet_group", CacheSubnetGroupName="Subnets", **subnets)
        [group] = (await call("describe_cache_subnet_groups", CacheSubnetGroupName="SUBNETS"))["CacheSubnetGroups"]
        assert group["CacheSubnetGroupName"] == "subnets"
        await call(
            "create_cache_cluster",
            CacheClusterId="Lone",
            Engine="redis",
            CacheNodeType="cache.t4g.micro",
            NumCacheNodes=1,
            CacheParameterGroupName="Default.Redis7",
            CacheSubnetGroupName="Subnets",
        )
        [cluster] = (await call("describe_cache_clusters", CacheClusterId="LONE"))["CacheClusters"]
        assert cluster["CacheClusterId"] == "lone"
        await call("delete_cache_cluster", CacheClusterId="Lone")
        assert list((tmp_path / "elasticache").iterdir()) == []
