"""A replication group for the tests of ElastiCache."""

from typing import Any

GROUP = "spendsense-local"


async def created(cloud: Any, **more: Any) -> dict[str, Any]:
    answer = await cloud.call(
        "elasticache",
        "create_replication_group",
        **{
            "ReplicationGroupId": GROUP,
            "ReplicationGroupDescription": "cache",
            "Engine": "redis",
            "CacheNodeType": "cache.t4g.micro",
            **more,
        },
    )
    return answer["ReplicationGroup"]
