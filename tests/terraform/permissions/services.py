"""Requests of AWS's services, and of the application in its task, as the roles that they are given.

No command makes these calls, so each group names its source.
"""

from collections.abc import Iterator

from localcloud.authorization.request import Request
from tests.terraform.permissions.requests import asked, has_the_switch, key_of
from tests.terraform.permissions.roles import ACCOUNT_ID, REGION, World

VIA = {name: {"kms:ViaService": f"{name}.{REGION}.amazonaws.com"} for name in ("s3", "secretsmanager", "ssm")}


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{rest}"


def secret(world: World, part: str) -> str:
    return arn("secretsmanager", f"secret:{world.plan.name}/{part}-AbCdEf")


def of_the_task(world: World) -> Iterator[Request]:
    """app/stores/storage.py, app/stores/database_address.py, app/mail/mailer.py; ECS Developer Guide, "ECS Exec"."""
    for action in ("Create", "Open") if has_the_switch(world) else ():
        for channel in ("ControlChannel", "DataChannel"):
            yield asked(f"ssmmessages:{action}{channel}", "*")
    bucket = f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}"
    for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObjectVersion"):
        yield asked(action, f"{bucket}/uploads/1.csv")
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        yield asked(action, bucket)
    yield asked("secretsmanager:GetSecretValue", secret(world, "database"))
    owner = {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": arn("rds", f"db:{world.plan.name}")}
    yield asked("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-1-AbCdEf"), owner)
    for through in (VIA["s3"], VIA["secretsmanager"]):
        yield asked("kms:Decrypt", key_of(world), through)
    yield asked("kms:GenerateDataKey", key_of(world), VIA["s3"])
    for identity in world.plan.of("aws_sesv2_email_identity"):
        sender = f"no-reply@{identity['email_identity']}"
        yield asked("ses:SendEmail", world.arns[identity["arn"]], {"ses:FromAddress": sender})


def of_the_execution(world: World) -> Iterator[Request]:
    """ECS Developer Guide, "Amazon ECS task execution IAM role"; what the task definition injects and where it logs."""
    repository = world.arns[world.plan.one("aws_ecr_repository")["arn"]]
    yield asked("ecr:GetAuthorizationToken", "*")
    for action in ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        yield asked(action, repository)
    for container in world.plan.containers:
        group = container["logConfiguration"]["options"]["awslogs-group"]
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            yield asked(action, arn("logs", f"log-group:{group}:log-stream:backend/backend/1"))
    for source in {each["valueFrom"] for each in world.plan.container["secrets"]}:
        real = world.real(source)
        if ":ssm:" in real:
            yield asked("ssm:GetParameters", real)
        else:
            yield asked("secretsmanager:GetSecretValue", ":".join(real.split(":")[:7]))
    yield asked("kms:Decrypt", key_of(world), VIA["secretsmanager"])


def of_ecs_at_the_load_balancer(world: World) -> Iterator[Request]:
    """AmazonECSInfrastructureRolePolicyForLoadBalancers, and the ECS Developer Guide on it."""
    name = world.plan.one("aws_lb")["name"]
    for kind in ("Listeners", "Rules", "TargetGroups", "TargetHealth"):
        yield asked(f"elasticloadbalancing:Describe{kind}", "*")
    for group in (name, f"{name}-alternate"):
        for action in ("RegisterTargets", "DeregisterTargets"):
            yield asked(f"elasticloadbalancing:{action}", arn("elasticloadbalancing", f"targetgroup/{group}/1"))
    yield asked("elasticloadbalancing:ModifyListener", arn("elasticloadbalancing", f"listener/app/{name}/1/2"))
    yield asked("elasticloadbalancing:ModifyRule", arn("elasticloadbalancing", f"listener-rule/app/{name}/1/2/3"))


def of_flow_logs(world: World) -> Iterator[Request]:
    """VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs"."""
    group = world.plan.one("aws_cloudwatch_log_group", "flow")["name"]
    for action in ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"):
        yield asked(action, arn("logs", f"log-group:{group}:log-stream:eni-1"))


def of_replication(world: World) -> Iterator[Request]:
    """S3 User Guide, "Setting up permissions for live replication" and "Replicating encrypted objects"."""
    for purpose in ("data", "analytics"):
        source = f"arn:aws:s3:::{world.plan.name}-{purpose}-{ACCOUNT_ID}"
        yield asked("s3:GetReplicationConfiguration", source)
        yield asked("s3:ListBucket", source)
        for action in ("GetObjectVersionForReplication", "GetObjectVersionAcl", "GetObjectVersionTagging"):
            yield asked(f"s3:{action}", f"{source}/1.csv")
    (copy,) = [each["bucket"] for each in world.plan.of("aws_s3_bucket") if '.replica["data"]' in each.address]
    for action in ("ReplicateObject", "ReplicateDelete", "ReplicateTags"):
        yield asked(f"s3:{action}", f"arn:aws:s3:::{copy}/1.csv")
    yield asked("kms:Decrypt", key_of(world))
    for action in ("kms:Encrypt", "kms:GenerateDataKey"):
        yield asked(action, world.arns[world.plan.one("aws_kms_key", module="kms_replica[0]")["arn"]])


SERVICES = {
    "task": of_the_task,
    "execution": of_the_execution,
    "infrastructure": of_ecs_at_the_load_balancer,
    "flow-logs": of_flow_logs,
    "s3-replication": of_replication,
}
