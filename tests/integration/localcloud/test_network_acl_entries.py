"""Entries of network ACLs keep what they were given."""

from pathlib import Path
from typing import Any


async def test_an_entry_keeps_the_type_and_code_of_icmp(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        vpc = (await cloud.call("ec2", "create_vpc", CidrBlock="10.0.0.0/16"))["Vpc"]["VpcId"]
        acl = (await cloud.call("ec2", "create_network_acl", VpcId=vpc))["NetworkAcl"]["NetworkAclId"]
        entry = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False, "Protocol": "1", "RuleAction": "allow"}
        echo = {"Type": 8, "Code": -1}
        await cloud.call("ec2", "create_network_acl_entry", **entry, CidrBlock="0.0.0.0/0", IcmpTypeCode=echo)
        found = (await cloud.call("ec2", "describe_network_acls", NetworkAclIds=[acl]))["NetworkAcls"][0]["Entries"]
        assert [each["IcmpTypeCode"] for each in found if each["RuleNumber"] == 100] == [echo]
