"""The patches of moto's EC2."""

from inspect import unwrap
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.utilities.utils import load_resource

from localcloud.moto import tables


async def test_a_rule_that_names_a_group_keeps_its_description(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        group = (await cloud.call("ec2", "create_security_group", GroupName="g", Description="g", VpcId=vpc))["GroupId"]
        pair = {"GroupId": group, "Description": "among themselves"}
        answer = await cloud.call(
            "ec2",
            "authorize_security_group_ingress",
            GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [pair]}],
        )
        created = [rule["SecurityGroupRuleId"] for rule in answer["SecurityGroupRules"]]
        rules = await cloud.call("ec2", "describe_security_group_rules", SecurityGroupRuleIds=created)
        assert [rule["Description"] for rule in rules["SecurityGroupRules"]] == ["among themselves"]


async def test_nothing_of_a_vpc_outlives_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        of_it = [{"Name": "vpc-id", "Values": [vpc]}]
        assert len((await cloud.call("ec2", "describe_network_acls", Filters=of_it))["NetworkAcls"]) == 1
        await cloud.call("ec2", "delete_vpc", VpcId=vpc)
        assert (await cloud.call("ec2", "describe_network_acls", Filters=of_it))["NetworkAcls"] == []


@pytest.mark.parametrize("location_type", ["region", "availability-zone"])
async def test_instance_types_are_offered_as_moto_lists_them(cloud_in: Any, tmp_path: Path, location_type: str) -> None:
    listed = unwrap(load_resource)(f"{tables.OFFERINGS}{location_type}/us-west-1.json")
    async with cloud_in(tmp_path, {}) as cloud:
        answer = await cloud.call("ec2", "describe_instance_type_offerings", LocationType=location_type)
    offered = answer["InstanceTypeOfferings"]
    assert {each["LocationType"] for each in offered} == {location_type}
    assert sorted((each["InstanceType"], each["Location"]) for each in offered) == sorted(
        (each["InstanceType"], each["Location"]) for each in listed
    )


def test_a_region_that_moto_does_not_know_offers_nothing() -> None:
    offerings = tables.Offerings("region")
    assert offerings.get("mars-north-1", []) == []
    assert "t3.micro" in {each["InstanceType"] for each in offerings["eu-west-3"]}


async def test_all_that_the_network_is_made_of_takes_its_tags_with_it(cloud_in: Any, tmp_path: Path) -> None:
    def tagged(kind: str) -> dict[str, Any]:
        return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": kind}]}]}

    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16", **tagged("vpc")))["Vpc"]["VpcId"]
        in_vpc = {"VpcId": vpc}
        subnet = await cloud.call("ec2", "create_subnet", CidrBlock="10.0.0.0/24", **in_vpc, **tagged("subnet"))
        subnet_id = subnet["Subnet"]["SubnetId"]
        address = await cloud.call("ec2", "allocate_address", Domain="vpc", **tagged("elastic-ip"))
        nat = {"SubnetId": subnet_id, "AllocationId": address["AllocationId"], **tagged("natgateway")}
        await cloud.call("ec2", "create_nat_gateway", **nat)
        await cloud.call("ec2", "create_internet_gateway", **tagged("internet-gateway"))
        await cloud.call("ec2", "create_route_table", **in_vpc, **tagged("route-table"))
        await cloud.call("ec2", "create_network_acl", **in_vpc, **tagged("network-acl"))
        group = {"GroupName": "g", "Description": "d", **in_vpc, **tagged("security-group")}
        await cloud.call("ec2", "create_security_group", **group)
        await cloud.call("ec2", "create_network_interface", SubnetId=subnet_id, **tagged("network-interface"))
        endpoint = {"ServiceName": "com.amazonaws.us-west-1.s3", **in_vpc, **tagged("vpc-endpoint")}
        await cloud.call("ec2", "create_vpc_endpoint", **endpoint)
        kinds = [{"Name": "key", "Values": ["Name"]}]
        names = {each["Value"] for each in (await cloud.call("ec2", "describe_tags", Filters=kinds))["Tags"]}
        assert names >= {"vpc", "subnet", "elastic-ip", "natgateway", "internet-gateway", "route-table", "network-acl"}
        assert names >= {"security-group", "network-interface", "vpc-endpoint"}
        with pytest.raises(ClientError, match="'vpc' is not a valid taggable resource type for this operation"):
            await cloud.call("ec2", "create_vpc_endpoint", **endpoint | tagged("vpc"))
