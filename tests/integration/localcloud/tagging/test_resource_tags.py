"""Tags of databases and caches: only of existing resources."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ELASTICACHE = "arn:aws:elasticache:us-west-1:123456789012"
RDS = "arn:aws:rds:us-west-1:123456789012"


@pytest.mark.parametrize(
    ("service", "arn", "words"),
    [
        ("elasticache", "foo", "does not have 7 components"),
        ("elasticache", f"{ELASTICACHE}:parametergroup:p".replace("us-west", "eu-west"), "InvalidARN"),
        ("elasticache", f"{ELASTICACHE}:parametergroup:none", "CacheParameterGroupNotFound"),
        ("elasticache", f"{ELASTICACHE}:cluster:p", "CacheClusterNotFound"),
        ("elasticache", f"{ELASTICACHE}:replicationgroup:p", "ReplicationGroupNotFound"),
        ("elasticache", f"{ELASTICACHE}:subnetgroup:p", "CacheSubnetGroupNotFound"),
        ("elasticache", f"{ELASTICACHE}:snapshot:p", "SnapshotNotFound"),
        ("rds", "foo", "Invalid resource name"),
        ("rds", f"{RDS}:pg:p".replace("us-west", "eu-west"), "does not match an RDS resource in this region"),
        ("rds", f"{RDS}:pg:none", "DBParameterGroupNotFound"),
        ("rds", f"{RDS}:db:p", "DBInstanceNotFound"),
        ("rds", f"{RDS}:snapshot:p", "DBSnapshotNotFound"),
        ("rds", f"{RDS}:subgrp:p", "DBSubnetGroupNotFound"),
        ("rds", f"{RDS}:unicorn:p", "does not match an RDS resource in this region"),
    ],
)
async def test_what_is_not_there_has_no_tags_and_gets_none(
    cloud_in: Any, tmp_path: Path, service: str, arn: str, words: str
) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    async with cloud_in(tmp_path, {}) as cloud:
        for operation, more in (
            ("add_tags_to_resource", {"Tags": tags}),
            ("list_tags_for_resource", {}),
            ("remove_tags_from_resource", {"TagKeys": ["a"]}),
        ):
            with pytest.raises(ClientError, match=words):
                await cloud.call(service, operation, ResourceName=arn, **more)


async def test_what_is_there_has_the_tags_that_it_was_given(cloud_in: Any, tmp_path: Path) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    async with cloud_in(tmp_path, {}) as cloud:
        family = {"DBParameterGroupFamily": "postgres16", "Description": "d"}
        await cloud.call("rds", "create_db_parameter_group", DBParameterGroupName="p", **family)
        cache_family = {"CacheParameterGroupFamily": "redis7", "Description": "d"}
        await cloud.call("elasticache", "create_cache_parameter_group", CacheParameterGroupName="p", **cache_family)
        for service, arn in (("rds", f"{RDS}:pg:p"), ("elasticache", f"{ELASTICACHE}:parametergroup:p")):
            await cloud.call(service, "add_tags_to_resource", ResourceName=arn, Tags=tags)
            assert (await cloud.call(service, "list_tags_for_resource", ResourceName=arn))["TagList"] == tags
        for service, arn in (
            ("rds", f"{RDS}:pg:default.postgres16"),
            ("elasticache", f"{ELASTICACHE}:parametergroup:default.redis7"),
        ):
            assert (await cloud.call(service, "list_tags_for_resource", ResourceName=arn))["TagList"] == []


async def test_names_in_capitals_have_their_tags(cloud_in: Any, tmp_path: Path) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        subnet = await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.0.0/24")
        group = {"CacheSubnetGroupName": "Group", "CacheSubnetGroupDescription": "d", "Tags": tags}
        created = await cloud.call(
            "elasticache", "create_cache_subnet_group", **group, SubnetIds=[subnet["Subnet"]["SubnetId"]]
        )
        arn = created["CacheSubnetGroup"]["ARN"]
        assert (await cloud.call("elasticache", "list_tags_for_resource", ResourceName=arn))["TagList"] == tags
