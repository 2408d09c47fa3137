"""Nodes of caches: their zones, their subnets, and reboots."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches
from tests.integration.localcloud.elasticache.cache_groups import GROUP, connected, created, described


def zones(group: Any) -> dict[str, str]:
    members = [member for each in group["NodeGroups"] for member in each["NodeGroupMembers"]]
    return {each["CacheClusterId"]: each["PreferredAvailabilityZone"] for each in members}


async def test_nodes_are_in_zones_of_their_region_from_the_first_answer_on(cloud_in: Any, tmp_path: Path) -> None:
    expected = {f"{GROUP}-001": "us-west-1a", f"{GROUP}-002": "us-west-1b"}
    lone = {"CacheClusterId": "lone", "Engine": "redis", "CacheNodeType": "cache.t4g.micro", "NumCacheNodes": 1}
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert zones(await created(cloud, NumCacheClusters=2, AutomaticFailoverEnabled=True)) == expected
        assert zones(await described(cloud)) == expected
        made = (await cloud.call("elasticache", "create_cache_cluster", **lone))["CacheCluster"]
        assert made["PreferredAvailabilityZone"] == "us-west-1a"
        clusters = (await cloud.call("elasticache", "describe_cache_clusters"))["CacheClusters"]
        found = {each["CacheClusterId"]: each["PreferredAvailabilityZone"] for each in clusters}
        assert found == expected | {"lone": "us-west-1a"}


async def test_nodes_follow_the_subnets_of_their_group(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        subnets = (await cloud.call("ec2", "describe_subnets"))["Subnets"]
        (in_b,) = [each["SubnetId"] for each in subnets if each["AvailabilityZone"] == "us-west-1b"]
        given = {"CacheSubnetGroupName": "own", "CacheSubnetGroupDescription": "d", "SubnetIds": [in_b]}
        group = (await cloud.call("elasticache", "create_cache_subnet_group", **given))["CacheSubnetGroup"]
        assert [each["SubnetAvailabilityZone"] for each in group["Subnets"]] == [{"Name": "us-west-1b"}]
        assert set(zones(await created(cloud, CacheSubnetGroupName="own")).values()) == {"us-west-1b"}
        for wrong in ({"CacheSubnetGroupName": "a b"}, {"CacheSubnetGroupName": "Default"}, {"SubnetIds": []}):
            with pytest.raises(ClientError, match="InvalidParameterValue"):
                await cloud.call(
                    "elasticache", "create_cache_subnet_group", **{**given, "CacheSubnetGroupName": "other", **wrong}
                )


async def test_a_reboot_restarts_the_primary_and_says_so(cloud_in: Any, tmp_path: Path) -> None:
    primary, replica = f"{GROUP}-001", f"{GROUP}-002"
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, NumCacheClusters=2, AutomaticFailoverEnabled=True)
        endpoint = (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"]
        processes = []
        for rebooted in (None, replica, primary):
            if rebooted:
                answer = await cloud.call(
                    "elasticache", "reboot_cache_cluster", CacheClusterId=rebooted, CacheNodeIdsToReboot=["0001"]
                )
                shown = answer["CacheCluster"]
                assert (shown["CacheClusterId"], shown["CacheClusterStatus"]) == (rebooted, "rebooting cluster nodes")
            async with connected(endpoint) as client:
                processes.append((await client.info("server"))["process_id"])
        assert processes[0] == processes[1] != processes[2]
        after = await described(cloud)
        assert after["Status"] == "available"
        assert [each["CurrentRole"] for each in after["NodeGroups"][0]["NodeGroupMembers"]] == ["primary", "replica"]
        events = (await cloud.call("elasticache", "describe_events", SourceType="cache-cluster"))["Events"]
        told = [(each["SourceIdentifier"], each["Message"]) for each in events][:4]
        words = ("Cache node 0001 restarted", "Cache node 0001 shutdown")
        assert [each for each in told if each[0] == primary and each[1] in words] == [(primary, each) for each in words]


@pytest.mark.parametrize(
    ("cluster", "node", "code"),
    [("nobody", "0001", "CacheClusterNotFound"), (f"{GROUP}-001", "0002", "InvalidParameterValue")],
)
async def test_what_is_not_there_is_not_rebooted(
    cloud_in: Any, tmp_path: Path, cluster: str, node: str, code: str
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        with pytest.raises(ClientError, match=rf"\({code}\)"):
            await cloud.call("elasticache", "reboot_cache_cluster", CacheClusterId=cluster, CacheNodeIdsToReboot=[node])
