"""A subnet needs addresses of at least one kind: one with only IPv6 needs no others."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


async def test_a_subnet_of_ipv6_alone_is_made_and_one_without_addresses_is_not(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        created = await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)
        vpc = {"VpcId": created["Vpc"]["VpcId"]}
        block = created["Vpc"]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
        subnet = (await cloud.call("ec2", "create_subnet", **vpc, Ipv6Native=True, Ipv6CidrBlock=block))["Subnet"]
        assert subnet["Ipv6Native"] is True
        associated = subnet["Ipv6CidrBlockAssociationSet"][0]
        assert associated["Ipv6CidrBlockState"] == {"State": "associated"}
        for name, value, found in (
            ("association-id", associated["AssociationId"], [subnet["SubnetId"]]),
            ("ipv6-cidr-block", block, [subnet["SubnetId"]]),
            ("state", "associated", [subnet["SubnetId"]]),
            ("state", "failed", []),
        ):
            asked = [{"Name": f"ipv6-cidr-block-association.{name}", "Values": [value]}]
            listed = (await cloud.call("ec2", "describe_subnets", Filters=asked))["Subnets"]
            assert [each["SubnetId"] for each in listed] == found
        for native in ({}, {"Ipv6Native": True}, {"Ipv6Native": True, "Ipv6IpamPoolId": "ipam-pool-0"}):
            with pytest.raises(ClientError, match=r"MissingParameter|InvalidIpamPoolId"):
                await cloud.call("ec2", "create_subnet", **vpc, **native)
