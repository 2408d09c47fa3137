"""Requests for data under roles: buckets, objects, keys and items, by the resources' own policies."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.localcloud.roles import ACCOUNT, PATHED, SESSION, World, allow, enforcing

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
