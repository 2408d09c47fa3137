"""Requests for data under roles: buckets, objects, keys and items, by the resources' own policies."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.localcloud.enforcement.roles import ACCOUNT, PATHED, REGION, SESSION, World, allow, enforcing

ROLE = f"arn:aws:iam::{ACCOUNT}:role/{PATHED}"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with enforcing(cloud_in, tmp_path_factory.mktemp("data-permissions")) as made:
        yield made


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


async def role(world: World, name: str) -> str:
    """Create a role, and return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    given = {"RoleName": name, "Path": "/team/", "AssumeRolePolicyDocument": document(trust)}
    made = await world.call("iam", "create_role", by="test", **given)
    return str(made["Role"]["Arn"])


async def test_a_denial_in_a_bucket_policy_meets_only_whom_it_names(world: World) -> None:
    await world.may(allow("s3:GetObject"))
    other = await role(world, "other")
    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}
    wanted = {"Bucket": "files", "Key": "own/a"}
    for who in ({"Principal": {"AWS": ROLE}}, {"NotPrincipal": {"AWS": other}}):
        await world.call("s3", "put_bucket_policy", by="test", Bucket="files", Policy=document(denied | who))
        error = await world.refused("s3", "get_object", **wanted)
        assert error["Message"].endswith("with an explicit deny in a resource-based policy")
    for who in ({"Principal": {"AWS": other}}, {"NotPrincipal": {"AWS": [ROLE, SESSION]}}):
        await world.call("s3", "put_bucket_policy", by="test", Bucket="files", Policy=document(denied | who))
        await world.call("s3", "get_object", **wanted)
    await world.call("s3", "delete_bucket_policy", by="test", Bucket="files")


async def test_a_denial_in_a_key_policy_meets_only_whom_it_names(world: World) -> None:
    every = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    denied = {"Effect": "Deny", "Principal": {"AWS": ROLE}, "Action": ["kms:DescribeKey"], "Resource": "*"}
    made = await world.call("kms", "create_key", by="test", Policy=document(every, denied))
    key = made["KeyMetadata"]["KeyId"]
    await world.may(allow("kms:*"))
    await world.call("kms", "describe_key", by="test", KeyId=key)
    error = await world.refused("kms", "describe_key", KeyId=key)
    assert error["Message"].endswith("with an explicit deny in a resource-based policy")


