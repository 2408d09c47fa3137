"""A local cloud that enforces, and knows its callers by their signatures: sessions of roles and users begin in STS."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.host import Host
from localcloud.identity.callers import Callers
from localcloud.identity.issuer import Issuer
from localcloud.identity.sealing import Seal
from tests.integration.localcloud.enforcement.roles import ACCOUNT, REGION, Assuming, Permissions

SEAL = Seal(b"k" * 32)
ADMINISTRATOR = {"AccessKeyId": "test", "SecretAccessKey": "test"}
EVERYBODY = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
Keys = Mapping[str, str]


class Account:
    """The account's administrator, and whose keys it is given."""

    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud

    def client(self, service: str, keys: Keys = ADMINISTRATOR) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.cloud.host.endpoint_url,
            region_name=REGION,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(retries={"max_attempts": 1}, signature_version="s3v4" if service == "s3" else None),
        )

    async def call(self, service: str, operation: str, keys: Keys = ADMINISTRATOR, **parameters: Any) -> Any:
        return await asyncio.to_thread(getattr(self.client(service, keys), operation), **parameters)

    async def refused(self, service: str, operation: str, keys: Keys = ADMINISTRATOR, **parameters: Any) -> str:
        """Return the code and message of a refusal."""
        with pytest.raises(ClientError) as caught:
            await self.call(service, operation, keys, **parameters)
        error = caught.value.response["Error"]
        return f"{error['Code']}: {error['Message']}"

    async def role(
        self, name: str, *statements: dict[str, Any], trusts: Any = EVERYBODY, trusted_actions: Any = "sts:AssumeRole"
    ) -> str:
        """Make a role with these permissions; give its ARN."""
        trust = document({"Effect": "Allow", "Principal": trusts, "Action": trusted_actions})
        made = await self.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)
        if statements:
            await self.may(name, *statements)
        return str(made["Role"]["Arn"])

    async def may(self, name: str, *statements: dict[str, Any]) -> None:
        """Give a role these permissions and no others."""
        own = {"RoleName": name, "PolicyName": "own", "PolicyDocument": document(*statements)}
        await self.call("iam", "put_role_policy", **own)

    async def drop(self, name: str) -> None:
        """Delete a role."""
        for policy in (await self.call("iam", "list_role_policies", RoleName=name))["PolicyNames"]:
            await self.call("iam", "delete_role_policy", RoleName=name, PolicyName=policy)
        await self.call("iam", "delete_role", RoleName=name)

    async def assume(self, name: str, keys: Keys = ADMINISTRATOR, **more: Any) -> Keys:
        given = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "RoleSessionName": "session", **more}
        return dict((await self.call("sts", "assume_role", keys, **given))["Credentials"])

    async def user(self, name: str, *statements: dict[str, Any]) -> Keys:
        """Make a user with these permissions; give its access key."""
        await self.call("iam", "create_user", UserName=name)
        if statements:
            own = {"UserName": name, "PolicyName": "own", "PolicyDocument": document(*statements)}
            await self.call("iam", "put_user_policy", **own)
        return dict((await self.call("iam", "create_access_key", UserName=name))["AccessKey"])

    async def drop_user(self, name: str, keys: Keys) -> None:
        """Delete a user with this access key."""
        for policy in (await self.call("iam", "list_user_policies", UserName=name))["PolicyNames"]:
            await self.call("iam", "delete_user_policy", UserName=name, PolicyName=policy)
        await self.call("iam", "delete_access_key", UserName=name, AccessKeyId=keys["AccessKeyId"])
        await self.call("iam", "delete_user", UserName=name)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@asynccontextmanager
async def account_in(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], directory: Path
) -> AsyncIterator[Account]:
    """A local cloud that enforces what is signed."""
    made_before: list[Permissions] = []

    def permissions(host: Host) -> Permissions:
        made_before.append(Permissions(host))
        return made_before[0]

    def sts(host: Host) -> Assuming:
        issuer = Issuer(host.data_directory, host.endpoint_url)
        return Assuming(host, SEAL, issuer, authorize=made_before[0].check_assumed)

    parts = {"permissions": permissions, "sts": sts}
    async with cloud_in(directory, parts, caller_of=Callers(ACCOUNT, SEAL).caller_of) as cloud:
        yield Account(cloud)
