"""SimulatePrincipalPolicy decides by a principal's own policies, as requests are decided."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret:a/jwt-AbCdEf"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


async def test_a_roles_policies_decide_each_action_on_each_resource(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        made = await cloud.call("iam", "create_role", RoleName="starts", AssumeRolePolicyDocument=policy(TRUST))
        conditional = {"StringEquals": {"kms:ViaService": "secretsmanager.us-west-1.amazonaws.com"}}
        document = policy(
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": SECRET},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": conditional},
            {"Effect": "Deny", "Action": "secretsmanager:PutSecretValue", "Resource": "*"},
        )
        await cloud.call("iam", "put_role_policy", RoleName="starts", PolicyName="p", PolicyDocument=document)
        role = made["Role"]["Arn"]

        async def decided(actions: list[str], **more: Any) -> list[tuple[str, str]]:
            answer = await cloud.call(
                "iam", "simulate_principal_policy", PolicySourceArn=role, ActionNames=actions, **more
            )
            return [(each["EvalResourceName"], each["EvalDecision"]) for each in answer["EvaluationResults"]]

        read = ["secretsmanager:GetSecretValue"]
        assert await decided(read, ResourceArns=[SECRET, f"{SECRET}x"]) == [
            (SECRET, "allowed"),
            (f"{SECRET}x", "implicitDeny"),
        ]
        assert await decided(["secretsmanager:PutSecretValue"]) == [("*", "explicitDeny")]
        assert await decided(["kms:Decrypt"]) == [("*", "implicitDeny")]
        through = {"ContextKeyName": "kms:ViaService", "ContextKeyType": "string"}
        values = ["secretsmanager.us-west-1.amazonaws.com"]
        entries = [{**through, "ContextKeyValues": values}]
        assert await decided(["kms:Decrypt"], ContextEntries=entries) == [("*", "allowed")]
        more = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
        assert await decided(["s3:GetObject"], PolicyInputList=[more]) == [("*", "allowed")]


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"PolicySourceArn": "arn:aws:iam::000000000000:role/nobody"}, "NoSuchEntity"),
        ({"ResourcePolicy": policy(TRUST)}, "not offered|not implemented|InvalidAction"),
    ],
)
async def test_what_it_cannot_simulate_is_refused(
    cloud_in: Any, tmp_path: Path, request_: dict[str, str], error: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        asked = {"PolicySourceArn": "arn:aws:iam::000000000000:role/nobody", "ActionNames": ["s3:GetObject"]}
        with pytest.raises(ClientError, match=error):
            await cloud.call("iam", "simulate_principal_policy", **{**asked, **request_})
