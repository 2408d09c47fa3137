"""The local service: its first task definition, and the service itself."""

from typing import Any

from ops.aws.clients import Aws
from ops.aws.once import register
from ops.aws.task_definition import container_of, registered
from ops.console import Console, command_name
from ops.environment import Environment
from ops.local.provision.everything import MAIL_FROM, Foundation

DESIRED_TASKS = 2
PASSWORD_PLACE, PASSWORD_FALLBACK = "DATABASE_SECRET_ARN", "DATABASE_FALLBACK_SECRET_ARN"
SECRETS_ARE_NEW = """The secrets were lost and have been replaced: starting tasks that use them. Everybody has to log in
again. If anything was uploaded before, uploads wait for the old key of account ids: docs/recovery.md."""
MOVED_TO_RDS = "RDS now manages the database's password: starting tasks that use its secret ..."


def register_first_task_definition(aws: Aws, foundation: Foundation, image: str, revision: str) -> str:
    """Register the service's first task definition; return its ARN. ECS RegisterTaskDefinition."""
    where = aws.environment
    plain = {
        "ENVIRONMENT": where.name.value,
        "LOG_LEVEL": "INFO",
        "DATA_BUCKET": where.data_bucket,
        "APP_REVISION": revision,
        "MAIL_FROM": MAIL_FROM,
        **password_places(foundation),
    }
    relays = [
        {
            "name": f"{kind}-log",
            "image": image,
            "command": ["python", "-m", "app.log_relay", kind],
            "essential": False,
            "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
            "stopTimeout": 30,
            "logConfiguration": to_log_group(where, group),
        }
        for kind, group in where.log_groups.items()
        if kind != "application"
    ]
    container = {
        "name": where.container,
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": where.container_port, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in plain.items()],
        "secrets": [{"name": name, "valueFrom": source} for name, source in injected_secrets(foundation).items()],
        "stopTimeout": 30,
        "dependsOn": [{"containerName": relay["name"], "condition": "START"} for relay in relays],
        "logConfiguration": to_log_group(where, where.log_group),
    }
    registration = {
        "family": where.family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "512",
        "memory": "1024",
        "executionRoleArn": foundation.execution_role,
        "taskRoleArn": foundation.task_role,
        "containerDefinitions": [container, *relays],
    }
    return str(register(aws, registration)["taskDefinitionArn"])


def injected_secrets(foundation: Foundation) -> dict[str, str]:
    """Return the variables that contain secrets, each with the place of its value."""

    def secret(part: str, key: str) -> str:
        return f"{foundation.secret_arns[part]}:{key}::"

    return {
        "DATABASE_URL": secret("database", "url"),
        "REDIS_URL": secret("redis", "url"),
        "JWT_SECRET_KEY": secret("jwt", "secret_key"),
        "ACCOUNT_ID_KEY": secret("accounts", "id_key"),
        "OAUTH_CLIENT_ID": secret("oauth", "client_id"),
        "OAUTH_CLIENT_SECRET": secret("oauth", "client_secret"),
    }


def password_places(foundation: Foundation) -> dict[str, str]:
    """Return the variables that name the secrets with the database's password, as Terraform sets them."""
    managed = {PASSWORD_PLACE: foundation.managed_password} if foundation.managed_password else {}
    return managed | {PASSWORD_FALLBACK: foundation.secret_arns["database"]}


def register_missing_secrets(aws: Aws, foundation: Foundation, console: Console) -> None:
    """Register a task definition with every secret, for the next deploy to start from; nothing runs it yet.

    The family's newest revision may date from a time with fewer secrets. ECS RegisterTaskDefinition.
    """
    where = aws.environment
    newest = aws.ecs.describe_task_definition(taskDefinition=where.family, include=["TAGS"])
    registration = registered(newest["taskDefinition"])
    container = container_of(registration, where.container)
    known = {each["name"] for each in (*container.get("secrets", ()), *container.get("environment", ()))}
    missing = {name: source for name, source in injected_secrets(foundation).items() if name not in known}
    if missing:
        added = [{"name": name, "valueFrom": source} for name, source in missing.items()]
        container["secrets"] = [*container.get("secrets", ()), *added]
        tags = {"tags": newest["tags"]} if newest.get("tags") else {}
        register(aws, registration | tags)
        console.say(f"Tasks get {', '.join(missing)} with the next `{command_name()} deploy`", style="yellow")


def follow_secrets(aws: Aws, foundation: Foundation, definition_arn: str) -> tuple[str, str] | None:
    """Register the serving task definition with the existing secrets; None when it names them already.

    A secret that was lost and recreated has another ARN: no task with the old one would start. Once RDS manages the
    password, tasks must know its secret. Return the new ARN, and the message. ECS RegisterTaskDefinition.
    """
    registration = registered(aws.ecs.describe_task_definition(taskDefinition=definition_arn)["taskDefinition"])
    present = injected_secrets(foundation)
    is_changed = False
    for each in container_of(registration, aws.environment.container).get("secrets", ()):
        source = present.get(each["name"], each["valueFrom"])
        is_changed |= each["valueFrom"] != source
        each["valueFrom"] = source
    has_moved = _follow_password(container_of(registration, aws.environment.container), foundation)
    if not is_changed and not has_moved:
        return None
    arn = str(register(aws, registration)["taskDefinitionArn"])
    return arn, SECRETS_ARE_NEW if is_changed else MOVED_TO_RDS


def _follow_password(container: dict[str, Any], foundation: Foundation) -> bool:
    """Name in a container the secret in which RDS stores the password; say whether that was a change."""
    variables = {each["name"]: each["value"] for each in container.get("environment", ())}
    if foundation.managed_password is None or variables.get(PASSWORD_PLACE) == foundation.managed_password:
        return False
    variables |= password_places(foundation)
    container["environment"] = [{"name": name, "value": value} for name, value in variables.items()]
    return True


def to_log_group(where: Environment, group: str) -> dict[str, Any]:
    """Return a container's `logConfiguration`."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": group,
            "awslogs-region": where.region,
            "awslogs-stream-prefix": where.container,
        },
    }


def create_service(aws: Aws, foundation: Foundation, task_definition: str) -> str:
    """Create the service; return the id of its first deployment. ECS CreateService."""
    where = aws.environment
    answer = aws.ecs.create_service(
        cluster=where.cluster,
        serviceName=where.service,
        taskDefinition=task_definition,
        desiredCount=DESIRED_TASKS,
        launchType="FARGATE",
        networkConfiguration=foundation.network,
        loadBalancers=[
            {
                "targetGroupArn": foundation.target_group,
                "containerName": where.container,
                "containerPort": where.container_port,
            }
        ],
        healthCheckGracePeriodSeconds=30,
        deploymentConfiguration={
            "minimumHealthyPercent": 100,
            "maximumPercent": 150,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        },
    )
    return str(answer["service"]["deployments"][0]["id"])
