"""Grants of KMS are retired by their token alone, too."""

import pytest

from tests.integration.localcloud.enforcement.roles import ACCOUNT
from tests.integration.localcloud.enforcement.sessions import Account

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_token_retires_its_own_grant_for_whom_the_grant_names(account: Account) -> None:
    await account.role("grantee")
    key = (await account.call("kms", "create_key"))["KeyMetadata"]["Arn"]
    reader, grantee = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "grantee"))
    keys = await account.assume("reader")

    async def token(who: str, operations: list[str], **more: str) -> str:
        given = {"KeyId": key, "GranteePrincipal": who, "Operations": operations, **more}
        return str((await account.call("kms", "create_grant", **given))["GrantToken"])

    others = await token(grantee, ["Decrypt", "RetireGrant"])
    assert "kms:RetireGrant on resource:" in await account.refused("kms", "retire_grant", keys, GrantToken=others)
    for own in (
        await token(grantee, ["Decrypt"], RetiringPrincipal=reader),
        await token(reader, ["Decrypt", "RetireGrant"]),
    ):
        await account.call("kms", "retire_grant", keys, GrantToken=own)
    [kept] = (await account.call("kms", "list_grants", KeyId=key))["Grants"]
    assert kept["GranteePrincipal"] == grantee
