"""Entries of network ACLs keep what they were given and are made once; a subnet has one route table."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ENTRY = {"RuleNumber": 100, "Egress": False}


async def refused(call: Awaitable[Any], code: str, words: str) -> None:
    with pytest.raises(ClientError) as error:
        await call
    assert (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]) == (code, words)


async def test_an_entry_keeps_the_type_and_code_of_icmp(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        acl = (await cloud.call("ec2", "create_network_acl", VpcId=vpc))["NetworkAcl"]["NetworkAclId"]
        entry = {"NetworkAclId": acl, **ENTRY, "Protocol": "1", "RuleAction": "allow"}
        echo = {"Type": 8, "Code": -1}
        await cloud.call("ec2", "create_network_acl_entry", **entry, CidrBlock="0.0.0.0/0", IcmpTypeCode=echo)
        found = (await cloud.call("ec2", "describe_network_acls", NetworkAclIds=[acl]))["NetworkAcls"][0]["Entries"]
        assert [each["IcmpTypeCode"] for each in found if each["RuleNumber"] == 100] == [echo]


async def test_an_entry_is_made_once_and_changed_while_it_is_there(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        acl = (await cloud.call("ec2", "create_network_acl", VpcId=vpc))["NetworkAcl"]["NetworkAclId"]
        place = {"NetworkAclId": acl, **ENTRY}
        entry = {**place, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "10.0.0.0/8"}
        await cloud.call("ec2", "create_network_acl_entry", **entry)
        words = "The network acl entry identified by 100 already exists."
        again = cloud.call("ec2", "create_network_acl_entry", **entry)
        await refused(again, "NetworkAclEntryAlreadyExists", words)
        await cloud.call("ec2", "create_network_acl_entry", **entry | {"Egress": True})
        await cloud.call("ec2", "replace_network_acl_entry", **entry | {"RuleAction": "deny"})
        await cloud.call("ec2", "delete_network_acl_entry", **place)
        words = "The network acl entry identified by 100 does not exist."
        for call in (
            cloud.call("ec2", "delete_network_acl_entry", **place),
            cloud.call("ec2", "replace_network_acl_entry", **entry),
        ):
            await refused(call, "InvalidNetworkAclEntry.NotFound", words)
        await cloud.call("ec2", "delete_network_acl", NetworkAclId=acl)
        words = f"The networkAcl ID '{acl}' does not exist"
        gone = cloud.call("ec2", "describe_network_acls", NetworkAclIds=[acl])
        await refused(gone, "InvalidNetworkAclID.NotFound", words)


async def test_a_subnet_and_a_gateway_have_one_route_table(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        gateway = (await cloud.call("ec2", "create_internet_gateway"))["InternetGateway"]["InternetGatewayId"]
        await cloud.call("ec2", "attach_internet_gateway", InternetGatewayId=gateway, VpcId=vpc)
        subnet = (await cloud.call("ec2", "create_subnet", VpcId=vpc, CidrBlock="10.0.1.0/24"))["Subnet"]["SubnetId"]
        first, second = [
            (await cloud.call("ec2", "create_route_table", VpcId=vpc))["RouteTable"]["RouteTableId"] for _ in range(2)
        ]
        for target in ({"SubnetId": subnet}, {"GatewayId": gateway}):
            to_first = {"RouteTableId": first, **target}
            made = (await cloud.call("ec2", "associate_route_table", **to_first))["AssociationId"]
            assert (await cloud.call("ec2", "associate_route_table", **to_first))["AssociationId"] == made
            to_second = cloud.call("ec2", "associate_route_table", RouteTableId=second, **target)
            words = f"the specified association for route table {second} conflicts with an existing association"
            await refused(to_second, "Resource.AlreadyAssociated", words)
            replaced = await cloud.call(
                "ec2", "replace_route_table_association", AssociationId=made, RouteTableId=second
            )
            await cloud.call("ec2", "disassociate_route_table", AssociationId=replaced["NewAssociationId"])
            await cloud.call("ec2", "associate_route_table", RouteTableId=first, **target)
