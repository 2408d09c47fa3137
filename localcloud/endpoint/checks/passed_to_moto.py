"""The operations that moto may handle for services whose data is ours: each was reviewed, all others are refused.

moto's store is not ours: an unreviewed operation could return a false success from it.
"""

from collections.abc import Mapping

from localcloud.errors import AwsError, not_offered
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.wire import AwsRequest, region_of

RECORDS = "moto keeps the record, and a real server, task, file or log follows it or comes from it"
SHOWN = "kept and shown without effect; the reference says so"
OWN_STORE = "a patch responds from our own store"
NONE_THERE = "there is none, and none can be created"

ELB_VERSION = "2015-12-01"
V2 = "/v2/"
BOTOCORES = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi"}
"""Signing name -> botocore's name, where the path or version does not decide."""
SES_V2 = "/v2/email/"
ONE_REGION = ("ecs", "ecr", "elasticloadbalancing", "application-autoscaling")
"""Signing names. RDS and CloudWatch Logs support other regions, ElastiCache refuses them itself."""

PASSED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "elbv2": {
        RECORDS: (
            *("CreateLoadBalancer", "DeleteLoadBalancer", "DescribeLoadBalancers"),
            *("CreateTargetGroup", "DeleteTargetGroup", "DescribeTargetGroups", "ModifyTargetGroup"),
            *("CreateListener", "DeleteListener", "DescribeListeners", "ModifyListener"),
            *("CreateRule", "DeleteRule", "DescribeRules", "ModifyRule", "SetRulePriorities"),
            *("DescribeLoadBalancerAttributes", "ModifyLoadBalancerAttributes"),
            *("DescribeTargetGroupAttributes", "ModifyTargetGroupAttributes"),
            *("DescribeListenerAttributes", "ModifyListenerAttributes"),
            *("AddListenerCertificates", "DescribeListenerCertificates", "RemoveListenerCertificates"),
            *("AddTags", "DescribeTags", "RemoveTags"),
            *("DescribeAccountLimits", "DescribeSSLPolicies", "DescribeCapacityReservation"),
        ),
        SHOWN: ("SetIpAddressType", "SetSecurityGroups", "SetSubnets"),
    },
    "elasticache": {
        RECORDS: (
            *("CreateCacheCluster", "DeleteCacheCluster", "DescribeCacheClusters"),
            *("CreateReplicationGroup", "DeleteReplicationGroup", "DescribeReplicationGroups"),
            "ModifyReplicationGroup",
            *("CreateSnapshot", "DeleteSnapshot", "DescribeSnapshots", "TestFailover"),
            *("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"),
        ),
        SHOWN: (
            *("CreateCacheSubnetGroup", "DeleteCacheSubnetGroup", "DescribeCacheSubnetGroups"),
            *("CreateCacheParameterGroup", "DeleteCacheParameterGroup", "DescribeCacheParameterGroups"),
            *("DescribeCacheParameters", "ModifyCacheParameterGroup", "ResetCacheParameterGroup"),
            "DescribeUsers",  # The default user always exists.
            "ModifyCacheSubnetGroup",
            "DescribeReservedCacheNodesOfferings",  # Offerings are node types; nothing is bought.
        ),
    },
    "ecr": {
        RECORDS: (
            *("CreateRepository", "DeleteRepository", "DescribeRepositories"),
            *("PutImage", "BatchGetImage", "BatchDeleteImage", "DescribeImages", "ListImages"),
            *("BatchCheckLayerAvailability", "GetDownloadUrlForLayer"),
            *("GetAuthorizationToken", "DescribeRegistry", "PutImageTagMutability"),
            *("ListTagsForResource", "TagResource", "UntagResource"),
        ),
        SHOWN: (
            *("PutLifecyclePolicy", "GetLifecyclePolicy", "DeleteLifecyclePolicy"),
            *("SetRepositoryPolicy", "GetRepositoryPolicy", "DeleteRepositoryPolicy"),
            *("PutRegistryPolicy", "GetRegistryPolicy", "DeleteRegistryPolicy"),
            *("PutImageScanningConfiguration", "BatchGetRepositoryScanningConfiguration"),
            *("PutRegistryScanningConfiguration", "GetRegistryScanningConfiguration"),
            *("StartImageScan", "DescribeImageScanFindings"),  # A patch reports that the image cannot be scanned.
            "CompleteLayerUpload",  # When a layer is not in the image store, the task that needs it reports that.
            *("InitiateLayerUpload", "UploadLayerPart"),
        ),
    },
    "application-autoscaling": {
        RECORDS: (
            *("RegisterScalableTarget", "DeregisterScalableTarget", "DescribeScalableTargets"),
            *("PutScalingPolicy", "DeleteScalingPolicy", "DescribeScalingPolicies"),
            *("PutScheduledAction", "DeleteScheduledAction", "DescribeScheduledActions"),
            *("ListTagsForResource", "TagResource", "UntagResource"),
        ),
    },
    "cloudwatch": {
        RECORDS: (
            *("PutMetricAlarm", "PutCompositeAlarm", "DeleteAlarms", "SetAlarmState"),
            *("DescribeAlarms", "DescribeAlarmsForMetric", "DescribeAlarmHistory"),
            *("EnableAlarmActions", "DisableAlarmActions"),
            *("ListTagsForResource", "TagResource", "UntagResource"),
        ),
        OWN_STORE: ("PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics"),
        SHOWN: ("PutDashboard", "GetDashboard", "ListDashboards", "DeleteDashboards"),
        NONE_THERE: (
            *("DescribeInsightRules", "DescribeAnomalyDetectors", "ListMetricStreams"),
            *("ListManagedInsightRules", "ListAlarmMuteRules"),
        ),
    },
    "resourcegroupstaggingapi": {RECORDS: ("TagResources", "UntagResources")},
    "sesv2": {
        RECORDS: (
            *("CreateEmailIdentity", "DeleteEmailIdentity", "GetEmailIdentity", "ListEmailIdentities"),
            *("ListTagsForResource", "TagResource", "UntagResource"),
        ),
    },
    "apigatewayv2": {
        RECORDS: (
            *("CreateApi", "DeleteApi", "GetApi", "GetApis", "UpdateApi"),
            *("CreateIntegration", "DeleteIntegration", "GetIntegration", "GetIntegrations", "UpdateIntegration"),
            *("CreateRoute", "DeleteRoute", "GetRoute", "GetRoutes", "UpdateRoute"),
            *("CreateStage", "DeleteStage", "GetStage", "GetStages", "UpdateStage"),
            *("CreateVpcLink", "DeleteVpcLink", "GetVpcLink", "GetVpcLinks", "UpdateVpcLink"),
            *("GetTags", "TagResource", "UntagResource"),
        ),
        SHOWN: (
            *("CreateAuthorizer", "DeleteAuthorizer", "GetAuthorizer", "UpdateAuthorizer"),
            *("CreateModel", "DeleteModel", "GetModel", "UpdateModel", "DeleteCorsConfiguration"),
            *("CreateRouteResponse", "DeleteRouteResponse", "GetRouteResponse", "DeleteRouteRequestParameter"),
            "DeleteRouteSettings",
            *("CreateIntegrationResponse", "DeleteIntegrationResponse", "UpdateIntegrationResponse"),
            *("GetIntegrationResponse", "GetIntegrationResponses"),
            *("CreateDomainName", "DeleteDomainName", "GetDomainName", "GetDomainNames"),
            *("CreateApiMapping", "DeleteApiMapping", "GetApiMapping", "GetApiMappings"),
        ),
    },
}
"""botocore's service name -> why moto may serve them -> operations."""
WHOLLY_MOTOS: Mapping[str, str] = {
    "acm": "certificates: moto's record is all there is, and the load balancers read it",
    "backup": "plans and jobs are moto's records; our own jobs are added to them (moto_only/backup/jobs.py)",
    "budgets": "moto's records; nothing is spent here",
    "events": "rules and targets are moto's records, and ECS events are sent to them (ecs/events.py)",
    "iam": "moto's records, by which `enforcement/` decides on requests",
    "kms": "moto's keys do all the encryption",
    "secretsmanager": "moto's secrets are the ones that tasks get",
    "sns": "moto's topics are the ones that alarms publish to",
    "sqs": "moto's queues are the ones that topics and rules deliver to",
    "ssm": "moto's parameters are the ones that tasks get",
    "sts": "responses are computed from the request",
}
"""Services whose overlay only checks requests; signing name -> why moto's store is the only one."""


