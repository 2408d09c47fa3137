"""Policies that AWS refuses before it stores them, and one that it takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALLOWED: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
EVERYBODY = {"Principal": "*"}


def document(statement: dict[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": [statement]})


async def test_policies_are_refused_before_they_are_stored(cloud_in: Any, tmp_path: Path) -> None:
    missing = "arn:aws:iam::123456789012:policy/missing"
    named, trusted = {"RoleName": "r"}, {"AssumeRolePolicyDocument": document(TRUST)}
    with_principal, old = document(ALLOWED | EVERYBODY), document(ALLOWED, "2008-10-17")
    unknown = document(ALLOWED | {"Action": "s3:GetObjekt", "Resource": "arn:aws:s3:::files/*"} | EVERYBODY)
    public = document({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"} | EVERYBODY)
    bounded = {"PermissionsBoundary": missing}
    secret = {"SecretId": "s", "ResourcePolicy": public}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("iam", "create_role", **named, **trusted)
        await cloud.call("iam", "create_user", UserName="u")
        where = {"LocationConstraint": "us-west-1"}
        await cloud.call("s3", "create_bucket", Bucket="files", CreateBucketConfiguration=where)
        await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="x")
        for service, operation, parameters, code in (
            ("iam", "put_role_policy", {**named, "PolicyName": "p", "PolicyDocument": with_principal}, MALFORMED),
            ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": with_principal}, MALFORMED),
            ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": old}, MALFORMED),
            ("iam", "create_role", {"RoleName": "bounded", **trusted, **bounded}, "NoSuchEntity"),
            ("iam", "put_role_permissions_boundary", {**named, **bounded}, "NoSuchEntity"),
            ("s3", "put_bucket_policy", {"Bucket": "files", "Policy": unknown}, "MalformedPolicy"),
            ("secretsmanager", "put_resource_policy", {**secret, "BlockPublicPolicy": True}, "PublicPolicyException"),
        ):
            with pytest.raises(ClientError) as caught:
                await cloud.call(service, operation, **parameters)
            assert caught.value.response["Error"]["Code"] == code, (operation, parameters)
        await cloud.call("secretsmanager", "put_resource_policy", **secret)
        made = await cloud.call("iam", "create_policy", PolicyName="limit", PolicyDocument=document(ALLOWED))
        for number, arn in enumerate((made["Policy"]["Arn"], "arn:aws:iam::aws:policy/PowerUserAccess")):
            own = {"RoleName": f"bounded-{number}", "PermissionsBoundary": arn}
            await cloud.call("iam", "create_role", **own, **trusted)
        await cloud.call("iam", "put_user_policy", UserName="u", PolicyName="p", PolicyDocument=old)


MALFORMED = "MalformedPolicyDocument"
