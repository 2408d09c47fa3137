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


async def security_group(cloud: Any) -> str:
    """Return a security group that exists: the default VPC's."""
    return str((await cloud.call("ec2", "describe_security_groups"))["SecurityGroups"][0]["GroupId"])
