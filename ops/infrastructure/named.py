"""Lists resources by name, as tags may be missing: one list for each kind that costs money or stores data."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ops.aws.clients import Aws

Named = tuple[str, str]
"""Name and ARN."""
ROLE, SNAPSHOT = re.compile(r":iam::\d+:role/"), re.compile(r":rds:[^:]*:\d+:snapshot:")


def lists(aws: Aws) -> Iterator[tuple[str, Callable[[], Iterator[Named]]]]:
    """Yield a dozen lists: the kind, and a function that lists the resources with the environment's names in its
    region. A snapshot counts by its database's name.
    """
    where = aws.environment
    prefix = where.prefix
    identifier = "DBInstanceIdentifier"
    by_hand = {"SnapshotType": "manual"}
    yield _list("databases", aws.rds, "describe_db_instances", "DBInstances", identifier, "DBInstanceArn")
    yield _list("snapshots", aws.rds, "describe_db_snapshots", "DBSnapshots", identifier, "DBSnapshotArn", **by_hand)
    yield _list(
        "caches", aws.elasticache, "describe_replication_groups", "ReplicationGroups", "ReplicationGroupId", "ARN"
    )
    balancers = ("describe_load_balancers", "LoadBalancers", "LoadBalancerName", "LoadBalancerArn")
    yield _list("load balancers", aws.elbv2, *balancers)
    yield _list(
        "target groups", aws.elbv2, "describe_target_groups", "TargetGroups", "TargetGroupName", "TargetGroupArn"
    )
    yield _list("repositories", aws.ecr, "describe_repositories", "repositories", "repositoryName", "repositoryArn")
    yield _list("roles", aws.iam, "list_roles", "Roles", "RoleName", "Arn")
    yield _list("secrets", aws.secretsmanager, "list_secrets", "SecretList", "Name", "ARN")
    for start in (where.log_group, prefix, f"/{prefix}/"):
        request = {"logGroupNamePrefix": start}
        groups = ("describe_log_groups", "logGroups", "logGroupName", "logGroupArn")
        yield _list(f"log groups {start}*", aws.logs, *groups, **request)
    alarms = ("describe_alarms", "MetricAlarms", "AlarmName", "AlarmArn")
    yield _list("alarms", aws.cloudwatch, *alarms, AlarmNamePrefix=prefix)
    by_path = {"ParameterFilters": [{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{prefix}/"]}]}
    yield _list("parameters", aws.ssm, "describe_parameters", "Parameters", "Name", "ARN", **by_path)
    yield "clusters", partial(_clusters, aws)
    yield "buckets", partial(_buckets, aws)


def has_tags_not_listed(arn: str) -> bool:
    """Return whether it is a role, which the Resource Groups Tagging API does not list, or a snapshot."""
    return bool(ROLE.search(arn) or SNAPSHOT.search(arn))


def tags_of(aws: Aws, name: str, arn: str) -> Iterator[tuple[str, str]]:
    """Yield the tags of a role or a snapshot. IAM ListRoleTags, RDS ListTagsForResource."""
    if ROLE.search(arn):
        tags = aws.iam.get_paginator("list_role_tags").paginate(RoleName=name).build_full_result()["Tags"]
    else:
        tags = aws.rds.list_tags_for_resource(ResourceName=arn)["TagList"]
    yield from ((each["Key"], each["Value"]) for each in tags)


def _list(
    what: str, client: object, operation: str, key: str, name: str, arn: str, **request: object
) -> tuple[str, Callable[[], Iterator[Named]]]:
    return what, partial(_listed, client, operation, key, name, arn, **request)


def _clusters(aws: Aws) -> Iterator[Named]:
    for arn in aws.ecs.get_paginator("list_clusters").paginate().build_full_result()["clusterArns"]:
        yield arn.rpartition("/")[2], arn


def _buckets(aws: Aws) -> Iterator[Named]:
    for bucket in aws.s3.list_buckets()["Buckets"]:
        yield bucket["Name"], f"arn:aws:s3:::{bucket['Name']}"


def _listed(client: Any, operation: str, key: str, name: str, arn: str, **request: Any) -> Iterator[Named]:
    for page in client.get_paginator(operation).paginate(**request):
        for each in page[key]:
            yield each[name], each.get(arn) or each[name]
