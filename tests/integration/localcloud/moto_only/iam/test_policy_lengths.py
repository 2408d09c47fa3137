"""IAM refuses policies that are too long or too many in AWS's words; white space does not count."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
OWNER = {
    "role": {"RoleName": "long", "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": TRUST})},
    "user": {"UserName": "long"},
    "group": {"GroupName": "long"},
}


def policy(length: int, **further: Any) -> str:
    """Return a policy of so many characters, and spaces besides."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::", **further}
    bare = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))
    filled = bare.replace('s3:::"', f's3:::{"a" * (length - len(bare))}"')
    return json.dumps(json.loads(filled), indent=4)


async def refusal(cloud: Any, operation: str, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        await cloud.call("iam", operation, **parameters)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    return f"{caught.value.response['Error']['Code']}: {caught.value.response['Error']['Message']}"


async def test_the_inline_policies_of_one_are_limited_together(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for kind, longest in (("role", 10240), ("user", 2048), ("group", 5120)):
            await cloud.call("iam", f"create_{kind}", **OWNER[kind])
            put, name = f"put_{kind}_policy", {f"{kind.capitalize()}Name": "long"}
            await cloud.call("iam", put, **name, PolicyName="a", PolicyDocument=policy(1000))
            await cloud.call("iam", put, **name, PolicyName="b", PolicyDocument=policy(longest - 1000))
            words = f"LimitExceeded: Maximum policy size of {longest} bytes exceeded for {kind} long"
            assert await refusal(cloud, put, **name, PolicyName="b", PolicyDocument=policy(longest - 999)) == words
            await cloud.call("iam", put, **name, PolicyName="a", PolicyDocument=policy(500))


async def test_managed_policies_and_trust_policies_are_limited_each(cloud_in: Any, tmp_path: Path) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "1" * 2048}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST | {"Condition": condition}]})
    async with cloud_in(tmp_path, {}) as cloud:
        made = await cloud.call("iam", "create_policy", PolicyName="p", PolicyDocument=policy(6144))
        words = "LimitExceeded: Cannot exceed quota for PolicySize: 6144"
        assert await refusal(cloud, "create_policy", PolicyName="q", PolicyDocument=policy(6145)) == words
        arn = made["Policy"]["Arn"]
        assert await refusal(cloud, "create_policy_version", PolicyArn=arn, PolicyDocument=policy(6145)) == words
        words = "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"
        assert await refusal(cloud, "create_role", RoleName="r", AssumeRolePolicyDocument=trust) == words


async def test_a_role_user_or_group_has_ten_managed_policies(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        arns = []
        for number in range(11):
            made = await cloud.call("iam", "create_policy", PolicyName=f"p{number}", PolicyDocument=policy(200))
            arns.append(made["Policy"]["Arn"])
        for kind, owner in OWNER.items():
            await cloud.call("iam", f"create_{kind}", **owner)
            attach, name = f"attach_{kind}_policy", {f"{kind.capitalize()}Name": "long"}
            for arn in [*arns[:10], arns[0]]:
                await cloud.call("iam", attach, **name, PolicyArn=arn)
            words = f"LimitExceeded: Cannot exceed quota for PoliciesPer{kind.capitalize()}: 10"
            assert await refusal(cloud, attach, **name, PolicyArn=arns[10]) == words
            await cloud.call("iam", f"detach_{kind}_policy", **name, PolicyArn=arns[0])
            await cloud.call("iam", attach, **name, PolicyArn=arns[10])


async def test_a_user_is_in_ten_groups(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("iam", "create_user", UserName="ann")
        for number in range(11):
            await cloud.call("iam", "create_group", GroupName=f"g{number}")
        for number in (*range(10), 0):
            await cloud.call("iam", "add_user_to_group", UserName="ann", GroupName=f"g{number}")
        words = "LimitExceeded: Cannot exceed quota for GroupsPerUser: 10"
        assert await refusal(cloud, "add_user_to_group", UserName="ann", GroupName="g10") == words
