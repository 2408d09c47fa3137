"""Requests that each role must be refused: those that would let it ship, read, destroy or grant more than it is for."""

from localcloud.authorization.request import Request
from tests.terraform.permissions.requests import asked, has_the_switch, key_of
from tests.terraform.permissions.roles import ACCOUNT_ID, World
from tests.terraform.permissions.services import VIA, arn, secret

ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT_ID}:role/Administrator"
OTHER = "spendsense-prod-another"
"""The name of another owner's deployment in the account."""


def to_everybody(world: World) -> list[Request]:
    """Yield what no role of a deployment may do: widen permissions, or to touch another deployment."""
    return [
        asked("iam:PutRolePolicy", world.named("task").arn),
        asked("iam:AttachRolePolicy", world.named("task").arn),
        asked("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT_ID}:user/jane"),
        asked("iam:PassRole", ADMINISTRATOR, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        asked("sts:AssumeRole", ADMINISTRATOR),
        asked("kms:ScheduleKeyDeletion", key_of(world)),
        asked("kms:PutKeyPolicy", key_of(world)),
        asked("s3:PutBucketPolicy", f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}"),
        asked("s3:DeleteBucket", f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}"),
        asked("secretsmanager:GetSecretValue", secret(world, "jwt").replace(world.plan.name, OTHER)),
        asked("secretsmanager:DeleteSecret", secret(world, "database")),
        asked("s3:GetObject", f"arn:aws:s3:::{OTHER}-data-{ACCOUNT_ID}/1.csv"),
        asked("rds:DeleteDBInstance", arn("rds", f"db:{world.plan.name}")),
        asked("ecs:DeleteService", arn("ecs", f"service/{world.plan.name}/spendsense-backend")),
        asked("ecs:UpdateService", arn("ecs", f"service/{OTHER}/spendsense-backend")),
        asked("logs:DeleteLogGroup", arn("logs", "log-group:/ecs/spendsense-backend:log-stream:")),
    ]


def to_people_and_jobs(world: World) -> list[Request]:
    """Yield what none of deploy, operator and recovery role may do."""
    backend = world.plan.one("aws_ecs_task_definition")["family"]
    task_definition, cluster = arn("ecs", f"task-definition/{backend}:7"), arn("ecs", f"cluster/{OTHER}")
    return [
        asked("secretsmanager:GetSecretValue", secret(world, "jwt")),
        asked("s3:GetObject", f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}/uploads/1.csv"),
        asked("ecs:RunTask", task_definition, {"ecs:cluster": cluster}),
        asked("ecs:ListTasks", "*", {"ecs:cluster": cluster}),
        asked("iam:PassRole", world.named("task").arn, {"iam:PassedToService": "lambda.amazonaws.com"}),
        asked("iam:PassRole", world.named("backup").arn, {"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
        asked(
            "application-autoscaling:RegisterScalableTarget",
            arn("application-autoscaling", "scalable-target/1"),
            {"aws:ResourceTag/Name": OTHER},
        ),
    ]


def into_tasks(world: World) -> list[Request]:
    """Yield what only operators may do, and only with the switch."""
    task = arn("ecs", f"task/{world.plan.name}/1")
    return [
        asked("ecs:ExecuteCommand", task, {"ecs:container-name": "backend"}),
        asked("ssm:StartSession", task),
    ]


def refused(role: str, world: World) -> list[Request]:
    """Return what a role (`deploy`) must be refused."""
    found = to_everybody(world)
    if role != "operate" or not has_the_switch(world):
        found += into_tasks(world)
    if role in ("deploy", "operate", "recover"):
        found += to_people_and_jobs(world)
    return found + OF_ONE[role](world)


def deploy(world: World) -> list[Request]:
    return [
        asked("ssm:PutParameter", arn("ssm", f"parameter/{world.plan.name}/recovery")),
        asked("rds:ModifyDBInstance", arn("rds", f"db:{world.plan.name}")),
        asked("ecr:BatchDeleteImage", world.arns[world.plan.one("aws_ecr_repository")["arn"]]),
        asked("ecr:PutImage", arn("ecr", "repository/another")),
        asked("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/another:*")),
    ]


def operate(world: World) -> list[Request]:
    repository = world.arns[world.plan.one("aws_ecr_repository")["arn"]]
    own_task, other_task = arn("ecs", f"task/{world.plan.name}/1"), arn("ecs", f"task/{OTHER}/1")
    return [
        asked("ecs:ExecuteCommand", other_task, {"ecs:container-name": "backend"}),
        asked("ecs:ExecuteCommand", own_task, {"ecs:container-name": "access-log"}),
        asked("ssm:StartSession", other_task),
        asked("ssm:StartSession", own_task, {"ssm:SessionDocumentAccessCheck": "false"}),
        asked("ssm:StartSession", arn("ssm", "document/SSM-SessionManagerRunShell")),
        asked("ssm:TerminateSession", arn("ssm", "session/another-1"), {"aws:userid": "AROA1111111111111111:test"}),
        asked("ecr:PutImage", repository),
        asked("iam:GetRole", ADMINISTRATOR),
        asked("iam:UpdateAssumeRolePolicy", world.named("deploy").arn),
        asked("logs:StartQuery", arn("logs", "log-group:/ecs/another:log-stream:")),
        asked("elasticache:DescribeReplicationGroups", arn("elasticache", f"replicationgroup:{OTHER}")),
        asked("rds:RebootDBInstance", arn("rds", f"db:{world.plan.name}")),
        asked("ecs:RegisterTaskDefinition", "*"),
        asked("ecs:CreateService", arn("ecs", f"service/{world.plan.name}/spendsense-backend")),
        asked("rds:ModifyDBInstance", arn("rds", f"db:{world.plan.name}")),
        asked("kms:Decrypt", key_of(world), VIA["s3"]),
    ]


def recover(world: World) -> list[Request]:
    files = f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}/uploads/1.csv"
    return [
        asked("rds:ModifyDBInstance", arn("rds", f"db:{world.plan.name}-jane")),
        asked("rds:RestoreDBInstanceToPointInTime", arn("rds", f"db:{OTHER}")),
        asked("rds:DeleteDBSnapshot", arn("rds", f"snapshot:{world.plan.name}-final")),
        asked("s3:DeleteObject", files),
        asked("ecs:RegisterTaskDefinition", arn("ecs", "task-definition/another:*")),
        asked("s3:DeleteObjectVersion", files),
        asked("ecr:PutImage", world.arns[world.plan.one("aws_ecr_repository")["arn"]]),
        asked("kms:Decrypt", key_of(world)),
        asked("kms:CreateGrant", key_of(world), VIA["s3"]),
    ]


def task(world: World) -> list[Request]:
    another = {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": arn("rds", f"db:{OTHER}")}
    return [
        asked("secretsmanager:GetSecretValue", secret(world, "jwt")),
        asked("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-1-AbCdEf"), another),
        asked("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:rds!db-1-AbCdEf")),
        asked("s3:DeleteObject", f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}/uploads/1.csv"),
        asked("s3:GetObject", f"arn:aws:s3:::{world.plan.name}-analytics-{ACCOUNT_ID}/1.csv"),
        asked("kms:Decrypt", key_of(world)),
        asked("ses:SendEmail", arn("ses", "identity/example.com"), {"ses:FromAddress": "anybody@example.com"}),
    ]


