"""Lists what exists in an account, to compare it before and after."""

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError

Client = Callable[[str, str], Any]
"""(service, region) -> boto3's client."""

# service -> operation, what it returns, and the field that names one; in every region.
LISTED: tuple[tuple[str, str, str, str], ...] = (
    ("apigatewayv2", "get_apis", "Items", "Name"),
    ("apigatewayv2", "get_vpc_links", "Items", "Name"),
    ("backup", "list_backup_plans", "BackupPlansList", "BackupPlanName"),
    ("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", "repositories", "repositoryName"),
    ("elasticache", "describe_cache_clusters", "CacheClusters", "CacheClusterId"),
    ("elasticache", "describe_cache_parameter_groups", "CacheParameterGroups", "CacheParameterGroupName"),
    ("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups", "CacheSubnetGroupName"),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", "ReplicationGroupId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
    ("events", "list_rules", "Rules", "Name"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sesv2", "list_email_identities", "EmailIdentities", "IdentityName"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
)
NOT_SUBSCRIBED = "OptInRequired"
"""The error code of a region in which the account cannot use a service."""
# In the home region only.
GLOBAL: tuple[tuple[str, str, str, str], ...] = (
    ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", "Arn"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("s3", "list_buckets", "Buckets", "Name"),
)


def census(client: Client, home: str, regions: Iterable[str]) -> set[str]:
    """`region service: name` of everything. What is gone or going (scheduled deletions) is not counted."""
    found = set()
    for region in regions:
        for service, operation, result, name in (*LISTED, *(GLOBAL if region == home else ())):
            for each in _all(client(service, region), operation, result):
                if "AWS::Default" not in str(each.get("AlarmArn")):
                    found.add(f"{region} {service} {result}: {each[name]}")
        found |= {f"{region} {each}" for each in _others(client, region)}
    return found


def _others(client: Client, region: str) -> Iterable[str]:
    """List what needs more than one call, or stays listed after it is gone."""
    ec2, kms = client("ec2", region), client("kms", region)
    for gateway in _all(ec2, "describe_nat_gateways", "NatGateways"):
        if gateway["State"] not in ("deleted", "deleting"):
            yield f"ec2 NatGateways: {gateway['NatGatewayId']}"
    for endpoint in _all(ec2, "describe_vpc_endpoints", "VpcEndpoints"):
        if endpoint["State"] not in ("deleted", "deleting"):
            yield f"ec2 VpcEndpoints: {endpoint['VpcEndpointId']}"
    for key in _all(kms, "list_keys", "Keys"):
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion":
            yield f"kms Keys: {key['KeyId']}"
    for group in client("wafv2", region).list_web_acls(Scope="REGIONAL")["WebACLs"]:
        yield f"wafv2 WebACLs: {group['Name']}"
    scaling = client("application-autoscaling", region)
    for target in _all(scaling, "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"):
        yield f"application-autoscaling ScalableTargets: {target['ResourceId']}"
    for arn in _all(client("ecs", region), "list_clusters", "clusterArns"):
        yield f"ecs clusters: {arn}"


def _all(client: Any, operation: str, result: str, **arguments: str) -> list[Any]:
    try:
        return [each for page in pages(client, operation, arguments) for each in page.get(result, [])]
    except ClientError as error:
        if error.response["Error"]["Code"] == NOT_SUBSCRIBED:
            return []
        raise AssertionError(f"{operation}: {error}") from error


def pages(client: Any, operation: str, arguments: dict[str, str]) -> Iterable[dict[str, Any]]:
    if client.can_paginate(operation):
        yield from client.get_paginator(operation).paginate(**arguments)
    else:
        yield getattr(client, operation)(**arguments)
