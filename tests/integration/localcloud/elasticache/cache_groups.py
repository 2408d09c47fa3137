"""A replication group for the tests of ElastiCache."""

from typing import Any

import redis.asyncio

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


async def security_group(cloud: Any) -> str:
    """Return a security group that exists: the default VPC's."""
    return str((await cloud.call("ec2", "describe_security_groups"))["SecurityGroups"][0]["GroupId"])


async def described(cloud: Any) -> dict[str, Any]:
    answer = await cloud.call("elasticache", "describe_replication_groups", ReplicationGroupId=GROUP)
    return answer["ReplicationGroups"][0]


def connected(endpoint: dict[str, Any], token: str | None = None, **options: Any) -> redis.asyncio.Redis:
    where = {"host": endpoint["Address"], "port": endpoint["Port"]}
    return redis.asyncio.Redis(**where, password=token, decode_responses=True, **options)