def execution(world: World) -> list[Request]:
    return [
        asked("secretsmanager:PutSecretValue", secret(world, "jwt")),
        asked("ecr:PutImage", world.arns[world.plan.one("aws_ecr_repository")["arn"]]),
        asked("kms:Decrypt", key_of(world), VIA["s3"]),
        asked("ssm:GetParameters", arn("ssm", f"parameter/{world.plan.name}/shape")),
    ]


def infrastructure(world: World) -> list[Request]:
    del world
    return [
        asked("elasticloadbalancing:RegisterTargets", arn("elasticloadbalancing", "targetgroup/another/1")),
        asked("elasticloadbalancing:DeleteRule", arn("elasticloadbalancing", "listener-rule/app/another/1/2/3")),
        asked("elasticloadbalancing:ModifyRule", arn("elasticloadbalancing", "listener-rule/app/another/1/2/3")),
    ]


def flow_logs(world: World) -> list[Request]:
    backend = world.plan.one("aws_ecs_task_definition")["family"]
    return [asked("logs:PutLogEvents", arn("logs", f"log-group:/ecs/{backend}:log-stream:backend/backend/1"))]


def replication(world: World) -> list[Request]:
    files = f"arn:aws:s3:::{world.plan.name}-data-{ACCOUNT_ID}/uploads/1.csv"
    return [asked("s3:PutObject", files), asked("s3:DeleteObjectVersion", files)]


OF_ONE = {
    "deploy": deploy,
    "operate": operate,
    "recover": recover,
    "task": task,
    "execution": execution,
    "infrastructure": infrastructure,
    "flow-logs": flow_logs,
    "s3-replication": replication,
}
