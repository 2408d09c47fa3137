"""Creates the local environment's missing resources. This module can go once Terraform does so."""

import json
from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws
from ops.aws.stores import find_instance
from ops.console import Console
from ops.local.provision.alarms import ensure_alarms
from ops.local.provision.load_balancer import ensure_load_balancer
from ops.local.provision.network import ensure_network, ensure_security_groups
from ops.local.provision.secrets import ensure_secrets
from ops.local.provision.stores import (
    ensure_bucket,
    ensure_cache,
    ensure_database,
    managed_secret,
    wait_for_cache,
    wait_for_database,
)
from ops.waiter import Deadline

PARTS = ("execution", "task")
# As in environments/local.tfvars.
MAIL_FROM = "no-reply@spendsense.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """The resources that the service is created on."""

    subnets: tuple[str, ...]
    security_group: str
    target_group: str
    secret_arns: dict[str, str]
    execution_role: str
    task_role: str
    secrets_changed: bool
    managed_password: str | None = None  # ARN of the secret in which RDS keeps the database's password

    @property
    def network(self) -> dict[str, Any]:
        return {
            "awsvpcConfiguration": {
                "subnets": list(self.subnets),
                "securityGroups": [self.security_group],
                "assignPublicIp": "DISABLED",
            }
        }


def provision(aws: Aws, listener_port: int | None, deadline: Deadline, console: Console) -> Foundation:
    """Make everything that the service needs, and wait until database and cache are available.

    Errors: CouldNotStart, also when the listener's port is not available.
    """
    with console.phase("network"):
        vpc, subnets = ensure_network(aws)
        groups = ensure_security_groups(aws, vpc)
    with console.phase("stores"):
        password = ensure_database(aws, groups["rds"], deadline, console)
        ensure_cache(aws, groups["redis"])
        ensure_bucket(aws)
        ensure_repository(aws)
        ensure_log_groups(aws)
        ensure_mail_identity(aws)
        execution_role, task_role = ensure_roles(aws)
        aws.ecs.create_cluster(clusterName=aws.environment.cluster)  # idempotent
    with console.phase("load_balancer"):
        target_group = ensure_load_balancer(aws, vpc, subnets, groups["alb"], listener_port)
        ensure_alarms(aws)
    with console.phase("database_and_cache"):
        database = wait_for_database(aws, deadline)
        cache = wait_for_cache(aws, deadline)
    with console.phase("secrets"):
        arns, changed = ensure_secrets(aws, password, database, cache)
    return Foundation(
        subnets=subnets,
        security_group=groups["ecs"],
        target_group=target_group,
        secret_arns=arns,
        execution_role=execution_role,
        task_role=task_role,
        secrets_changed=changed,
        managed_password=managed_secret(find_instance(aws, aws.environment.prefix)),
    )


def ensure_repository(aws: Aws) -> None:
    """Create the repository, with tags that never move. ECR CreateRepository."""
    try:
        aws.ecr.create_repository(repositoryName=aws.environment.repository, imageTagMutability="IMMUTABLE")
    except aws.ecr.exceptions.RepositoryAlreadyExistsException:
        return


def ensure_log_groups(aws: Aws) -> None:
    """Create a log group for each kind of line. CloudWatch Logs CreateLogGroup, PutRetentionPolicy."""
    for group in aws.environment.log_groups.values():
        try:
            aws.logs.create_log_group(logGroupName=group)
        except aws.logs.exceptions.ResourceAlreadyExistsException:
            found = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
            if any(each["logGroupName"] == group and "retentionInDays" in each for each in found):
                continue  # keep whatever retention it has been given since
        aws.logs.put_retention_policy(logGroupName=group, retentionInDays=30)


def ensure_mail_identity(aws: Aws) -> None:
    """Create the identity of the domain that mail comes from. SES CreateEmailIdentity."""
    try:
        aws.ses.create_email_identity(EmailIdentity=MAIL_FROM.rpartition("@")[2])
    except aws.ses.exceptions.AlreadyExistsException:
        return


def ensure_roles(aws: Aws) -> tuple[str, str]:
    """Make the execution role, the task role and the one with which ECS shifts traffic; return the first two ARNs.

    IAM GetRole, CreateRole.
    """
    where = aws.environment
    ensure_role(aws, where.infrastructure_role, "ecs.amazonaws.com")
    execution, task = (ensure_role(aws, f"{where.prefix}-{part}", "ecs-tasks.amazonaws.com") for part in PARTS)
    return execution, task


def ensure_role(aws: Aws, name: str, service: str) -> str:
    """Make a role that an AWS service may assume; return its ARN."""
    try:
        role = aws.iam.get_role(RoleName=name)["Role"]
    except aws.iam.exceptions.NoSuchEntityException:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [statement]}
        role = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    return str(role["Arn"])
