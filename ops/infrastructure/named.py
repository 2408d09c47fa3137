"""What exists by name, where tags may be missing: one list for each kind of resource that costs or keeps something."""

from collections.abc import Iterator
from typing import Any

from ops.aws.clients import Aws


def arns(aws: Aws) -> Iterator[tuple[str, str]]:
    """Yield (name, ARN) of what the environment's region has under its names, a dozen lists in all."""
    where = aws.environment
    prefix = where.prefix
    yield from _listed(aws.rds, "describe_db_instances", "DBInstances", "DBInstanceIdentifier", "DBInstanceArn")
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


def _listed(client: Any, operation: str, key: str, name: str, arn: str, **request: Any) -> Iterator[tuple[str, str]]:
    for page in client.get_paginator(operation).paginate(**request):
        for each in page[key]:
            yield each[name], each.get(arn) or each[name]
