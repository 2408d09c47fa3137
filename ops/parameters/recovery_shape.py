"""The configuration of database and service in an SSM parameter, for a recovery that has to recreate them."""

import json

from ops.aws.clients import Aws, Wire
from ops.aws.stores import find_instance

# Fields of DescribeServices that CreateService takes.
SERVICE_FIELDS = (
    "serviceName",
    "taskDefinition",
    "desiredCount",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "networkConfiguration",
    "loadBalancers",
    "serviceRegistries",
    "healthCheckGracePeriodSeconds",
    "deploymentConfiguration",
    "deploymentController",
    "schedulingStrategy",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "propagateTags",
    "availabilityZoneRebalancing",
)
# Fields of DescribeDBInstances that both restores take.
RESTORE_FIELDS = (
    "DBInstanceClass",
    "MultiAZ",
    "PubliclyAccessible",
    "AutoMinorVersionUpgrade",
    "CopyTagsToSnapshot",
    "DeletionProtection",
    "StorageType",
)
# Fields of DescribeDBInstances that ModifyDBInstance takes and a restore does not.
MODIFY_FIELDS = (
    "BackupRetentionPeriod",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod",
)


def record(aws: Aws) -> None:
    """Record what exists now. ECS DescribeServices, RDS DescribeDBInstances, SSM PutParameter."""
    where = aws.environment
    services = aws.ecs.describe_services(cluster=where.cluster, services=[where.service], include=["TAGS"])["services"]
    instance = find_instance(aws, where.prefix)
    shape = recorded(aws) or {}
    shape |= {"service": service_shape(services[0])} if services else {}
    shape |= {"database": database_shape(instance)} if instance else {}
    aws.ssm.put_parameter(Name=where.shape_parameter, Value=json.dumps(shape), Type="String", Overwrite=True)


def recorded(aws: Aws) -> Wire | None:
    """Read the latest record: `service` and, if it was seen, `database`; None when there never was one.

    SSM GetParameter.
    """
    try:
        response = aws.ssm.get_parameter(Name=aws.environment.shape_parameter)
    except aws.ssm.exceptions.ParameterNotFound:
        return None
    shape: Wire = json.loads(response["Parameter"]["Value"])
    return shape


def service_shape(described: Wire) -> Wire:
    """Return the CreateService input that recreates a service, without its cluster."""
    shape = {field: described[field] for field in SERVICE_FIELDS if described.get(field) not in (None, [], {})}
    # The two are alternatives, and ECS takes only one of them.
    if "capacityProviderStrategy" in shape:
        shape.pop("launchType", None)
    return shape | ({"tags": described["tags"]} if described.get("tags") else {})


def database_shape(instance: Wire) -> Wire:
    """Return an instance's settings: `restore` as a restore takes them, `modify` as ModifyDBInstance does."""
    restore = {field: instance[field] for field in RESTORE_FIELDS if field in instance}
    restore |= {
        "DBSubnetGroupName": instance.get("DBSubnetGroup", {}).get("DBSubnetGroupName"),
        "DBParameterGroupName": next((each["DBParameterGroupName"] for each in instance["DBParameterGroups"]), None),
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in instance.get("VpcSecurityGroups", [])],
        "EnableIAMDatabaseAuthentication": instance.get("IAMDatabaseAuthenticationEnabled"),
        "EnableCloudwatchLogsExports": instance.get("EnabledCloudwatchLogsExports"),
        "Tags": [tag for tag in instance.get("TagList", []) if not tag["Key"].startswith("aws:")],
    }
    modify = {field: instance[field] for field in MODIFY_FIELDS if instance.get(field) not in (None, "")}
    if instance.get("PerformanceInsightsEnabled"):
        modify["EnablePerformanceInsights"] = True
    if "MaxAllocatedStorage" in instance:
        modify["MaxAllocatedStorage"] = instance["MaxAllocatedStorage"]
    if "MasterUserSecret" in instance:
        modify["ManageMasterUserPassword"] = True
        if "KmsKeyId" in instance["MasterUserSecret"]:
            modify["MasterUserSecretKmsKeyId"] = instance["MasterUserSecret"]["KmsKeyId"]
    return {"restore": {key: value for key, value in restore.items() if value not in (None, [])}, "modify": modify}
