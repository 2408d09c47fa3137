"""The roles for deploys, operators and recoveries admit the calls of the verbs that they are for, and no others."""

import pytest

from tests.terraform.plan import Plan
from tests.terraform.planning import planned
from tests.terraform.test_access import of_role
from tests.unit.ops.api_calls import actions

VERBS = {
    "deploy": ("ops.deploying.deploy", "ops.deploying.promote", "ops.status"),
    "operate": (
        "ops.status",
        "ops.logs",
        "ops.deploying.history",
        "ops.deploying.rollback",
        "ops.deploying.run",
        "ops.deploying.scale",
        "ops.verifying.verify",
        "ops.deploying.diff",
        "ops.daily.open",
        "ops.daily.decision",
        "ops.daily.doctor",
        "ops.daily.events",
        "ops.daily.restart",
        "ops.daily.stop",
        "ops.daily.tasks",
        "ops.daily.wait",
    ),
}
# What operators may do besides, where execute_command_enabled is on.
WITH_THE_SWITCH = ("ops.daily.exec", "ops.daily.port_forward")
# `docker push` and `docker manifest inspect`, which deploy.yml runs.
DOCKER = {
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
}
# What the runbooks send operators to look at with the AWS CLI; permissions/test_runbooks.py finds each in a page.
FOR_RUNBOOKS = {
    "application-autoscaling:DescribeScalingActivities",
    "backup:ListBackupJobs",
    "backup:ListCopyJobs",
    "elasticache:DescribeEvents",
    "elasticache:DescribeReplicationGroups",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "rds:DescribeEvents",
}
RECOVERING = ("ops.recovery.recover", "ops.status", "ops.deploying.history")
# What services do in the name of who recovers: with the key, and with the secret that RDS makes.
IN_THE_NAME_OF_RECOVERERS = {"kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "secretsmanager:RotateSecret"}
BESIDES = {"deploy": DOCKER, "operate": FOR_RUNBOOKS}
# Values of secrets, for the keys in them: `verify` asks, and whoever must not read values does not know the keys.
REFUSED_ON_PURPOSE = {"secretsmanager:GetSecretValue", "ssm:GetParameters"}
# "No permissions are required to perform this operation", says STS's API reference.
ALLOWED_TO_ALL = {"sts:GetCallerIdentity"}


@pytest.mark.parametrize("role", VERBS)
def test_D2_the_calls_of_a_role_are_those_of_its_verbs(everything: Plan, role: str) -> None:
    allowed = {action for each in of_role(everything, role) for action in each.actions}
    called = {action for module in VERBS[role] for action in actions(module)}
    assert len(called) > 15
    assert called >= REFUSED_ON_PURPOSE
    assert allowed == (called - REFUSED_ON_PURPOSE - ALLOWED_TO_ALL) | BESIDES.get(role, set())


def test_R3_the_calls_of_the_recovery_role_are_those_of_recover_status_and_history(everything: Plan) -> None:
    allowed = {action for each in of_role(everything, "recover") for action in each.actions}
    called = {action for module in RECOVERING for action in actions(module)}
    assert {"ecr:DescribeImages", "ecs:DescribeServiceRevisions"} <= called
    assert allowed == called | IN_THE_NAME_OF_RECOVERERS


@pytest.mark.long
def test_D2_the_switch_adds_the_calls_of_exec_and_port_forward_for_operators(everything: Plan) -> None:
    with_it, without = (
        {action for each in of_role(plan, "operate") for action in each.actions}
        for plan in (planned("options"), everything)
    )
    called = {action for module in WITH_THE_SWITCH for action in actions(module)}
    assert with_it - without == called - without
    assert "ecs:ExecuteCommand" in called - without
