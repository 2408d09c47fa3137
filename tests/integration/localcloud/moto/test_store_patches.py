"""The patches of moto's RDS, ElastiCache and DynamoDB."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches
from tests.integration.localcloud.elasticache.cache_groups import security_group
from tests.integration.localcloud.rds.instances import created


async def test_cache_parameter_groups_are_kept_shown_and_guarded(cloud_in: Any, tmp_path: Path) -> None:
    name = {"CacheParameterGroupName": "p"}
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("elasticache", operation, **parameters)

        with pytest.raises(ClientError, match="CacheParameterGroupNotFound"):
            await call("describe_cache_parameter_groups", **name)
        tags = [{"Key": "project", "Value": "s"}]
        family = "redis7"
        created = await call(
            "create_cache_parameter_group", **name, CacheParameterGroupFamily=family, Description="d", Tags=tags
        )
        arn = created["CacheParameterGroup"]["ARN"]
        assert (await call("list_tags_for_resource", ResourceName=arn))["TagList"] == tags
        wanted = [{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}]
        await call("modify_cache_parameter_group", **name, ParameterNameValues=wanted)
        subnet_group = {"CacheSubnetGroupName": "g", "CacheSubnetGroupDescription": "d", "SubnetIds": []}
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        subnet = await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.0.0/24")
        subnet_group["SubnetIds"] = [subnet["Subnet"]["SubnetId"]]
        await call("create_cache_subnet_group", **subnet_group)
        group = {"ReplicationGroupId": "r", "ReplicationGroupDescription": "r", "CacheSubnetGroupName": "g", **name}
        with pytest.raises(ClientError, match="CacheParameterGroupNotFound"):
            await call("create_replication_group", **group | {"CacheParameterGroupName": "other"})
        await call("create_replication_group", **group)
        with pytest.raises(ClientError, match="InvalidCacheParameterGroupState"):
            await call("delete_cache_parameter_group", **name)
        with pytest.raises(ClientError, match="CacheSubnetGroupInUse"):
            await call("delete_cache_subnet_group", CacheSubnetGroupName="g")

    async with cloud_in(tmp_path, {}) as cloud:
        parameters = await cloud.call("elasticache", "describe_cache_parameters", **name, Source="user")
        assert [(p["ParameterName"], p["ParameterValue"]) for p in parameters["Parameters"]] == [
            ("maxmemory-policy", "allkeys-lru")
        ]
        await cloud.call("elasticache", "reset_cache_parameter_group", **name, ResetAllParameters=True)
        parameters = await cloud.call("elasticache", "describe_cache_parameters", **name, Source="user")
        assert parameters["Parameters"] == []


async def test_a_cache_cluster_of_a_group_shows_the_groups_settings(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        allowed = await security_group(cloud)
        await cloud.call(
            "elasticache",
            "create_replication_group",
            ReplicationGroupId="r",
            ReplicationGroupDescription="r",
            AtRestEncryptionEnabled=True,
            TransitEncryptionEnabled=True,
            AutoMinorVersionUpgrade=True,
            PreferredMaintenanceWindow="sun:11:30-sun:12:30",
            SecurityGroupIds=[allowed],
            NumCacheClusters=2,
            CacheNodeType="cache.t4g.micro",
        )
        group = (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"][0]
        assert group["MemberClusters"] == ["r-001", "r-002"]
        member = (await cloud.call("elasticache", "describe_cache_clusters", CacheClusterId="r-001"))["CacheClusters"][
            0
        ]
        assert member["AtRestEncryptionEnabled"] is True
        assert member["AutoMinorVersionUpgrade"] is True
        assert member["TransitEncryptionMode"] == "required"
        assert member["PreferredMaintenanceWindow"] == "sun:11:30-sun:12:30"
        assert member["SecurityGroups"] == [{"SecurityGroupId": allowed, "Status": "active"}]


async def test_performance_insights_are_shown(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        insights = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 7}
        instance = await created(cloud, "d", **insights)
        assert instance["PerformanceInsightsEnabled"] is True
        assert instance["PerformanceInsightsRetentionPeriod"] == 7


async def test_an_update_with_a_key_alone_makes_the_item_once(cloud_in: Any, tmp_path: Path) -> None:
    table = {
        "TableName": "locks",
        "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    lock = {"LockID": {"S": "a"}}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("dynamodb", "create_table", **table)
        await cloud.call("dynamodb", "update_item", TableName="locks", Key=lock)
        changed = {"n": {"Value": {"N": "1"}}}
        await cloud.call("dynamodb", "update_item", TableName="locks", Key=lock, AttributeUpdates=changed)
        await cloud.call("dynamodb", "update_item", TableName="locks", Key=lock)
        found = await cloud.call("dynamodb", "get_item", TableName="locks", Key=lock)
        assert found["Item"] == lock | {"n": {"N": "1"}}
