"""The operations that list what an account holds and that describe it."""

from collections.abc import Mapping

from tests.terraform.call import Call, about, listing


def _balancing_tags(arn: str) -> Call:
    return about("describe_tags", "TagDescriptions", f"ResourceArns={arn}")


def _cache_tags() -> Call:
    return about("list_tags_for_resource", "TagList", "ResourceName=ARN")


def _rds_tags(arn: str) -> Call:
    return about("list_tags_for_resource", "TagList", f"ResourceName={arn}")


def _vpc_attributes() -> list[Call]:
    names = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")
    return [about("describe_vpc_attribute", None, "VpcId", Attribute=name) for name in names]


SETTINGS_OF_BUCKETS = (
    "get_bucket_accelerate_configuration",
    "get_bucket_acl",
    "get_bucket_cors",
    "get_bucket_encryption",
    "get_bucket_lifecycle_configuration",
    "get_bucket_location",
    "get_bucket_logging",
    "get_bucket_notification_configuration",
    "get_bucket_ownership_controls",
    "get_bucket_policy",
    "get_bucket_replication",
    "get_bucket_request_payment",
    "get_bucket_tagging",
    "get_bucket_versioning",
    "get_bucket_website",
    "get_object_lock_configuration",
    "get_public_access_block",
)
CLUSTER = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "TAGS"]
REGIONAL: Mapping[str, tuple[Call, ...]] = {
    "acm": (
        listing(
            "list_certificates",
            "CertificateSummaryList",
            "CertificateArn",
            about("describe_certificate", "Certificate", "CertificateArn"),
            about("list_tags_for_certificate", "Tags", "CertificateArn"),
        ),
    ),
    "apigatewayv2": (
        listing(
            "get_apis",
            "Items",
            "Name",
            about("get_integrations", "Items", "ApiId"),
            about("get_routes", "Items", "ApiId"),
            about("get_stages", "Items", "ApiId"),
        ),
        listing("get_vpc_links", "Items", "Name"),
    ),
    "application-autoscaling": (
        listing(
            "describe_scalable_targets",
            "ScalableTargets",
            "ResourceId",
            about("list_tags_for_resource", "Tags", "ResourceARN=ScalableTargetARN"),
            ServiceNamespace="ecs",
        ),
        listing("describe_scaling_policies", "ScalingPolicies", "PolicyName", ServiceNamespace="ecs"),
        listing("describe_scheduled_actions", "ScheduledActions", "ScheduledActionName", ServiceNamespace="ecs"),
    ),
    "backup": (
        listing(
            "list_backup_plans",
            "BackupPlansList",
            "BackupPlanName",
            about("get_backup_plan", "BackupPlan", "BackupPlanId"),
            about(
                "list_backup_selections",
                "BackupSelectionsList",
                "BackupPlanId",
                about("get_backup_selection", "BackupSelection", "BackupPlanId SelectionId"),
            ),
            about("list_tags", "Tags", "ResourceArn=BackupPlanArn"),
        ),
        listing(
            "list_backup_vaults",
            "BackupVaultList",
            "BackupVaultName",
            about("get_backup_vault_access_policy", None, "BackupVaultName"),
            about("list_tags", "Tags", "ResourceArn=BackupVaultArn"),
        ),
    ),
    "cloudwatch": (
        listing(
            "describe_alarms",
            "MetricAlarms",
            "AlarmName",
            about("list_tags_for_resource", "Tags", "ResourceARN=AlarmArn"),
        ),
        listing("list_dashboards", "DashboardEntries", "DashboardName", about("get_dashboard", None, "DashboardName")),
    ),
    "ec2": (
        listing("describe_addresses", "Addresses", "AllocationId"),
        listing("describe_flow_logs", "FlowLogs", "FlowLogId"),
        listing("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
        listing("describe_nat_gateways", "NatGateways", "NatGatewayId"),
        listing("describe_network_acls", "NetworkAcls", "NetworkAclId"),
        listing("describe_route_tables", "RouteTables", "RouteTableId"),
        listing("describe_security_groups", "SecurityGroups", "GroupId"),
        listing("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleId"),
        listing("describe_subnets", "Subnets", "SubnetId"),
        listing("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
        listing("describe_vpcs", "Vpcs", "VpcId", *_vpc_attributes()),
    ),
    "ecr": (
        listing(
            "describe_repositories",
            "repositories",
            "repositoryName",
            about("get_lifecycle_policy", None, "repositoryName"),
            about("get_repository_policy", None, "repositoryName"),
            about("list_tags_for_resource", "tags", "resourceArn=repositoryArn"),
        ),
    ),
    "ecs": (
        listing(
            "list_clusters",
            "clusterArns",
            "clusterArns",
            about("describe_clusters", "clusters", "clusters=clusterArns", include=CLUSTER),
            about(
                "list_services",
                "serviceArns",
                "cluster=clusterArns",
                about("describe_services", "services", "cluster=clusterArns services=serviceArns", include=["TAGS"]),
            ),
        ),
        listing(
            "list_task_definitions",
            "taskDefinitionArns",
            "taskDefinitionArns",
            about("describe_task_definition", None, "taskDefinition=taskDefinitionArns", include=["TAGS"]),
        ),
    ),
    "elasticache": (
        listing("describe_cache_clusters", "CacheClusters", "CacheClusterId", _cache_tags()),
        listing(
            "describe_cache_parameter_groups",
            "CacheParameterGroups",
            "CacheParameterGroupName",
            about("describe_cache_parameters", "Parameters", "CacheParameterGroupName", Source="user"),
            _cache_tags(),
        ),
        listing("describe_cache_subnet_groups", "CacheSubnetGroups", "CacheSubnetGroupName", _cache_tags()),
        listing("describe_replication_groups", "ReplicationGroups", "ReplicationGroupId", _cache_tags()),
    ),
    "elbv2": (
        listing(
            "describe_load_balancers",
            "LoadBalancers",
            "LoadBalancerName",
            about("describe_load_balancer_attributes", "Attributes", "LoadBalancerArn"),
            about(
                "describe_listeners",
                "Listeners",
                "LoadBalancerArn",
                about("describe_listener_attributes", "Attributes", "ListenerArn"),
                about("describe_rules", "Rules", "ListenerArn", _balancing_tags("RuleArn")),
                _balancing_tags("ListenerArn"),
            ),
            _balancing_tags("LoadBalancerArn"),
        ),
        listing(
            "describe_target_groups",
            "TargetGroups",
            "TargetGroupName",
            about("describe_target_group_attributes", "Attributes", "TargetGroupArn"),
            _balancing_tags("TargetGroupArn"),
        ),
    ),
    "events": (
        listing(
            "list_rules",
            "Rules",
            "Name",
            about("list_targets_by_rule", "Targets", "Rule=Name"),
            about("list_tags_for_resource", "Tags", "ResourceARN=Arn"),
        ),
    ),
    "kms": (
        listing("list_aliases", "Aliases", "AliasName"),
        listing(
            "list_keys",
            "Keys",
            "KeyId",
            about("describe_key", "KeyMetadata", "KeyId"),
            about("get_key_policy", "Policy", "KeyId", PolicyName="default"),
            about("get_key_rotation_status", None, "KeyId"),
            about("list_resource_tags", "Tags", "KeyId"),
        ),
    ),
    "logs": (
        listing(
            "describe_log_groups",
            "logGroups",
            "logGroupName",
            about("describe_metric_filters", "metricFilters", "logGroupName"),
            about("describe_subscription_filters", "subscriptionFilters", "logGroupName"),
            about("list_tags_for_resource", "tags", "resourceArn=logGroupArn"),
        ),
        listing("describe_resource_policies", "resourcePolicies", "policyName"),
    ),
    "rds": (
        listing("describe_db_instances", "DBInstances", "DBInstanceIdentifier", _rds_tags("DBInstanceArn")),
        listing(
            "describe_db_parameter_groups",
            "DBParameterGroups",
            "DBParameterGroupName",
            about("describe_db_parameters", "Parameters", "DBParameterGroupName", Source="user"),
            _rds_tags("DBParameterGroupArn"),
        ),
        listing("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName", _rds_tags("DBSubnetGroupArn")),
    ),
    "secretsmanager": (
        listing(
            "list_secrets",
            "SecretList",
            "Name",
            about("describe_secret", None, "SecretId=ARN"),
            about("get_resource_policy", None, "SecretId=ARN"),
        ),
    ),
    "sesv2": (
        listing(
            "list_email_identities",
            "EmailIdentities",
            "IdentityName",
            about("get_email_identity", None, "EmailIdentity=IdentityName"),
        ),
    ),
    "sns": (
        listing(
            "list_topics",
            "Topics",
            "TopicArn",
            about("get_topic_attributes", "Attributes", "TopicArn"),
            about("list_tags_for_resource", "Tags", "ResourceArn=TopicArn"),
            about(
                "list_subscriptions_by_topic",
                "Subscriptions",
                "TopicArn",
                about("get_subscription_attributes", "Attributes", "SubscriptionArn"),
            ),
        ),
    ),
    "ssm": (
        listing(
            "describe_parameters",
            "Parameters",
            "Name",
            about("get_parameter", "Parameter", "Name"),
            about("list_tags_for_resource", "TagList", "ResourceId=Name", ResourceType="Parameter"),
        ),
    ),
    "wafv2": (
        listing(
            "list_web_acls",
            "WebACLs",
            "Name",
            about("get_web_acl", "WebACL", "Name Id", Scope="REGIONAL"),
            about("get_logging_configuration", "LoggingConfiguration", "ResourceArn=ARN"),
            about("list_resources_for_web_acl", "ResourceArns", "WebACLArn=ARN"),
            about("list_tags_for_resource", "TagInfoForResource", "ResourceARN=ARN"),
            Scope="REGIONAL",
        ),
        listing(
            "list_ip_sets",
            "IPSets",
            "Name",
            about("get_ip_set", "IPSet", "Name Id", Scope="REGIONAL"),
            about("list_tags_for_resource", "TagInfoForResource", "ResourceARN=ARN"),
            Scope="REGIONAL",
        ),
    ),
}
GLOBAL: Mapping[str, tuple[Call, ...]] = {
    "budgets": (
        listing(
            "describe_budgets",
            "Budgets",
            "BudgetName",
            about("describe_notifications_for_budget", "Notifications", "BudgetName", AccountId="123456789012"),
            AccountId="123456789012",
        ),
    ),
    "iam": (
        listing(
            "list_open_id_connect_providers",
            "OpenIDConnectProviderList",
            "Arn",
            about("get_open_id_connect_provider", None, "OpenIDConnectProviderArn=Arn"),
        ),
        listing(
            "list_roles",
            "Roles",
            "RoleName",
            about("get_role", "Role", "RoleName"),
            about("list_attached_role_policies", "AttachedPolicies", "RoleName"),
            about(
                "list_role_policies",
                "PolicyNames",
                "RoleName",
                about("get_role_policy", "PolicyDocument", "RoleName PolicyName=PolicyNames"),
            ),
        ),
    ),
    "route53": (
        listing(
            "list_hosted_zones",
            "HostedZones",
            "Name",
            about("list_resource_record_sets", "ResourceRecordSets", "HostedZoneId=Id"),
        ),
    ),
    "s3": (
        listing("list_buckets", "Buckets", "Name", *(about(each, None, "Bucket=Name") for each in SETTINGS_OF_BUCKETS)),
    ),
}
