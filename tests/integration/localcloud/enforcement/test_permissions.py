"""Requests under roles: allowed, refused in the service's protocol and words, and recorded."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from localcloud.enforcement.mode import Mode
from tests.integration.localcloud.enforcement.roles import (
    ACCOUNT,
    PATHED,
    REGION,
    SESSION,
    World,
    allow,
    enforcing,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with enforcing(cloud_in, tmp_path_factory.mktemp("permissions")) as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_identity_policy_lets_in_as_far_as_it_goes(world: World) -> None:
    await world.may(allow("s3:GetObject", "arn:aws:s3:::files/own/*"))
    answer = await world.call("s3", "get_object", Bucket="files", Key="own/a")
    assert answer["ContentLength"] == 1
    error = await world.refused("s3", "put_object", Bucket="files", Key="own/a", Body=b"b")
    assert error["Code"] == "AccessDenied"
    assert error["Message"] == (
        f'User: {SESSION} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::files/own/a" because '
        "no identity-based policy allows the s3:PutObject action"
    )


CODES = {
    ("ec2", "describe_vpcs"): ("UnauthorizedOperation", 403),
    ("ecs", "list_clusters"): ("AccessDeniedException", 400),
    ("iam", "list_roles"): ("AccessDenied", 403),
    ("kms", "list_keys"): ("AccessDeniedException", 400),
    ("rds", "describe_db_instances"): ("AccessDenied", 403),
    ("route53", "list_hosted_zones"): ("AccessDenied", 403),
    ("sns", "list_topics"): ("AuthorizationError", 403),
    ("sesv2", "list_email_identities"): ("AccessDeniedException", 403),
    ("cloudwatch", "describe_alarms"): ("AccessDeniedException", 400),
    ("lambda", "list_functions"): ("AccessDeniedException", 403),
}


@pytest.mark.parametrize(("service", "operation"), CODES)
async def test_a_denial_has_the_code_of_its_service(world: World, service: str, operation: str) -> None:
    await world.may(allow("s3:GetObject"))
    with pytest.raises(ClientError) as caught:
        await world.call(service, operation)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == CODES[service, operation]
    assert "is not authorized to perform" in response["Error"]["Message"]


async def test_a_variable_of_a_tag_with_a_space_is_filled_for_each_request(world: World) -> None:
    same = {"Condition": {"StringEquals": {"aws:RequestTag/team": "${aws:RequestTag/cost center, 'none'}"}}}
    await world.may(allow(["secretsmanager:CreateSecret", "secretsmanager:TagResource"]) | same)

    def tags(cost_center: str) -> list[dict[str, str]]:
        return [{"Key": "team", "Value": "red"}, {"Key": "cost center", "Value": cost_center}]

    named = {"Name": "tagged", "SecretString": "x"}
    await world.call("secretsmanager", "create_secret", **named, Tags=tags("red"))
    error = await world.refused("secretsmanager", "create_secret", **named, Tags=tags("blue"))
    assert error["Code"] == "AccessDeniedException"


async def test_a_change_of_a_policy_counts_at_once(world: World) -> None:
    await world.may(allow("s3:GetObject"))
    await world.refused("iam", "get_role", RoleName="reader")
    await world.may(allow("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/{PATHED}"))
    await world.call("iam", "get_role", RoleName="reader")


async def test_a_secret_named_by_its_name_is_authorized_by_its_arn(world: World) -> None:
    made = await world.call("secretsmanager", "create_secret", by="test", Name="app/key", SecretString="x")
    await world.may(allow("secretsmanager:GetSecretValue", made["ARN"]))
    await world.call("secretsmanager", "get_secret_value", SecretId="app/key")
    denied = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    await world.call("secretsmanager", "put_resource_policy", by="test", SecretId="app/key", ResourcePolicy=policy)
    error = await world.refused("secretsmanager", "get_secret_value", SecretId="app/key")
    assert error["Message"].endswith("with an explicit deny in a resource-based policy")
    error = await world.refused("secretsmanager", "get_secret_value", by="test", SecretId="app/key")
    assert error["Message"].endswith("with an explicit deny in a resource-based policy")


async def test_an_encrypted_object_needs_its_key_through_s3(world: World) -> None:
    key = (await world.call("kms", "create_key", by="test"))["KeyMetadata"]["Arn"]
    await world.call("kms", "create_alias", by="test", AliasName="alias/files", TargetKeyId=key)
    await world.call(
        "s3", "put_object", by="test", Bucket="files", Key="own/k", Body=b"a", ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )  # fmt: skip
    await world.may(allow("s3:GetObject"))
    error = await world.refused("s3", "get_object", Bucket="files", Key="own/k")
    assert f"kms:Decrypt on resource: {key}" in error["Message"]
    through = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    await world.may(allow("s3:GetObject"), allow("kms:*", key, Condition=through))
    await world.call("s3", "get_object", Bucket="files", Key="own/k")
    error = await world.refused("kms", "describe_key", KeyId="alias/files")
    assert f"kms:DescribeKey on resource: {key}" in error["Message"]


async def test_a_secure_parameter_needs_its_key_to_be_read_in_clear(world: World) -> None:
    key = (await world.call("kms", "create_key", by="test"))["KeyMetadata"]["Arn"]
    pin = {"Name": "/vendor/pin", "Value": "1", "Type": "SecureString", "KeyId": key}
    await world.call("ssm", "put_parameter", by="test", **pin)
    await world.may(allow("ssm:GetParameter*"))
    await world.call("ssm", "get_parameter", Name="/vendor/pin")
    for operation, named in (
        ("get_parameter", {"Name": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/vendor/pin"}),
        ("get_parameters", {"Names": ["/vendor/pin"]}),
        ("get_parameters_by_path", {"Path": "/vendor"}),
    ):
        error = await world.refused("ssm", operation, **named, WithDecryption=True)
        assert f"kms:Decrypt on resource: {key}" in error["Message"]
    of = {"kms:EncryptionContext:PARAMETER_ARN": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/vendor/pin"}
    through = {"StringEquals": {"kms:ViaService": f"ssm.{REGION}.amazonaws.com", **of}}
    await world.may(allow("ssm:GetParameter*"), allow("kms:Decrypt", key, Condition=through))
    found = await world.call("ssm", "get_parameters", Names=["/vendor/pin"], WithDecryption=True)
    assert found["Parameters"][0]["Value"] == "1"


async def test_who_may_not_list_does_not_learn_what_is_missing(world: World) -> None:
    await world.may(allow("s3:GetObject"))
    error = await world.refused("s3", "get_object", Bucket="files", Key="own/missing")
    assert "s3:ListBucket" in error["Message"]
    await world.may(allow(["s3:GetObject", "s3:ListBucket"]))
    assert (await world.refused("s3", "get_object", Bucket="files", Key="own/missing"))["Code"] == "NoSuchKey"


async def test_a_list_is_authorized_by_its_prefix(world: World) -> None:
    own = {"StringLike": {"s3:prefix": "own/*"}}
    await world.may(allow("s3:ListBucket", "arn:aws:s3:::files", Condition=own))
    assert (await world.call("s3", "list_objects_v2", Bucket="files", Prefix="own/"))["KeyCount"] >= 1
    await world.refused("s3", "list_objects_v2", Bucket="files")


async def test_items_are_authorized_by_their_leading_keys(world: World) -> None:
    await world.call(
        "dynamodb", "create_table", by="test", TableName="locks", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )  # fmt: skip
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["dev"]}}
    await world.may(allow(["dynamodb:PutItem", "dynamodb:GetItem"], Condition=own))
    await world.call("dynamodb", "put_item", TableName="locks", Item={"LockID": {"S": "dev"}})
    await world.refused("dynamodb", "put_item", TableName="locks", Item={"LockID": {"S": "prod"}})
    await world.refused("dynamodb", "get_item", TableName="locks", Key={"LockID": {"S": "prod"}})


async def test_a_secret_is_authorized_by_its_tags(world: World) -> None:
    await world.call(
        "secretsmanager", "create_secret", by="test", Name="of-db", SecretString="x",
        Tags=[{"Key": "team:name", "Value": "data"}],
    )  # fmt: skip
    tagged = {"StringEquals": {"aws:ResourceTag/team:name": "data"}}
    await world.may(allow("secretsmanager:GetSecretValue", Condition=tagged))
    await world.call("secretsmanager", "get_secret_value", SecretId="of-db")


async def test_a_boundary_limits_a_role(world: World) -> None:
    limit = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    made = await world.call("iam", "create_policy", by="test", PolicyName="limit", PolicyDocument=limit)
    arn = made["Policy"]["Arn"]
    await world.call("iam", "put_role_permissions_boundary", by="test", RoleName="reader", PermissionsBoundary=arn)
    try:
        await world.may(allow("*"))
        await world.call("s3", "get_object", Bucket="files", Key="own/a")
        error = await world.refused("iam", "list_roles")
        assert error["Message"].endswith("because no permissions boundary allows the iam:ListRoles action")
    finally:
        await world.call("iam", "delete_role_permissions_boundary", by="test", RoleName="reader")


async def test_a_boundary_limits_a_user_from_its_creation_on(world: World) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("iam:GetUser")]})
    made = await world.call("iam", "create_policy", by="test", PolicyName="limit-of-users", PolicyDocument=document)
    arn = made["Policy"]["Arn"]
    missing = {"UserName": "limited", "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/none"}
    assert (await world.refused("iam", "create_user", by="test", **missing))["Code"] == "NoSuchEntity"
    created = await world.call("iam", "create_user", by="test", UserName="limited", PermissionsBoundary=arn)
    assert created["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    everything = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    own = {"UserName": "limited", "PolicyName": "own", "PolicyDocument": everything}
    await world.call("iam", "put_user_policy", by="test", **own)
    await world.call("iam", "get_user", by="user-limited", UserName="limited")
    error = await world.refused("iam", "list_users", by="user-limited")
    assert error["Message"].endswith("because no permissions boundary allows the iam:ListUsers action")
    await world.call("iam", "delete_user_permissions_boundary", by="test", UserName="limited")
    await world.call("iam", "list_users", by="user-limited")
    await world.call("iam", "put_user_permissions_boundary", by="test", UserName="limited", PermissionsBoundary=arn)
    await world.refused("iam", "list_users", by="user-limited")
    assert (await world.refused("iam", "put_user_permissions_boundary", by="test", **missing))["Code"] == "NoSuchEntity"


async def test_a_policy_that_aws_manages_counts(world: World) -> None:
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    await world.may(allow("s3:GetObject"))
    await world.call("iam", "attach_role_policy", by="test", RoleName="reader", PolicyArn=arn)
    try:
        await world.call("iam", "list_roles")
        await world.refused("iam", "delete_role", RoleName="reader")
    finally:
        await world.call("iam", "detach_role_policy", by="test", RoleName="reader", PolicyArn=arn)


async def test_a_role_is_assumed_only_by_whom_it_trusts(world: World) -> None:
    await world.may(allow("sts:AssumeRole"))
    arn = f"arn:aws:iam::{ACCOUNT}:role/{PATHED}"
    error = await world.refused("sts", "assume_role", RoleArn=arn, RoleSessionName="again")
    assert error["Message"] == f"User: {SESSION} is not authorized to perform: sts:AssumeRole on resource: {arn}"
    await world.call("sts", "get_caller_identity")


async def test_a_role_that_asks_for_a_second_factor_gets_it_with_the_request(world: World) -> None:
    device = await world.call("iam", "create_virtual_mfa_device", by="test", VirtualMFADeviceName="phone")
    serial = device["VirtualMFADevice"]["SerialNumber"]
    await world.call("iam", "create_user", by="test", UserName="jane")
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    await world.call("iam", "enable_mfa_device", by="test", UserName="jane", SerialNumber=serial, **codes)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/jane"},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    await world.call("iam", "create_role", by="test", RoleName="careful", AssumeRolePolicyDocument=trust)
    careful = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/careful", "RoleSessionName": "jane"}
    await world.refused("sts", "assume_role", by="user-jane", **careful)
    answer = await world.call("sts", "assume_role", by="user-jane", **careful, SerialNumber=serial, TokenCode="123456")
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/careful/jane")


async def test_groups_of_logs_and_rules_of_events_are_authorized_by_their_arns(world: World) -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/app"
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/changes"
    await world.call("logs", "create_log_group", by="test", logGroupName="/app")
    await world.may(allow("logs:ListTagsForResource", f"{group}:*"), allow("events:PutRule", rule))
    await world.call("logs", "list_tags_for_resource", resourceArn=group)
    await world.call("events", "put_rule", Name="changes", EventPattern='{"source": ["app"]}')
    await world.refused("events", "put_rule", Name="others", EventPattern='{"source": ["app"]}')


async def test_decisions_are_recorded_and_denials_are_events(world: World) -> None:
    await world.may(allow("s3:GetObject", "arn:aws:s3:::files/own/*"))
    world.permissions.record.clear()
    for _ in range(3):
        await world.call("s3", "get_object", Bucket="files", Key="own/a")
    await world.refused("s3", "get_object_tagging", Bucket="files", Key="own/a")
    role = f"arn:aws:iam::{ACCOUNT}:role/{PATHED}"
    shown = await asyncio.to_thread(_got, f"{world.cloud.host.endpoint_url}/_localcloud/permissions/{role}")
    allowed, denied = shown["decisions"]
    assert allowed["count"] == 3
    assert (allowed["action"], allowed["outcome"], allowed["policy"]) == (
        "s3:GetObject",
        "allowed",
        "role/team/reader/it",
    )
    assert (denied["action"], denied["outcome"]) == ("s3:GetObjectTagging", "implicitDeny")
    assert [each["action"] for each in shown["denials"]] == ["s3:GetObjectTagging"]
    assert shown["denials"][0]["refused"] is True


async def test_an_audit_records_what_would_be_denied(world: World) -> None:
    await world.may(allow("s3:GetObject"))
    world.permissions.record.clear()
    world.permissions.mode = Mode.AUDIT
    try:
        await world.call("iam", "list_roles")
    finally:
        world.permissions.mode = Mode.ENFORCE
    assert [each.refused for each in world.permissions.record._denials] == [False]


async def test_the_mode_can_be_changed_while_it_runs(world: World) -> None:
    def put(content: str, content_type: str = "application/json") -> int:
        url = f"{world.cloud.host.endpoint_url}/_localcloud/permissions"
        return httpx.put(url, content=content, headers={"content-type": content_type}).status_code

    await world.may(allow("s3:GetObject"))
    assert await asyncio.to_thread(put, '{"mode": "off"}') == 200
    await world.call("iam", "list_roles")
    assert await asyncio.to_thread(put, '{"mode": "enforce"}', "text/plain") == 415
    assert await asyncio.to_thread(put, '{"mode": "strict"}') == 400
    assert await asyncio.to_thread(put, '{"mode": "enforce"}') == 200
    await world.refused("iam", "list_roles")


async def test_nothing_that_the_tests_asked_was_left_undecided(world: World) -> None:
    assert world.permissions.status() == {"status": "ready", "mode": "enforce"}


def _got(url: str) -> Any:
    return httpx.get(url).json()