async def test_a_key_policy_lets_its_author_change_it_again(world: World) -> None:
    await role(world, "keeper")

    def policy(who: str, effect: str = "Allow", **more: Any) -> str:
        return document({"Effect": effect, "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*", **more})

    keeper, account = f"arn:aws:iam::{ACCOUNT}:role/team/keeper", f"arn:aws:iam::{ACCOUNT}:root"
    of_tomorrow = {"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}}
    locked_out = "The new key policy will not allow you to update the key policy in the future."
    await world.may(allow("kms:*"))
    made = await world.call("kms", "create_key", by="test", Policy=policy(account))
    named = {"KeyId": made["KeyMetadata"]["KeyId"], "PolicyName": "default"}
    for refused in (policy(keeper), policy(ROLE, **of_tomorrow), policy(account, "Deny")):
        error = await world.refused("kms", "put_key_policy", **named, Policy=refused)
        assert (error["Code"], error["Message"]) == ("MalformedPolicyDocumentException", locked_out)
        assert (await world.refused("kms", "create_key", by="test", Policy=refused))["Message"] == locked_out
    for accepted in (policy(ROLE), policy(account)):
        await world.call("kms", "put_key_policy", **named, Policy=accepted)
    await world.call("kms", "put_key_policy", **named, Policy=policy(keeper), BypassPolicyLockoutSafetyCheck=True)
    error = await world.refused("kms", "put_key_policy", **named, Policy=policy(account))
    assert error["Code"] == "AccessDeniedException"


TABLE = {
    "TableName": "locks",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in ("LockID", "Owner")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-owner",
            "KeySchema": [{"AttributeName": "Owner", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def on_items(value: str, *, attribute: str = "Info", select: str = "SPECIFIC_ATTRIBUTES") -> dict[str, dict[str, Any]]:
    """Return the operations on items, for one partition key, attribute and Select."""
    key, item = {"LockID": {"S": value}}, {"LockID": {"S": value}, attribute: {"S": "x"}}
    table = {"TableName": "locks"}
    some = {"ProjectionExpression": "LockID, #a", "ExpressionAttributeNames": {"#a": attribute}}
    shown = some if select == "SPECIFIC_ATTRIBUTES" else {}
    names, values = {"#k": "LockID", "#a": attribute}, {":k": {"S": value}}
    setting = {
        "UpdateExpression": "set #a = :x",
        "ExpressionAttributeNames": {"#a": attribute},
        "ExpressionAttributeValues": {":x": {"S": "x"}},
    }
    there = {
        "ConditionExpression": "attribute_exists (#a) OR attribute_not_exists(#a)",
        "ExpressionAttributeNames": {"#a": attribute},
    }
    return {
        "put_item": table | {"Item": item},
        "get_item": table | {"Key": key} | shown,
        "update_item": table | {"Key": key} | setting,
        "query": table
        | (
            {"ProjectionExpression": "LockID, #a", "Select": select}
            if shown
            else {"Select": select, "FilterExpression": "attribute_exists(#a)"}
        )
        | {"KeyConditionExpression": "#k = :k"}
        | {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values},
        "batch_get_item": {"RequestItems": {"locks": {"Keys": [key]} | shown}},
        "batch_write_item": {"RequestItems": {"locks": [{"PutRequest": {"Item": item}}]}},
        "transact_get_items": {"TransactItems": [{"Get": table | {"Key": key} | shown}]},
        "transact_write_items": {
            "TransactItems": [
                {"Put": table | {"Item": item | {"LockID": {"S": "dev"}}}},
                {"Update": table | {"Key": key | {"LockID": {"S": "dev-2"}}} | setting},
                {"ConditionCheck": table | {"Key": key if value != "dev" else {"LockID": {"S": "dev-3"}}} | there},
            ]
        },
        "delete_item": table | {"Key": key} | there,
    }


READING = ("get_item", "query", "batch_get_item", "transact_get_items")


async def test_every_operation_on_items_is_authorized_by_keys_attributes_and_selection(world: World) -> None:
    await world.call("dynamodb", "create_table", by="test", **TABLE)
    table = f"arn:aws:dynamodb:us-west-1:{ACCOUNT}:table/locks"
    conditions = {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["dev*"]},
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["LockID", "Info"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    await world.may(allow("dynamodb:*", [table, f"{table}/index/*"], Condition=conditions))
    for operation, parameters in on_items("dev").items():
        await world.call("dynamodb", operation, **parameters)
    for wrong in (on_items("prod"), on_items("dev", attribute="Secret")):
        for operation, parameters in wrong.items():
            error = await world.refused("dynamodb", operation, **parameters)
            assert error["Code"] == "AccessDeniedException", operation
    whole = on_items("dev", select="ALL_ATTRIBUTES")
    for operation in READING:
        await world.refused("dynamodb", operation, **whole[operation])
    deleting = {"RequestItems": {"locks": [{"DeleteRequest": {"Key": {"LockID": {"S": key}}}} for key in ("dev", "x")]}}
    await world.refused("dynamodb", "batch_write_item", **deleting)


async def test_a_query_of_an_index_is_authorized_by_the_indexs_own_key(world: World) -> None:
    table = f"arn:aws:dynamodb:us-west-1:{ACCOUNT}:table/locks"
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}, "Null": {"dynamodb:LeadingKeys": "false"}}
    await world.may(allow("dynamodb:Query", f"{table}/index/*", Condition=own))
    asked = {"TableName": "locks", "IndexName": "by-owner", "KeyConditionExpression": "#o = :o"}
    asked |= {"ExpressionAttributeNames": {"#o": "Owner"}}
    await world.call("dynamodb", "query", **asked, ExpressionAttributeValues={":o": {"S": "ann"}})
    await world.refused("dynamodb", "query", **asked, ExpressionAttributeValues={":o": {"S": "bob"}})


async def test_of_several_objects_those_that_may_not_be_deleted_are_listed(world: World) -> None:
    odd = "kept/ä & <b>"
    for key in ("own/x", odd, "kept/y"):
        await world.call("s3", "put_object", by="test", Bucket="files", Key=key, Body=b"x")
    await world.may(allow("s3:DeleteObject", "arn:aws:s3:::files/own/*"))
    for keys, gone in ((("own/x", odd), ["own/x"]), (("kept/y", odd), [])):
        named = {"Objects": [{"Key": each} for each in keys]}
        answer = await world.call("s3", "delete_objects", Bucket="files", Delete=named)
        assert [each["Key"] for each in answer.get("Deleted", [])] == gone
        assert [(each["Key"], each["Code"]) for each in answer["Errors"]] == [
            (each, "AccessDenied") for each in keys if each not in gone
        ]
        assert "is not authorized to perform: s3:DeleteObject on" in answer["Errors"][0]["Message"]
        left = await world.call("s3", "list_objects_v2", by="test", Bucket="files", Prefix="kept/")
        assert {each["Key"] for each in left["Contents"]} == {odd, "kept/y"}


async def test_an_object_is_authorized_by_tags_that_it_gets_and_has(world: World) -> None:
    files = "arn:aws:s3:::files/*"
    new = {"Bucket": "files", "Key": "own/t", "Body": b"x"}
    await world.may(allow("s3:PutObject", files))
    error = await world.refused("s3", "put_object", **new, Tagging="team=red")
    assert "s3:PutObjectTagging on" in error["Message"]
    red = {"StringEquals": {"s3:RequestObjectTag/team": "red"}}
    await world.may(allow("s3:PutObject", files), allow("s3:PutObjectTagging", files, Condition=red))
    await world.call("s3", "put_object", **new, Tagging="team=red")
    await world.refused("s3", "put_object", **new, Tagging="team=blue")
    tags = {"TagSet": [{"Key": "team", "Value": "blue"}]}
    await world.refused("s3", "put_object_tagging", Bucket="files", Key="own/t", Tagging=tags)
    for team, may in (("red", True), ("blue", False)):
        existing = {"StringEquals": {"s3:ExistingObjectTag/team": team}}
        await world.may(allow("s3:GetObject", files, Condition=existing))
        call = world.call if may else world.refused
        await call("s3", "get_object", Bucket="files", Key="own/t")


async def test_a_key_is_authorized_by_its_aliases(world: World) -> None:
    made = [(await world.call("kms", "create_key", by="test"))["KeyMetadata"]["KeyId"] for _ in range(2)]
    await world.call("kms", "create_alias", by="test", AliasName="alias/app-one", TargetKeyId=made[0])
    own = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/app-*"}}
    await world.may(allow("kms:Encrypt", Condition=own))
    await world.call("kms", "encrypt", KeyId=made[0], Plaintext=b"x")
    await world.refused("kms", "encrypt", KeyId=made[1], Plaintext=b"x")


async def test_statements_are_authorized_as_what_they_do_on_their_table_and_by_leading_keys(world: World) -> None:
    table = {
        "TableName": "notes",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "Owner", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "Owner", "AttributeType": "S"}],
    }
    arn = (await world.call("dynamodb", "create_table", by="test", **table))["TableDescription"]["TableArn"]
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ann"]}, "Bool": {"dynamodb:FullTableScan": "false"}}
    await world.may(
        allow("dynamodb:PartiQLSelect", arn, Condition=own),
        allow("dynamodb:PartiQLInsert", arn, Condition={"StringEquals": {"dynamodb:LeadingKeys": "ann"}}),
    )

    async def run(statement: str, *parameters: str) -> Any:
        given = {"Parameters": [{"S": each} for each in parameters]} if parameters else {}
        return await world.call("dynamodb", "execute_statement", Statement=statement, **given)

    async def is_refused(statement: str, *parameters: str) -> str:
        given = {"Parameters": [{"S": each} for each in parameters]} if parameters else {}
        error = await world.refused("dynamodb", "execute_statement", Statement=statement, **given)
        assert error["Code"] == "AccessDeniedException"
        return str(error["Message"])

    await run("INSERT INTO notes VALUE {'Owner': 'ann', 'Text': 'x'}")
    found = await run('SELECT * FROM "notes" WHERE "Owner" = ?', "ann")
    assert found["Items"] == [{"Owner": {"S": "ann"}, "Text": {"S": "x"}}]
    assert f"dynamodb:PartiQLInsert on resource: {arn}" in await is_refused("INSERT INTO notes VALUE {'Owner': 'bob'}")
    assert f"dynamodb:PartiQLDelete on resource: {arn}" in await is_refused("DELETE FROM notes WHERE Owner = 'ann'")
    await is_refused("UPDATE notes SET Text = 'y' WHERE Owner = 'ann'")
    await is_refused("SELECT * FROM notes")
    await is_refused("SELECT * FROM notes WHERE Owner = ?", "bob")
    await is_refused("SELECT * FROM notes WHERE Owner IN ['ann', 'bob']")
    await is_refused("SELECT * FROM notes WHERE Owner = 'ann' OR Text = 'x'")
    await is_refused("SELECT * FROM locks WHERE LockID = 'ann'")
    of_anybody = "SELECT * FROM notes WHERE Owner = ?"
    both = [{"Statement": of_anybody, "Parameters": [{"S": who}]} for who in ("ann", "bob")]
    await world.call("dynamodb", "batch_execute_statement", Statements=both[:1])
    await world.refused("dynamodb", "batch_execute_statement", Statements=both)


async def test_statements_of_a_transaction_are_distinguished_from_others(world: World) -> None:
    only = {"StringEquals": {"dynamodb:EnclosingOperation": "ExecuteTransaction"}}
    await world.may(allow("dynamodb:PartiQLSelect", Condition=only))
    select = "SELECT * FROM notes WHERE Owner = 'ann'"
    await world.call("dynamodb", "execute_transaction", TransactStatements=[{"Statement": select}])
    await world.refused("dynamodb", "execute_statement", Statement=select)


async def test_a_request_that_a_service_makes_for_the_caller_is_distinguished(world: World) -> None:
    made = await world.call("kms", "create_key", by="test")
    key = made["KeyMetadata"]["KeyId"]
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    itself = {"Condition": {"Bool": {"aws:ViaAWSService": "false"}}}
    await world.may(allow(["kms:*", "s3:*"]), {"Effect": "Deny", "Action": "kms:*", "Resource": "*"} | itself)
    await world.call("s3", "put_object", Bucket="files", Key="own/encrypted", Body=b"x", **encrypted)
    await world.call("s3", "get_object", Bucket="files", Key="own/encrypted")
    assert "explicit deny" in (await world.refused("kms", "describe_key", KeyId=key))["Message"]


async def test_a_region_and_the_account_of_a_bucket_can_be_required(world: World) -> None:
    for account, region, is_let_in in ((ACCOUNT, REGION, True), ("210987654321", "eu-west-1", False)):
        of_bucket = {"Condition": {"StringEquals": {"s3:ResourceAccount": account}}}
        of_region = {"Condition": {"StringEquals": {"ec2:Region": region}}}
        await world.may(allow("s3:*", **of_bucket), allow("ec2:*", **of_region))
        if is_let_in:
            await world.call("s3", "get_object", Bucket="files", Key="own/a")
            await world.call("ec2", "describe_vpcs")
        else:
            assert (await world.refused("s3", "get_object", Bucket="files", Key="own/a"))["Code"] == "AccessDenied"
            assert (await world.refused("ec2", "describe_vpcs"))["Code"] == "UnauthorizedOperation"
