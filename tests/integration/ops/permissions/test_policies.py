"""Roles as IAM has them."""

import json

from ops.aws.clients import Aws
from ops.permissions.policies import names, roles
from tests.unit.ops.permissions.roles import DOCUMENT

TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
)


def test_the_roles_of_the_environment_with_what_their_own_policies_allow(aws: Aws) -> None:
    for name in ("spendsense-local-deploy", "spendsense-local-task", "spendsense-other-task"):
        aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    policy = json.dumps(DOCUMENT)
    aws.iam.put_role_policy(RoleName="spendsense-local-deploy", PolicyName="deploy", PolicyDocument=policy)
    owned = aws.iam.create_policy(PolicyName="boundless", PolicyDocument=policy)["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName="spendsense-local-task", PolicyArn=owned)
    deploy, task = roles(aws)
    assert [each.name for each in (deploy, task)] == ["spendsense-local-deploy", "spendsense-local-task"]
    assert names(aws) == ["deploy", "task"]
    assert [each.label for each in deploy.statements] == ["Service", "2", "Images"]  # a denial allows nothing
    assert deploy.statements[1].actions == ("ssm:GetParameter",)
    assert (task.statements, task.managed) == ((), (owned,))
