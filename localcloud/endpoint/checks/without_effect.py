"""Refuses (501) requests that moto would accept without effect: a schedule that never fires, a job that never runs."""

from collections.abc import Callable, Mapping

from localcloud.endpoint.checks.indirect_creation import members_of
from localcloud.endpoint.checks.refused_operations import REFUSED_OPERATIONS, ROTATIONS, SCHEDULES
from localcloud.errors import AwsError
from localcloud.protocol.service_models import MODELS, operation_by_path
from localcloud.protocol.wire import AwsRequest

TARGETS = "in the local cloud, rules send events only to SQS queues, SNS topics and event buses"
PROTOCOLS = "in the local cloud, topics deliver only to SQS and by HTTP; e-mail subscriptions get no mail"
PHONES = "the local cloud sends messages to topics only"
POLICIES = "parameter policies have no effect in the local cloud: nothing expires, no one is notified"
WEBSOCKETS = "the local cloud serves HTTP APIs only"
STREAMS = "in the local cloud, delivery streams only write the records of PutRecord to S3, unchanged"
REPLICAS = "tables of the local cloud have no replicas in other regions"
DUAL_STACK = "the local cloud serves HTTP APIs by IPv4 only"
DELIVERED_TO = ("S3Destination", "ExtendedS3Destination")
PLAIN = ("", "UNCOMPRESSED")
CHANGES = ("ProcessingConfiguration", "DataFormatConversionConfiguration", "DynamicPartitioningConfiguration")
"""What changes the data of a delivery stream on the way."""

KEPT_ONLY = (
    ("AWS Backup's plans and selections", "start no job"),
    ("budgets", "send no notifications, as nothing is spent"),
    ("e-mail subscriptions of SNS topics", "get no mail and stay unconfirmed"),
    ("lifecycle rules of S3 and ECR", "expire nothing"),
    ("replication of buckets", "does nothing"),
    ("EC2 instances and Auto Scaling groups", "are records without a machine"),
    ("trails of CloudTrail and recorders of Config", "record nothing"),
    ("GuardDuty, Inspector, Macie and Security Hub", "find nothing"),
    ("VPC flow logs and Route 53's health checks", "write and check nothing"),
    ("times to live in DynamoDB", "delete nothing"),
    ("records of Route 53 and Cloud Map", "are served by no name server"),
    ("distributions of CloudFront, REST APIs and websites of buckets", "serve nothing"),
    ("codes and invitations of Cognito", "are not sent"),
    ("SES's receipt rules, event destinations and notification topics", "do nothing"),
    ("crawlers, triggers and workflows of Glue", "never start"),
    ("deliveries of other services' logs, including WAF's,", "write nothing"),
    ("scalable targets of services other than ECS", "are not scaled"),
)
"""What Terraform may create and read back -> what it does not do here."""


def check_effect(request: AwsRequest) -> None:
    """Errors: AwsError InvalidAction, 501."""
    table, look = REFUSED_OPERATIONS.get(request.service, {}), RULES.get(request.service)
    if not table and look is None:
        return
    operation = request.operation or _by_path(request)
    why = next((why for why, operations in table.items() if operation in operations), None)
    if why is None and look is not None:
        why = look(operation, request)
    if why is not None:
        raise AwsError("InvalidAction", f"{operation}: {why}", 501)


def _by_path(request: AwsRequest) -> str:
    names = MODELS.get(request.service, (request.service,))
    found = (operation_by_path(name, request.method, request.path) for name in names)
    return next((operation.name for operation in found if operation), "")


def _events(operation: str, request: AwsRequest) -> str | None:
    parameters = members_of(request)
    if operation == "PutRule" and parameters.get("ScheduleExpression"):
        return SCHEDULES
    if operation != "PutTargets":
        return None
    arns = [
        str(target.get("Arn")).split(":", 5) for target in parameters.get("Targets") or [] if isinstance(target, dict)
    ]
    return TARGETS if any(len(arn) == 6 and not _is_reached(arn) for arn in arns) else None


def _is_reached(arn: list[str]) -> bool:
    *_, service, _, _, name = arn
    return service in ("sns", "sqs") or (service == "events" and name.startswith("event-bus/"))


def _sns(operation: str, request: AwsRequest) -> str | None:
    form = request.form
    if operation == "Subscribe" and form.get("Protocol") in ("application", "firehose", "lambda", "sms"):
        return PROTOCOLS
    is_device = ":endpoint/" in form.get("TargetArn", "")
    return PHONES if operation == "Publish" and (form.get("PhoneNumber") or is_device) else None


def _firehose(operation: str, request: AwsRequest) -> str | None:
    if operation not in ("CreateDeliveryStream", "UpdateDestination"):
        return None
    for name, value in members_of(request).items():
        kind = name.removesuffix("Configuration").removesuffix("Update")
        if kind.endswith("Source") and kind != "DirectPutSource":
            return STREAMS
        if kind.endswith("Destination") and (kind not in DELIVERED_TO or _changes(value)):
            return STREAMS
    return None


def _changes(destination: object) -> bool:
    if not isinstance(destination, dict):
        return False
    asked = [destination[name] for name in CHANGES if isinstance(destination.get(name), dict)]
    return destination.get("CompressionFormat", "") not in PLAIN or any(each.get("Enabled", True) for each in asked)


def _dynamodb(operation: str, request: AwsRequest) -> str | None:
    return REPLICAS if operation == "UpdateTable" and members_of(request).get("ReplicaUpdates") else None


def _apigateway(operation: str, request: AwsRequest) -> str | None:
    """Refuse WebSocket APIs and dual-stack addresses of HTTP APIs."""
    if operation not in ("CreateApi", "UpdateApi"):
        return None
    members = members_of(request)
    if members.get("protocolType") == "WEBSOCKET":
        return WEBSOCKETS
    return DUAL_STACK if members.get("ipAddressType") == "dualstack" else None


def _ssm(operation: str, request: AwsRequest) -> str | None:
    policies = members_of(request).get("Policies") if operation == "PutParameter" else None
    return POLICIES if str(policies or "").strip() not in ("", "[]", "[{}]") else None


def _secretsmanager(operation: str, request: AwsRequest) -> str | None:
    return ROTATIONS if operation == "RotateSecret" and members_of(request).get("RotationLambdaARN") else None


RULES: Mapping[str, Callable[[str, AwsRequest], str | None]] = {
    "apigateway": _apigateway,
    "dynamodb": _dynamodb,
    "firehose": _firehose,
    "events": _events,
    "secretsmanager": _secretsmanager,
    "sns": _sns,
    "ssm": _ssm,
}
"""Checks that depend on the parameters, by signing name."""
