"""The calls of each role: recorded calls, and the calls that AWS makes in the caller's name."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.needs import needs_of
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from localcloud.authorization.resources import Place
from tests.terraform.permissions.roles import ACCOUNT_ID, REGION, World

CALLS = Path(__file__).with_name("calls.jsonl")
PLACE = Place(account_id=ACCOUNT_ID, region=REGION)
SERVICE = "spendsense-backend"
SOMEBODY = Principal(kind=Kind.ANONYMOUS, arn="")
"""A placeholder for the role, which the decision puts there."""
VERBS = {
    "deploy": {"up", "build", "deploy", "status", "verify"},
    "operate": {"status", "logs", "history", "scale", "run", "rollback", "verify", "approve", "doctor", "runbook"},
    "recover": {"history", "recover", "status"},
}
"""Role -> the recordings that are its own; `up` stands for a first deploy, `build` for one with --source.

`runbook`: what docs/runbooks has people call with AWS's own command.
"""
WITH_THE_SWITCH = {"operate": {"exec", "port-forward"}}
"""The same, where execute_command_enabled is on."""
# Calls that no recording passes through. Verb, service, operation, parameters; why.
UNRECORDED: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("deploy", "ecs", "StopTask", {"cluster": "${name}", "task": "1" * 32}, "a migration that takes too long"),
    ("verify", "ecr", "DescribeImageScanFindings", {"repositoryName": "${backend}"}, "an image that AWS has scanned"),
    ("verify", "ecr", "BatchGetImage", {"repositoryName": "${backend}"}, "an image of a registry on AWS"),
    ("verify", "ecr", "GetDownloadUrlForLayer", {"repositoryName": "${backend}"}, "the same: its configuration"),
    ("deploy", "dynamodb", "UpdateItem", {"TableName": "${name}-locks"}, "a deploy of more than a minute"),
    ("rollback", "dynamodb", "UpdateItem", {"TableName": "${name}-locks"}, "a rollback of more than a minute"),
    ("verify", "ec2", "DescribeSubnets", {}, "subnets on AWS"),
    ("verify", "servicequotas", "GetServiceQuota", {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}, "as above"),
    ("verify", "monitoring", "GetMetricStatistics", {"Namespace": "AWS/Usage"}, "as above"),
    (
        "deploy",
        "ecs",
        "StopServiceDeployment",
        {
            "serviceDeploymentArn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service-deployment/${{name}}/{SERVICE}/1",
            "stopType": "ROLLBACK",
        },
        "--roll-back-failing",
    ),
    (
        "deploy",
        "ecs",
        "DescribeServiceRevisions",
        {"serviceRevisionArns": [f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service-revision/${{name}}/{SERVICE}/1"]},
        "--roll-back-failing",
    ),
    (
        "approve",
        "ecs",
        "ContinueServiceDeployment",
        {
            "serviceDeploymentArn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service-deployment/${{name}}/{SERVICE}/1",
            "hookId": "h1",
            "action": "CONTINUE",
        },
        "a deployment that a PAUSE hook holds",
    ),
    ("doctor", "iam", "GetRole", {"RoleName": "${name}-deploy"}, "whether GitHub's jobs may take the deploy role"),
    (
        "doctor",
        "iam",
        "GetOpenIDConnectProvider",
        {"OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com"},
        "as above",
    ),
    ("recover", "ecs", "StopTask", {"cluster": "${name}", "task": "1" * 32}, "the same in a recovery"),
    ("rollback", "elasticloadbalancing", "DescribeRules", {}, "a rollback with --strategy"),
    ("rollback", "elasticloadbalancing", "DescribeTargetGroups", {}, "a rollback with --strategy"),
    (
        "rollback",
        "ecs",
        "UpdateService",
        {
            "cluster": "${name}",
            "service": "spendsense-backend",
            "loadBalancers": [
                {"advancedConfiguration": {"roleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/${{name}}-infrastructure"}}
            ],
        },
        "a rollback with --strategy",
    ),
    ("logs", "logs", "DescribeLogStreams", {"logGroupName": "/ecs/${backend}"}, "logs --task"),
    ("runbook", "application-autoscaling", "DescribeScalingActivities", {}, "tasks-at-maximum"),
    ("runbook", "backup", "ListBackupJobs", {}, "backup-failed"),
    ("runbook", "backup", "ListCopyJobs", {}, "backup-failed"),
    ("runbook", "elasticache", "DescribeEvents", {}, "rate-limits-unavailable"),
    (
        "runbook",
        "elasticache",
        "DescribeReplicationGroups",
        {"ReplicationGroupId": "${name}"},
        "rate-limits-unavailable",
    ),
    ("runbook", "logs", "StartQuery", {"logGroupName": "/ecs/${backend}"}, "latency-high"),
    ("runbook", "logs", "GetQueryResults", {"queryId": "1"}, "latency-high"),
    ("runbook", "rds", "DescribeEvents", {}, "database-unavailable"),
    (
        "recover",
        "rds",
        "RestoreDBInstanceFromDBSnapshot",
        {
            "DBInstanceIdentifier": "${name}",
            "DBSnapshotIdentifier": "rds:${name}-2026-11-26-09-07",
            "DBParameterGroupName": "${name}-postgres16",
            "DBSubnetGroupName": "${name}",
        },
        "no automated backup is left",
    ),
    ("recover", "secretsmanager", "PutSecretValue", {"SecretId": "${name}/database"}, "the database's address is new"),
]
# What of a drill a recovery does when everything is gone.
OF_A_RECOVERY = {"CreateService", "CopyObject", "HeadObject", "DescribeRules", "RestoreDBInstanceToPointInTime"}
DOCKER = ("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "GetDownloadUrlForLayer")
DOCKER += ("InitiateLayerUpload", "PutImage", "UploadLayerPart")


@dataclass(frozen=True)
class Asked:
    """A request, and the call that it is for."""

    call: str
    request: Request


def asked_by(role: str, world: World, *, recorded_only: bool = False) -> list[Asked]:
    """Return what a role (`deploy`) asks for, or a drill."""
    verbs = verbs_of(role, world)
    calls = [*recorded_calls(role, verbs), *([] if recorded_only else further_calls(role, verbs))]
    found = [each for call in calls for each in asked_for(*call, world)]
    if "port-forward" in verbs and not recorded_only:
        found += through_sessions(world)
    return list({(each.request.action, each.request.resource, keys_of(each)): each for each in found}.values())


def keys_of(each: Asked) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, each.request.context.get(key)) for key in sorted(each.request.context))


def has_the_switch(world: World) -> bool:
    """Return whether ECS Exec is on."""
    return bool(world.plan.one("aws_ecs_service")["enable_execute_command"])


def verbs_of(role: str, world: World) -> set[str]:
    """Return the verbs that a role is for."""
    return VERBS.get(role, {role}) | (WITH_THE_SWITCH.get(role, set()) if has_the_switch(world) else set())


def recorded_calls(role: str, verbs: set[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for line in CALLS.read_text().splitlines():
        by, service, operation, parameters = json.loads(line)
        if verbs & set(by) or (role == "recover" and operation in OF_A_RECOVERY):
            yield service, operation, parameters


def further_calls(role: str, verbs: set[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for verb, service, operation, parameters, _ in UNRECORDED:
        if verb in verbs:
            yield service, operation, parameters
    if role == "deploy":
        yield "ecr", "GetAuthorizationToken", {}
        yield from (("ecr", operation, {"repositoryName": "${backend}"}) for operation in DOCKER)


def asked_for(service: str, operation: str, parameters: Mapping[str, Any], world: World) -> Iterator[Asked]:
    """Give the requests of a call."""
    filled = json.loads(in_place_of_names(json.dumps(parameters), world))
    for name in [name for name in filled if name.endswith(("KMSKeyId", "KmsKeyId"))]:
        filled[name] = key_of(world)
    if isinstance(filled.get("CopySource"), dict):
        source = filled["CopySource"]
        filled["CopySource"] = f"{source['Bucket']}/{source['Key']}?versionId={source['VersionId']}"
    if "SecretId" in filled:
        filled["SecretId"] = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{filled['SecretId']}-AbCdEf"
    call = f"{service}:{operation}"
    for need in needs_of(service, operation, filled, PLACE):
        yield Asked(call, need.as_request(SOMEBODY, of_the_resource(need.action, world), ACCOUNT_ID))
    for action, resource, keys in in_the_callers_name(service, operation, filled, world):
        yield Asked(call, asked(action, resource, keys))


def through_sessions(world: World) -> Iterator[Asked]:
    """Give what `port-forward` asks of Session Manager, which the local cloud has not.

    Source: Systems Manager User Guide, "Sample IAM policies for Session Manager": a document of AWS's has no account,
    and a session is named after the user id of who started it.
    """
    document = f"arn:aws:ssm:{REGION}::document/AWS-StartPortForwardingSessionToRemoteHost"
    for resource in (f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task/{world.plan.name}/{'1' * 32}", document):
        yield Asked("ssm:StartSession", asked("ssm:StartSession", resource))
    userid = "AROA1111111111111111:test"
    session = f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:session/{userid}-0123456789abcdef0"
    yield Asked("ssm:TerminateSession", asked("ssm:TerminateSession", session, {"aws:userid": userid}))


def asked(action: str, resource: str, keys: Mapping[str, str] | None = None) -> Request:
    return Request(
        principal=SOMEBODY,
        action=action,
        resource=resource,
        resource_account=ACCOUNT_ID,
        context=Context(dict(keys or {})),
    )


def in_place_of_names(text: str, world: World) -> str:
    backend = world.plan.one("aws_ecs_task_definition")["family"]
    return text.replace("${name}", world.plan.name).replace("${backend}", backend)


def of_the_resource(action: str, world: World) -> Context:
    """Give the tags that AWS reads from the resource."""
    tagged = action == "application-autoscaling:RegisterScalableTarget"
    return Context({"aws:ResourceTag/Name": world.plan.name} if tagged else {})


def in_the_callers_name(
    service: str, operation: str, parameters: Mapping[str, Any], world: World
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give what AWS asks for besides: of what is encrypted, tagged or run.

    Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys"; Secrets Manager User Guide, "Secret
    encryption and decryption"; RDS User Guide, "Encrypting Amazon RDS resources"; ECS Developer Guide, "Amazon ECS task
    execution IAM role".
    """
    key = key_of(world)
    through = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    if operation in ("CopyObject", "GetObject", "HeadObject", "GetSecretValue", "PutSecretValue"):
        yield "kms:Decrypt", key, through
    if operation in ("CopyObject", "PutObject", "PutSecretValue"):
        yield "kms:GenerateDataKey", key, through
    if operation.startswith("RestoreDBInstance"):
        name = parameters.get("TargetDBInstanceIdentifier", parameters.get("DBInstanceIdentifier"))
        yield "rds:AddTagsToResource", f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:db:{name}", {}
        yield "kms:CreateGrant", key, through
        yield "kms:DescribeKey", key, through
    if operation == "RunTask":
        for role in ("task", "execution"):
            yield "iam:PassRole", world.named(role).arn, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}


def key_of(world: World) -> str:
    """Return the deployment's key."""
    return str(world.arns[world.plan.one("aws_kms_key", module="kms")["arn"]])