def check_region(request: AwsRequest, region: str) -> None:
    """Treat a region where nothing runs as one that the account has not enabled. Errors: AwsError OptInRequired."""
    signed_for = region_of(request)
    is_ours = request.service in ONE_REGION or (request.service == "apigateway" and request.path.startswith(V2))
    if is_ours and signed_for and signed_for != region:
        why = f"the local cloud runs {request.service} in {region} only"
        raise AwsError("OptInRequired", f"You are not subscribed to this service in {signed_for}: {why}", 403)


def check_reviewed(request: AwsRequest) -> None:
    """Check a request that moto would handle. Errors: AwsError InvalidAction, 501."""
    name, operation = _named(request)
    if name in PASSED and not any(operation in operations for operations in PASSED[name].values()):
        what = operation or f"{request.method} {request.path}"
        raise not_offered(f"{what} of {name}")


def _named(request: AwsRequest) -> tuple[str, str]:
    """Return botocore's name of the service, and the operation."""
    if request.service == "apigateway":
        is_v2 = request.path.startswith(V2)
        return ("apigatewayv2", _by_path("apigatewayv2", request)) if is_v2 else ("apigateway", "")
    if request.service == "ses":
        return ("sesv2", _by_path("sesv2", request)) if request.path.startswith(SES_V2) else ("ses", "")
    if request.service == "elasticloadbalancing":
        return "elbv2" if request.form.get("Version") == ELB_VERSION else "elb", request.operation
    return BOTOCORES.get(request.service, request.service), request.operation


def _by_path(service: str, request: AwsRequest) -> str:
    operation = operation_by_path(service, request.method, request.path)
    return operation.name if operation else ""
