"""STS decodes denials of EC2, and takes no session policy that does not exist."""

import json
import re
from typing import Any

import pytest

from tests.integration.localcloud.enforcement.roles import ACCOUNT, allow
from tests.integration.localcloud.enforcement.sessions import Account, document

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_denial_of_ec2_can_be_decoded_by_who_may(account: Account) -> None:
    await account.may("reader", allow("s3:ListAllMyBuckets"))
    keys = await account.assume("reader")
    message = await account.refused("ec2", "create_vpc", keys, CidrBlock="10.0.0.0/16")
    encoded = re.search(r"Encoded authorization failure message: (\S+)", message)
    assert encoded is not None
    assert "sts:DecodeAuthorizationMessage" in await account.refused(
        "sts", "decode_authorization_message", keys, EncodedMessage=encoded[1]
    )
    found = await account.call("sts", "decode_authorization_message", EncodedMessage=encoded[1])
    decoded = json.loads(found["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, False)
    assert decoded["context"]["action"] == "ec2:CreateVpc"
    assert ":assumed-role/reader/" in decoded["context"]["principal"]["arn"]
    for wrong in ("abc", "!", "e30="):
        refused = await account.refused("sts", "decode_authorization_message", EncodedMessage=wrong)
        assert "InvalidAuthorizationMessageException" in refused


async def test_a_session_policy_must_exist(account: Account) -> None:
    own = f"arn:aws:iam::{ACCOUNT}:policy/none"
    given: dict[str, Any] = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/reader", "RoleSessionName": "session"}
    for arn in (own, "arn:aws:iam::aws:policy/NoSuchAccess"):
        refused = await account.refused("sts", "assume_role", **given, PolicyArns=[{"arn": arn}])
        assert f"do not exist in the account: {arn}" in refused
    everything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    await account.call("iam", "create_policy", PolicyName="none", PolicyDocument=everything)
    await account.call("sts", "assume_role", **given, PolicyArns=[{"arn": own}])
    await account.call("sts", "assume_role", **given, PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}])
