"""DescribeEvents of ElastiCache."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches
from tests.integration.localcloud.elasticache.cache_groups import GROUP, created


async def events_of(cloud: Any, **parameters: Any) -> list[tuple[str, str]]:
    events = (await cloud.call("elasticache", "describe_events", **parameters))["Events"]
    return [(each["SourceIdentifier"], each["Message"]) for each in events]


async def test_events_report_what_happened_to_a_group_also_after_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    first, second, node = f"{GROUP}-001", f"{GROUP}-002", "cache node 0001 in availability zone us-west-1"
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await created(cloud, NumCacheClusters=2, AutomaticFailoverEnabled=True)
        await cloud.call("elasticache", "create_snapshot", ReplicationGroupId=GROUP, SnapshotName="Taken")
        await cloud.call("elasticache", "test_failover", ReplicationGroupId=GROUP, NodeGroupId="0001")
        with pytest.raises(ClientError):  # a refused change has no effect
            await cloud.call("elasticache", "create_snapshot", ReplicationGroupId=GROUP, SnapshotName="taken")
    failover = f"Failover from primary node {first} to replica node {second} completed"
    so_far = [
        (first, "Finished recovery for cache nodes 0001"),
        (first, "Recovering cache nodes 0001"),
        (GROUP, failover),
        (first, failover),
        (GROUP, "Test Failover API called for node group 0001"),
        (first, f"Snapshot succeeded for snapshot with ID 'taken' of cache cluster with ID '{first}'"),
        (GROUP, f"Automatic failover has been turned on for replication group {GROUP}"),
        (GROUP, f"Replication group {GROUP} created"),
        (second, f"Added {node}b"),
        (second, "Cache cluster created"),
        (first, f"Added {node}a"),
        (first, "Cache cluster created"),
    ]
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        assert await events_of(cloud) == so_far
        of_group = [each for each in so_far if each[0] == GROUP]
        assert await events_of(cloud, SourceType="replication-group", SourceIdentifier=GROUP) == of_group
        await cloud.call(
            "elasticache",
            "modify_replication_group",
            ReplicationGroupId=GROUP,
            CacheNodeType="cache.m7g.large",
            AutomaticFailoverEnabled=False,
        )
        await cloud.call(
            "elasticache", "delete_replication_group", ReplicationGroupId=GROUP, FinalSnapshotIdentifier="last"
        )
        assert (await events_of(cloud))[:-12] == [
            (GROUP, f"Replication group {GROUP} deleted"),
            (first, "Cache cluster deleted"),
            (second, "Cache cluster deleted"),
            (second, f"Snapshot succeeded for snapshot with ID 'last' of cache cluster with ID '{second}'"),
            (GROUP, f"Automatic failover has been turned off for replication group {GROUP}"),
            (GROUP, "Succeeded applying modification to cache node type to cache.m7g.large."),
        ]


async def test_events_report_that_a_server_died_and_came_back(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await cloud.call(
            "elasticache",
            "create_cache_cluster",
            CacheClusterId="alone",
            Engine="redis",
            CacheNodeType="cache.t4g.micro",
        )
        assert [message for _, message in await events_of(cloud)][-1:] == ["Cache cluster created"]
        os.kill(cloud.parts["elasticache"].status()["caches"]["alone"]["pid"], signal.SIGKILL)

        async def has_recovered() -> bool:
            return ("alone", "Finished recovery for cache nodes 0001") in await events_of(cloud)

        await cloud.until(has_recovered)
        assert [message for _, message in await events_of(cloud)][:2] == [
            "Finished recovery for cache nodes 0001",
            "Recovering cache nodes 0001",
        ]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"SourceIdentifier": GROUP}, "InvalidParameterCombination"),
        ({"SourceType": "db-instance"}, "InvalidParameterValue"),
        ({"MaxRecords": 5}, "InvalidParameterValue"),
        ({"StartTime": "2026-01-02T00:00:00Z", "EndTime": "2026-01-01T00:00:00Z"}, "InvalidParameterCombination"),
    ],
)
async def test_events_that_cannot_be_asked_for_are_refused(
    cloud_in: Any, tmp_path: Path, parameters: Any, code: str
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        with pytest.raises(ClientError) as refused:
            await events_of(cloud, **parameters)
        assert refused.value.response["Error"]["Code"] == code
