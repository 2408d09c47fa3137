"""What exists by name, where tags may be missing: one list for each kind of resource that costs or keeps something."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ops.aws.clients import Aws

ROLE, SNAPSHOT = re.compile(r":iam::\d+:role/"), re.compile(r":rds:[^:]*:\d+:snapshot:")


def arns(aws: Aws) -> Iterator[tuple[str, str]]:
    """Yield (name, ARN) of what the environment's region has under its names; a snapshot has its database's.

    A dozen lists in all.
    """
    where = aws.environment
    prefix = where.prefix
    yield from _listed(aws.rds, "describe_db_instances", "DBInstances", "DBInstanceIdentifier", "DBInstanceArn")
    by_hand = {"SnapshotType": "manual"}
    yield from _listed(
        aws.rds, "describe_db_snapshots", "DBSnapshots", "DBInstanceIdentifier", "DBSnapshotArn", **by_hand
    )
    yield from _listed(aws.elasticache, "describe_replication_groups", "ReplicationGroups", "ReplicationGroupId", "ARN")
    yield from _listed(aws.elbv2, "describe_load_balancers", "LoadBalancers", "LoadBalancerName", "LoadBalancerArn")
    yield from _listed(aws.elbv2, "describe_target_groups", "TargetGroups", "TargetGroupName", "TargetGroupArn")
    yield from _listed(aws.ecr, "describe_repositories", "repositories", "repositoryName", "repositoryArn")
    yield from _listed(aws.iam, "list_roles", "Roles", "RoleName", "Arn")
    yield from _listed(aws.secretsmanager, "list_secrets", "SecretList", "Name", "ARN")
    for start in (where.log_group, prefix, f"/{prefix}/"):
        request = {"logGroupNamePrefix": start}
        yield from _listed(aws.logs, "describe_log_groups", "logGroups", "logGroupName", "logGroupArn", **request)
    request = {"AlarmNamePrefix": prefix}
    yield from _listed(aws.cloudwatch, "describe_alarms", "MetricAlarms", "AlarmName", "AlarmArn", **request)
    by_path = {"ParameterFilters": [{"Key": "Name", "Option": "BeginsWith", "Values": [f"/{prefix}/"]}]}
    yield from _listed(aws.ssm, "describe_parameters", "Parameters", "Name", "ARN", **by_path)
    for arn in aws.ecs.get_paginator("list_clusters").paginate().build_full_result()["clusterArns"]:
        yield arn.rpartition("/")[2], arn
    for bucket in aws.s3.list_buckets()["Buckets"]:
        yield bucket["Name"], f"arn:aws:s3:::{bucket['Name']}"


def tags_not_listed(aws: Aws, found: Iterable[tuple[str, str]]) -> dict[str, dict[str, str]]:
    """Return by ARN the tags of roles, which the Resource Groups Tagging API does not list, and of snapshots.

    IAM ListRoleTags, RDS ListTagsForResource.
    """
    tags: dict[str, dict[str, str]] = {}
    for name, arn in found:
        if ROLE.search(arn):
            pages = aws.iam.get_paginator("list_role_tags").paginate(RoleName=name)
            tags[arn] = {each["Key"]: each["Value"] for each in pages.build_full_result()["Tags"]}
        elif SNAPSHOT.search(arn):
            listed = aws.rds.list_tags_for_resource(ResourceName=arn)["TagList"]
            tags[arn] = {each["Key"]: each["Value"] for each in listed}
    return tags


def _listed(client: Any, operation: str, key: str, name: str, arn: str, **request: Any) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator(operation).paginate(**request):
        for each in page[key]:
            yield each[name], each.get(arn) or each[name]
