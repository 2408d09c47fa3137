"""ElastiCache's API with real Redis servers behind it."""

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
import redis.asyncio
from botocore.exceptions import ClientError

from localcloud.cloudwatch.metrics.caches import CacheMetrics
from localcloud.elasticache.caches import Caches
from tests.integration.localcloud.elasticache.cache_groups import GROUP, connected, created, described

TOKEN = "a-token!of&sixteen#characters"


async def test_a_replication_group_is_a_redis_server_that_wants_its_token(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert (await created(cloud, AuthToken=TOKEN, TransitEncryptionEnabled=True))["Status"] == "creating"
        group = await described(cloud)
        assert group["Status"] == "available"
        endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
        assert endpoint["Port"] == 6379
        async with connected(endpoint, TOKEN) as client:
            await client.set("greeting", "hello")
            assert await client.get("greeting") == "hello"
            assert int((await client.info("server"))["redis_version"].split(".")[0]) >= 7
        async with connected(endpoint, retry=None) as client:
            with pytest.raises(redis.AuthenticationError):
                await client.get("greeting")
        answer = await cloud.call("elasticache", "describe_cache_clusters", ShowCacheNodeInfo=True)
        member = answer["CacheClusters"][0]
        assert (member["CacheClusterId"], member["ReplicationGroupId"]) == (f"{GROUP}-001", GROUP)
        assert member["CacheNodes"][0]["Endpoint"] == endpoint
        process = cloud.parts["elasticache"].status()["caches"][GROUP]["pid"]
        assert TOKEN not in " ".join(psutil.Process(process).cmdline())


async def test_a_token_is_admitted_beside_the_old_one_and_then_alone(cloud_in: Any, tmp_path: Path) -> None:
    first, second = TOKEN, f"{TOKEN}-2"

    async def modified(token: str, strategy: str) -> None:
        await cloud.call(
            "elasticache",
            "modify_replication_group",
            ReplicationGroupId=GROUP,
            AuthToken=token,
            AuthTokenUpdateStrategy=strategy,
        )

    async def admitted(endpoint: dict[str, Any]) -> list[bool]:
        """Return whether a client is admitted without a token, with the first, with the second."""
        found = []
        for token in (None, first, second):
            async with connected(endpoint, token, retry=None) as client:  # else a refusal takes seconds
                try:
                    found.append(await client.ping())
                except redis.AuthenticationError:
                    found.append(False)
        return found

    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, TransitEncryptionEnabled=True)
        endpoint = (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"]
        await modified(first, "ROTATE")
        assert (await described(cloud))["AuthTokenEnabled"] is True
        assert (await admitted(endpoint))[0]
        await modified(first, "SET")
        assert await admitted(endpoint) == [False, True, False]
        await modified(second, "ROTATE")
        assert await admitted(endpoint) == [False, True, True]
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert await admitted(endpoint) == [False, True, True]
        await modified(second, "SET")
        assert await admitted(endpoint) == [False, False, True]
        with pytest.raises(ClientError, match="Invalid AuthToken"):
            await modified("short", "SET")


async def test_keys_token_and_endpoint_are_there_after_stop_and_start(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, AuthToken=TOKEN, TransitEncryptionEnabled=True)
        before = (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"]
        async with connected(before, TOKEN) as client:
            await client.set("greeting", "hello")
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        group = await described(cloud)
        assert group["Status"] == "available"
        assert group["NodeGroups"][0]["PrimaryEndpoint"] == before
        async with connected(before, TOKEN) as client:
            assert await client.get("greeting") == "hello"


async def test_a_killed_server_is_restarted_with_its_keys(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        endpoint = (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"]
        async with connected(endpoint) as client:
            await client.set("greeting", "hello")
        os.kill(cloud.parts["elasticache"].status()["caches"][GROUP]["pid"], signal.SIGKILL)
        await cloud.until(lambda: cloud.parts["elasticache"].status()["caches"][GROUP]["restarts"])
        async with connected(endpoint) as client:
            assert await client.get("greeting") == "hello"
        assert (await described(cloud))["Status"] == "available"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"address": 1}', None])
async def test_a_cache_whose_file_is_damaged_keeps_endpoint_and_keys(
    cloud_in: Any, tmp_path: Path, content: str | None
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        endpoint = (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"]
        async with connected(endpoint) as client:
            await client.set("greeting", "hello")
    path = tmp_path / "elasticache" / GROUP / "cache.json"
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert (await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"] == endpoint
        async with connected(endpoint) as client:
            assert await client.get("greeting") == "hello"
        [reported] = cloud.set_aside
        assert "cache.json" in reported
        assert "recreated" in reported


async def test_a_deleted_cache_leaves_no_server_no_record_and_no_data(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await cloud.call(
            "elasticache",
            "create_cache_cluster",
            CacheClusterId="lone",
            Engine="redis",
            CacheNodeType="cache.t4g.micro",
            NumCacheNodes=1,
        )
        answer = await cloud.call("elasticache", "describe_cache_clusters", ShowCacheNodeInfo=True)
        endpoint = answer["CacheClusters"][0]["CacheNodes"][0]["Endpoint"]
        async with connected(endpoint) as client:
            assert await client.ping()
        await cloud.call("elasticache", "delete_cache_cluster", CacheClusterId="lone")
        async with connected(endpoint) as client:
            with pytest.raises(redis.ConnectionError):
                await client.ping()
        assert list((tmp_path / "elasticache").iterdir()) == []
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert (await cloud.call("elasticache", "describe_cache_clusters"))["CacheClusters"] == []


async def test_an_existing_group_is_not_touched_by_a_second_creation(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, AuthToken=TOKEN, TransitEncryptionEnabled=True)
        with pytest.raises(ClientError) as caught:
            await created(cloud, AuthToken=TOKEN + "-other", TransitEncryptionEnabled=True)
        assert caught.value.response["Error"]["Code"] == "ReplicationGroupAlreadyExists"
        with pytest.raises(ClientError, match="memcached"):
            await created(cloud, ReplicationGroupId="other", Engine="memcached")
        async with connected((await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"], TOKEN) as client:
            assert await client.ping()


async def snapshot_of(cloud: Any, name: str) -> dict[str, Any]:
    answer = await cloud.call("elasticache", "describe_snapshots", SnapshotName=name)
    return answer["Snapshots"][0]


async def test_a_snapshot_holds_what_was_stored_and_outlives_its_cache(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, AuthToken=TOKEN, TransitEncryptionEnabled=True)
        async with connected((await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"], TOKEN) as client:
            await client.set("greeting", "hello")
            taken = await cloud.call(
                "elasticache", "create_snapshot", ReplicationGroupId=GROUP, SnapshotName="Before-The-End"
            )
            await client.set("greeting", "later")
        assert taken["Snapshot"]["SnapshotStatus"] == "creating"
        await cloud.call(
            "elasticache", "delete_replication_group", ReplicationGroupId=GROUP, FinalSnapshotIdentifier="last"
        )
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert (await snapshot_of(cloud, "before-the-end"))["SnapshotStatus"] == "available"
        for name, value in (("before-the-end", "hello"), ("last", "later")):
            await created(cloud, ReplicationGroupId=f"from-{name}", SnapshotName=name)
            found = await cloud.call("elasticache", "describe_replication_groups", ReplicationGroupId=f"from-{name}")
            async with connected(found["ReplicationGroups"][0]["NodeGroups"][0]["PrimaryEndpoint"]) as client:
                assert await client.get("greeting") == value
        await cloud.call("elasticache", "delete_snapshot", SnapshotName="last")
        for parameters in ({"SnapshotName": "last"}, {"SnapshotName": "never"}):
            with pytest.raises(ClientError, match="SnapshotNotFoundFault"):
                await created(cloud, ReplicationGroupId="from-nothing", **parameters)
        answer = await cloud.call("elasticache", "describe_replication_groups")
        assert {group["ReplicationGroupId"] for group in answer["ReplicationGroups"]} == {
            "from-before-the-end",
            "from-last",
        }


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SnapshotName": "s"}, "InvalidParameterValue"),
        ({"SnapshotName": "s", "ReplicationGroupId": "nobody"}, "ReplicationGroupNotFoundFault"),
        ({"SnapshotName": "s", "CacheClusterId": "nobody"}, "CacheClusterNotFound"),
        (
            {"SnapshotName": "s", "CacheClusterId": f"{GROUP}-001", "ReplicationGroupId": GROUP},
            "InvalidParameterCombination",
        ),
        ({"SnapshotName": "../s", "ReplicationGroupId": GROUP}, "InvalidParameterValue"),
        ({"SnapshotName": "taken", "ReplicationGroupId": GROUP}, "SnapshotAlreadyExistsFault"),
    ],
)
async def test_a_snapshot_that_cannot_be_is_refused(cloud_in: Any, tmp_path: Path, parameters: Any, code: str) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        await cloud.call("elasticache", "create_snapshot", CacheClusterId=f"{GROUP}-001", SnapshotName="taken")
        with pytest.raises(ClientError) as refused:
            await cloud.call("elasticache", "create_snapshot", **parameters)
        assert refused.value.response["Error"]["Code"] == code


async def test_a_failover_breaks_connections_and_keeps_endpoint_and_data(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, NumCacheClusters=2, AutomaticFailoverEnabled=True)
        node_group = (await described(cloud))["NodeGroups"][0]
        async with connected(node_group["PrimaryEndpoint"]) as client:
            await client.set("greeting", "hello")
            process = (await client.info("server"))["process_id"]
            await cloud.call("elasticache", "test_failover", ReplicationGroupId=GROUP, NodeGroupId="0001")
        after = await described(cloud)
        assert after["Status"] == "available"
        roles = [
            [member["CurrentRole"] for member in each["NodeGroupMembers"]]
            for each in (node_group, after["NodeGroups"][0])
        ]
        assert roles == [["primary", "replica"], ["replica", "primary"]]
        assert after["NodeGroups"][0]["PrimaryEndpoint"] == node_group["PrimaryEndpoint"]
        async with connected(node_group["PrimaryEndpoint"]) as client:
            assert await client.get("greeting") == "hello"
            assert (await client.info("server"))["process_id"] != process


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ReplicationGroupId": "nobody", "NodeGroupId": "0001"}, "ReplicationGroupNotFoundFault"),
        ({"ReplicationGroupId": GROUP, "NodeGroupId": "0002"}, "NodeGroupNotFoundFault"),
        ({"ReplicationGroupId": GROUP, "NodeGroupId": "0001"}, "TestFailoverNotAvailableFault"),
    ],
)
async def test_a_failover_that_cannot_be_is_refused(cloud_in: Any, tmp_path: Path, parameters: Any, code: str) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        with pytest.raises(ClientError) as refused:
            await cloud.call("elasticache", "test_failover", **parameters)
        assert refused.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("name", ['\u00fcn\u00ef "x"', "back\\slash 'and' 100% $HOME", "tab\tand\nline"])
async def test_a_cache_starts_whatever_its_path_is_called(cloud_in: Any, tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.mkdir()
    async with cloud_in(place, {"elasticache": Caches}) as cloud:
        await created(cloud)
        assert (await described(cloud))["Status"] == "available"
    assert (place / "elasticache" / GROUP / "data" / "appendonlydir").is_dir()


async def test_a_creation_that_fails_says_why_and_leaves_nothing_behind(
    cloud_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    server = programs / "redis-server"
    server.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v=7.2.4 sha=0" && exit\necho "Out of luck"; exit 1\n'
    )
    server.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    async with cloud_in(data, {"elasticache": Caches}) as cloud:
        with monkeypatch.context() as path:
            path.setenv("PATH", str(programs), prepend=os.pathsep)
            with pytest.raises(ClientError, match=r"(?s)InternalFailure.*Out of luck"):
                await created(cloud)
        assert (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"] == []
        assert list((data / "elasticache").iterdir()) == []
        await created(cloud)
        assert (await described(cloud))["Status"] == "available"


async def test_every_node_of_a_group_is_measured_on_its_server(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, AuthToken=TOKEN, TransitEncryptionEnabled=True, NumCacheClusters=2)
        caches = cloud.parts["elasticache"]
        metrics = CacheMetrics()
        metrics.data(await caches.measured(), 0.0, 1)
        async with connected((await described(cloud))["NodeGroups"][0]["PrimaryEndpoint"], TOKEN) as client:
            await client.set("greeting", "hello")
            assert await client.get("greeting") == "hello"
        found = {
            (dict(each.metric.dimensions)["CacheClusterId"], each.metric.name): each.values.total
            for each in metrics.data(await caches.measured(), 60.0, 1)
        }
        for node in (f"{GROUP}-001", f"{GROUP}-002"):
            assert 0 < found[node, "DatabaseMemoryUsagePercentage"] < 100
            assert (found[node, "CurrItems"], found[node, "CacheHits"], found[node, "Evictions"]) == (1, 1, 0)


async def test_a_halted_server_is_not_measured_and_holds_up_nobody(
    cloud_in: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("localcloud.elasticache.measured.LONGEST_S", 0.2)
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud)
        process = psutil.Process(cloud.parts["elasticache"].status()["caches"][GROUP]["pid"])
        process.suspend()
        try:
            assert await cloud.parts["elasticache"].measured() == {}
        finally:
            process.resume()
        assert set(await cloud.parts["elasticache"].measured()) == {GROUP}
