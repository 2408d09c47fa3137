"""WAF changes, associates and deletes web ACLs and IP sets as on AWS."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

SEEN = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
SETTINGS = {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": SEEN}
SET = {"Name": "s", "Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/24"]}


async def waf(cloud: Any, operation: str, **parameters: Any) -> Any:
    return await cloud.call("wafv2", operation, **parameters)


async def refused(call: Awaitable[Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        await call
    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["Error"]["Message"].startswith("AWS WAF couldn’t ")


async def web_acl(cloud: Any, name: str, **members: Any) -> dict[str, Any]:
    acl: dict[str, Any] = (await waf(cloud, "create_web_acl", Name=name, **SETTINGS, **members))["Summary"]
    return acl


def place(found: dict[str, Any]) -> dict[str, Any]:
    return {"Name": found["Name"], "Id": found["Id"], "Scope": "REGIONAL", "LockToken": found["LockToken"]}


async def balancer(cloud: Any) -> str:
    subnets = (await cloud.call("ec2", "describe_subnets"))["Subnets"]
    made = await cloud.call("elbv2", "create_load_balancer", Name="b", Subnets=[each["SubnetId"] for each in subnets])
    arn: str = made["LoadBalancers"][0]["LoadBalancerArn"]
    return arn


@pytest.mark.parametrize("left", [{}, {"Rules": []}])
async def test_an_update_without_rules_removes_them(cloud_in: Any, tmp_path: Path, left: dict[str, Any]) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        ip_set = (await waf(cloud, "create_ip_set", **SET))["Summary"]
        named = {"IPSetReferenceStatement": {"ARN": ip_set["ARN"]}}
        rule = {"Name": "r", "Priority": 1, "Statement": named, "Action": {"Block": {}}, "VisibilityConfig": SEEN}
        bodies = {"CustomResponseBodies": {"b": {"ContentType": "TEXT_PLAIN", "Content": "no"}}}
        acl = await web_acl(cloud, "a", Rules=[rule], **bodies)
        await refused(waf(cloud, "delete_ip_set", **place(ip_set)), "WAFAssociatedItemException")
        await waf(cloud, "update_web_acl", **SETTINGS | place(acl) | left)
        found = (await waf(cloud, "get_web_acl", Name="a", Scope="REGIONAL", Id=acl["Id"]))["WebACL"]
        assert found["Rules"] == []
        assert not found.get("CustomResponseBodies")
        await waf(cloud, "delete_ip_set", **place(ip_set))


async def test_a_resource_has_the_web_acl_that_it_got_last(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        first, second = [await web_acl(cloud, name) for name in ("a", "b")]
        arn = await balancer(cloud)
        for acl in (first, second):
            await waf(cloud, "associate_web_acl", WebACLArn=acl["ARN"], ResourceArn=arn)
            assert (await waf(cloud, "get_web_acl_for_resource", ResourceArn=arn))["WebACL"]["Name"] == acl["Name"]
        await waf(cloud, "delete_web_acl", **place(first))
        await refused(waf(cloud, "delete_web_acl", **place(second)), "WAFAssociatedItemException")
        await waf(cloud, "disassociate_web_acl", ResourceArn=arn)
        assert "WebACL" not in await waf(cloud, "get_web_acl_for_resource", ResourceArn=arn)
        await waf(cloud, "associate_web_acl", WebACLArn=second["ARN"], ResourceArn=arn)
        await cloud.call("elbv2", "delete_load_balancer", LoadBalancerArn=arn)
        await refused(
            waf(cloud, "associate_web_acl", WebACLArn=second["ARN"], ResourceArn=arn), "WAFNonexistentItemException"
        )
        await waf(cloud, "delete_web_acl", **place(second))


async def test_a_token_serves_once_and_a_name_once(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        acl, ip_set = await web_acl(cloud, "a"), (await waf(cloud, "create_ip_set", **SET))["Summary"]
        await refused(web_acl(cloud, "a"), "WAFDuplicateItemException")
        await refused(waf(cloud, "create_ip_set", **SET), "WAFDuplicateItemException")
        updated = await waf(cloud, "update_web_acl", **SETTINGS | place(acl))
        await waf(cloud, "update_ip_set", **place(ip_set), Addresses=[])
        for operation, members in (
            ("update_web_acl", SETTINGS | place(acl)),
            ("delete_web_acl", place(acl)),
            ("update_ip_set", place(ip_set) | {"Addresses": []}),
            ("delete_ip_set", place(ip_set)),
        ):
            await refused(waf(cloud, operation, **members), "WAFOptimisticLockException")
        await waf(cloud, "delete_web_acl", **place(acl | {"LockToken": updated["NextLockToken"]}))
