"""Stored needs and decisions serve only requests that would be decided alike."""

import pytest

from tests.integration.localcloud.enforcement.roles import ACCOUNT, allow
from tests.integration.localcloud.enforcement.sessions import Account, document

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = f"arn:aws:iam::{ACCOUNT}:policy/limit"


async def test_a_deletion_is_not_decided_as_the_reading_of_the_same_address(account: Account) -> None:
    api = await account.call("apigatewayv2", "create_api", Name="a", ProtocolType="HTTP")
    await account.may("reader", allow("apigateway:GET"))
    keys = await account.assume("reader")
    for _ in range(2):
        await account.call("apigatewayv2", "get_api", keys, ApiId=api["ApiId"])
    refused = await account.refused("apigatewayv2", "delete_api", keys, ApiId=api["ApiId"])
    assert "not authorized to perform: apigateway:DELETE" in refused


async def test_a_policy_that_becomes_a_boundary_limits_at_once(account: Account) -> None:
    keys = await account.user("jane", allow("s3:ListAllMyBuckets"))
    await account.call("iam", "create_policy", PolicyName="limit", PolicyDocument=document(allow("sns:*")))
    await account.call("iam", "attach_user_policy", UserName="jane", PolicyArn=LIMIT)
    await account.call("s3", "list_buckets", keys)
    await account.call("iam", "detach_user_policy", UserName="jane", PolicyArn=LIMIT)
    await account.call("iam", "put_user_permissions_boundary", UserName="jane", PermissionsBoundary=LIMIT)
    assert "no permissions boundary allows the s3:ListAllMyBuckets action" in await account.refused(
        "s3", "list_buckets", keys
    )
    await account.call("iam", "delete_user_permissions_boundary", UserName="jane")
    await account.call("iam", "attach_user_policy", UserName="jane", PolicyArn=LIMIT)
    await account.call("s3", "list_buckets", keys)


async def test_a_session_policy_limits_though_the_role_has_the_same_one(account: Account) -> None:
    await account.role("writer", allow("s3:ListAllMyBuckets"))
    limit = f"arn:aws:iam::{ACCOUNT}:policy/own"
    await account.call("iam", "create_policy", PolicyName="own", PolicyDocument=document(allow("sns:*")))
    await account.call("iam", "attach_role_policy", RoleName="writer", PolicyArn=limit)
    await account.call("s3", "list_buckets", await account.assume("writer"))
    await account.call("iam", "detach_role_policy", RoleName="writer", PolicyArn=limit)
    keys = await account.assume("writer", PolicyArns=[{"arn": limit}])
    assert "no session policy allows the s3:ListAllMyBuckets action" in await account.refused(
        "s3", "list_buckets", keys
    )
