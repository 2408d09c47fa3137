"""Clients that act as roles or users by their access key, before an endpoint that enforces."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.authorization.principals import Kind, Principal
from localcloud.enforcement.api import PermissionsApi
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.host import Host
from localcloud.identity.issuer import Issuer
from localcloud.identity.sealing import Seal
from localcloud.identity.sts import Sts
from localcloud.protocol.caller import Caller, administrator
from localcloud.protocol.wire import AwsRequest, credentials_of

ACCOUNT = "123456789012"
REGION = "us-west-1"
PATHED = "team/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"


class Permissions(Enforcer):
    def __init__(self, host: Host) -> None:
        super().__init__(host, Mode.ENFORCE)
        self.internal_routes = {"permissions": PermissionsApi(self).answer}


class Assuming(Sts):
    """STS as a part."""

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


async def caller_of(request: AwsRequest) -> Caller:
    """The access key names the role; `test` is the administrator."""
    key = credentials_of(request).partition("Credential=")[2].partition("/")[0]
    if key == "test":
        return administrator(ACCOUNT, key)
    if key.startswith("user-"):
        return Caller(Principal(kind=Kind.USER, arn=f"arn:aws:iam::{ACCOUNT}:user/{key[5:]}", account_id=ACCOUNT), key)
    principal = Principal(
        kind=Kind.ROLE_SESSION,
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{key}/session",
        account_id=ACCOUNT,
        issuer_arn=f"arn:aws:iam::{ACCOUNT}:role/team/{key}",
        user_id="AROAEXAMPLE:session",
    )
    return Caller(principal, key)


class World:
    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.permissions: Enforcer = cloud.parts["permissions"]

    def client(self, service: str, key: str = "reader") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.cloud.host.endpoint_url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}),
        )

    async def call(self, service: str, operation: str, *, by: str = "reader", **parameters: Any) -> Any:
        return await asyncio.to_thread(getattr(self.client(service, by), operation), **parameters)

    async def refused(self, service: str, operation: str, **parameters: Any) -> Any:
        with pytest.raises(ClientError) as caught:
            await self.call(service, operation, **parameters)
        return caught.value.response["Error"]

    async def may(self, *statements: dict[str, Any], role: str = "reader") -> None:
        """Give a role these statements and no others."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        await self.call("iam", "put_role_policy", by="test", RoleName=role, PolicyName="it", PolicyDocument=document)


IN_REGION = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}


@asynccontextmanager
async def enforcing(cloud_in: Callable[..., AbstractAsyncContextManager[Any]], directory: Path) -> AsyncIterator[World]:
    """A local cloud that enforces, with a role `reader` and an object `own/a` in the bucket `files`."""
    made_before: list[Permissions] = []

    def permissions(host: Host) -> Permissions:
        made_before.append(Permissions(host))
        return made_before[0]

    def sts(host: Host) -> Assuming:
        issuer = Issuer(host.data_directory, host.endpoint_url)
        return Assuming(host, Seal(b"k" * 32), issuer, authorize=made_before[0].check_assumed)

    async with cloud_in(directory, {"permissions": permissions, "sts": sts}, caller_of=caller_of) as cloud:
        made = World(cloud)
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        await made.call(
            "iam", "create_role", by="test", RoleName="reader", Path="/team/", AssumeRolePolicyDocument=document
        )
        await made.call("s3", "create_bucket", by="test", Bucket="files", **IN_REGION)
        await made.call("s3", "put_object", by="test", Bucket="files", Key="own/a", Body=b"a")
        yield made


def allow(actions: str | list[str], resources: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
