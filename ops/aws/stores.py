"""The database instance and the cache of an environment as AWS describes them."""

from enum import StrEnum

from ops.aws.clients import Aws, Wire


class Store(StrEnum):
    """Names of the stores, which are also those of their secrets."""

    DATABASE = "database"
    REDIS = "redis"


def find_instance(aws: Aws, identifier: str) -> Wire | None:
    """Read a database instance; None when there is none of this name. RDS DescribeDBInstances."""
    try:
        found: list[Wire] = aws.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    except aws.rds.exceptions.DBInstanceNotFoundFault:
        return None
    return found[0]


def find_replication_group(aws: Aws, identifier: str) -> Wire | None:
    """Read a cache; None when there is none of this name. ElastiCache DescribeReplicationGroups."""
    try:
        response = aws.elasticache.describe_replication_groups(ReplicationGroupId=identifier)
    except aws.elasticache.exceptions.ReplicationGroupNotFoundFault:
        return None
    found: list[Wire] = response["ReplicationGroups"]
    return found[0]
