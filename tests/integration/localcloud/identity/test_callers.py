"""Callers: real clients with keys of users and of sessions, and what STS gives to each."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
import pytest_asyncio
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.authorization.context import Context
from localcloud.host import Host
from localcloud.identity.callers import Callers
from localcloud.identity.issuer import Issuer
from localcloud.identity.sealing import Seal
from localcloud.identity.sts import Sts

ACCOUNT, REGION = "123456789012", "us-west-1"
SEAL = Seal(b"k" * 32)
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/administrator"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"

pytestmark = pytest.mark.asyncio(loop_scope="module")


class WithIssuer(Sts):
    """STS and the issuer as a part; `now` of a test."""

    def __init__(self, host: Host) -> None:
        issuer = Issuer(host.data_directory, f"{host.endpoint_url}/_localcloud/oidc")
        super().__init__(host, SEAL, issuer)
        self.issuer = issuer
        self.internal_routes = {"oidc": issuer.answer}

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


class World:
    def __init__(self, cloud: Any) -> None:
        self.cloud = cloud
        self.url: str = cloud.host.endpoint_url

    def client(self, service: str, keys: dict[str, Any] | None = None) -> Any:
        given = keys or {"AccessKeyId": "test", "SecretAccessKey": "test"}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            config=Config(retries={"max_attempts": 1}, signature_version="s3v4" if service == "s3" else None),
        )

    async def call(self, service: str, operation: str, keys: dict[str, Any] | None = None, **parameters: Any) -> Any:
        return await asyncio.to_thread(getattr(self.client(service, keys), operation), **parameters)

    async def identity(self, keys: dict[str, Any] | None = None) -> str:
        return str((await self.call("sts", "get_caller_identity", keys))["Arn"])

    async def role(self, name: str, principal: object, condition: object = None, **more: Any) -> str:
        statement = {"Effect": "Allow", "Principal": principal, "Action": more.pop("actions", "sts:AssumeRole")}
        statement |= {"Condition": condition} if condition else {}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = await self.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust, **more)
        return str(made["Role"]["Arn"])

    async def assume(self, arn: str, keys: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        given = {"RoleArn": arn, "RoleSessionName": "session", **more}
        answer = await self.call("sts", "assume_role", keys, **given)
        return dict(answer["Credentials"])

    def token(self, **facts: str) -> str:
        answer = httpx.post(f"{self.url}/_localcloud/oidc/token", json={"repository": "acme/shop", **facts})
        return str(answer.raise_for_status().json()["value"])


async def refusal(attempt: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        await attempt
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    callers = Callers(ACCOUNT, SEAL)
    directory: Path = tmp_path_factory.mktemp("identity")
    async with cloud_in(directory, {"sts": WithIssuer}, caller_of=callers.caller_of) as cloud:
        yield World(cloud)


async def test_the_keys_of_birth_are_the_administrators(world: World) -> None:
    assert await world.identity() == ADMINISTRATOR
    code, message = await refusal(
        world.call("sts", "get_caller_identity", {"AccessKeyId": "x", "SecretAccessKey": "x"})
    )
    assert code == "InvalidClientTokenId"
    assert "the access key test with the secret test" in message


async def test_the_keys_of_a_user_are_that_users_while_active(world: World) -> None:
    await world.call("iam", "create_user", UserName="ann")
    keys = (await world.call("iam", "create_access_key", UserName="ann"))["AccessKey"]
    assert await world.identity(keys) == f"arn:aws:iam::{ACCOUNT}:user/ann"
    named = {"UserName": "ann", "AccessKeyId": keys["AccessKeyId"]}
    await world.call("iam", "update_access_key", **named, Status="Inactive")
    assert (await refusal(world.identity(keys)))[0] == "InvalidClientTokenId"
    await world.call("iam", "delete_access_key", **named)
    assert (await refusal(world.identity(keys)))[0] == "InvalidClientTokenId"


async def test_every_protocol_takes_the_credentials_of_a_session(world: World) -> None:
    keys = await world.assume(await world.role("protocols", {"AWS": ACCOUNT}))
    for service, operation in (
        ("sts", "get_caller_identity"),
        ("ec2", "describe_vpcs"),
        ("kms", "list_keys"),
        ("s3", "list_buckets"),
        ("route53", "list_hosted_zones"),
        ("cloudwatch", "list_metrics"),
    ):
        await world.call(service, operation, keys)
    assert await world.identity(keys) == f"arn:aws:sts::{ACCOUNT}:assumed-role/protocols/session"


async def test_objects_come_and_go_with_signed_bodies_links_and_odd_keys(world: World) -> None:
    s3 = world.client("s3")
    place = {"Bucket": "identity-objects", "Key": "a b/(c)+d=é~'!*/..x"}
    configuration = {"LocationConstraint": REGION}
    await asyncio.to_thread(s3.create_bucket, Bucket=place["Bucket"], CreateBucketConfiguration=configuration)
    for body in (b"", b"small", b"x" * 3_000_000):
        await asyncio.to_thread(s3.put_object, **place, Body=body, ChecksumAlgorithm="CRC32")
        found = await asyncio.to_thread(s3.get_object, **place)
        assert await asyncio.to_thread(found["Body"].read) == body
    link = s3.generate_presigned_url("get_object", Params=place, ExpiresIn=60)
    async with httpx.AsyncClient() as client:
        assert (await client.get(link)).status_code == 200
        assert (await client.get(link.replace("Expires=60", "Expires=61"))).status_code == 403


async def test_a_role_lets_in_whom_its_trust_policy_names(world: World) -> None:
    service = await world.role("of-a-service", {"Service": "ecs-tasks.amazonaws.com"})
    code, message = await refusal(world.assume(service))
    assert code == "AccessDenied"
    words = f"User: {ADMINISTRATOR} is not authorized to perform: sts:AssumeRole on resource: {service}"
    assert message == words
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"
    assert (await refusal(world.assume(missing)))[0] == "AccessDenied"
    caller, issued = await world.cloud.parts["sts"].as_service("ecs-tasks.amazonaws.com", service, "task", Context())
    assert caller.principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/of-a-service/task"
    keys = {"AccessKeyId": issued.access_key_id, "SecretAccessKey": issued.secret, "SessionToken": issued.token}
    assert await world.identity(keys) == caller.principal.arn


async def test_a_session_ends_with_its_role_and_is_none_of_a_later_one_of_that_name(world: World) -> None:
    trusted = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    arn = await world.role("brief", trusted)
    keys = await world.assume(arn)
    await world.identity(keys)
    await world.call("iam", "delete_role", RoleName="brief")
    for _ in range(2):
        with pytest.raises(ClientError, match=r"InvalidClientTokenId.*security token included in the request is inval"):
            await world.identity(keys)
        await world.role("brief", trusted)
        await world.identity(await world.assume(arn))
        await world.call("iam", "delete_role", RoleName="brief")


async def test_conditions_of_a_trust_policy_are_evaluated(world: World) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret-of-both"}}
    arn = await world.role("external", {"AWS": ACCOUNT}, condition)
    assert (await refusal(world.assume(arn)))[0] == "AccessDenied"
    assert (await refusal(world.assume(arn, ExternalId="another")))[0] == "AccessDenied"
    await world.assume(arn, ExternalId="secret-of-both")


async def test_tags_and_a_source_identity_need_their_own_permissions(world: World) -> None:
    plain = await world.role("untagged", {"AWS": ACCOUNT})
    tags = [{"Key": "team", "Value": "a"}]
    assert "sts:TagSession" in (await refusal(world.assume(plain, Tags=tags)))[1]
    assert "sts:SetSourceIdentity" in (await refusal(world.assume(plain, SourceIdentity="ann")))[1]
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    tagged = await world.role("tagged", {"AWS": ACCOUNT}, actions=actions)
    first = await world.assume(tagged, Tags=tags, TransitiveTagKeys=["team"], SourceIdentity="ann")
    for key in ("team", "TEAM"):
        code, _ = await refusal(world.assume(tagged, first, Tags=[{"Key": key, "Value": "b"}]))
        assert code == "InvalidParameterValue"
    assert (await refusal(world.assume(tagged, first, SourceIdentity="bob")))[0] == "AccessDenied"
    answer = await world.call("sts", "assume_role", first, RoleArn=tagged, RoleSessionName="second")
    assert answer["SourceIdentity"] == "ann"


async def test_a_chain_needs_the_permissions_for_the_tags_and_source_identity_that_it_inherits(world: World) -> None:
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    first = await world.role("chain-first", {"AWS": ACCOUNT}, actions=actions)
    second = await world.role("chain-second", {"AWS": ACCOUNT})
    tags = [{"Key": "team", "Value": "a"}]
    await world.assume(second, await world.assume(first, Tags=tags))  # it inherits nothing
    inherited = {
        "TagSession": {"Tags": tags, "TransitiveTagKeys": ["team"]},
        "SetSourceIdentity": {"SourceIdentity": "ann"},
    }
    for action, given in inherited.items():
        keys = await world.assume(first, **given)
        code, message = await refusal(world.assume(second, keys))
        assert (code, f"perform: sts:{action} on resource: {second}" in message) == ("AccessDenied", True)


async def test_sessions_last_as_long_as_role_and_chain_allow(world: World) -> None:
    arn = await world.role("long", {"AWS": ACCOUNT}, MaxSessionDuration=7200)
    began = datetime.now(UTC)
    keys = await world.assume(arn, DurationSeconds=7200)
    lasts = keys["Expiration"] - began
    assert timedelta(seconds=7199) < lasts <= timedelta(seconds=7200) + (datetime.now(UTC) - began)
    code, message = await refusal(world.assume(arn, DurationSeconds=7201))
    assert (code, "MaxSessionDuration" in message) == ("ValidationError", True)
    code, message = await refusal(world.assume(arn, keys, DurationSeconds=3601))
    assert (code, "role chaining" in message) == ("ValidationError", True)
    await world.assume(arn, keys, DurationSeconds=3600)


async def test_session_policies_are_read(world: World) -> None:
    arn = await world.role("limited", {"AWS": ACCOUNT})
    assert (await refusal(world.assume(arn, Policy="no")))[0] == "MalformedPolicyDocument"
    assert (await refusal(world.assume(arn, Policy=json.dumps({"Statement": " " * 2048}))))[0] == "PackedPolicyTooLarge"
    nowhere = {"Effect": "Allow", "Action": "*"}
    code, message = await refusal(world.assume(arn, Policy=json.dumps({"Statement": nowhere})))
    assert (code, message) == ("MalformedPolicyDocument", "Policy statement must contain resources.")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    assert (await refusal(world.assume(arn, Policy=json.dumps({"Statement": everybody}))))[
        0
    ] == "MalformedPolicyDocument"


async def test_users_get_session_tokens_and_sessions_do_not(world: World) -> None:
    keys = (await world.call("sts", "get_session_token"))["Credentials"]
    assert await world.identity(keys) == ADMINISTRATOR
    assert (await refusal(world.call("sts", "get_session_token", keys)))[0] == "AccessDenied"
    federated = await world.call("sts", "get_federation_token", Name="bob")
    assert await world.identity(federated["Credentials"]) == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"


async def test_a_workflow_run_assumes_the_role_of_its_environment(world: World) -> None:
    created = {"Url": f"https://{GITHUB}", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]}
    condition = {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": "repo:acme/shop:environment:dev",
            f"{GITHUB}:ref": "refs/heads/main",
            f"{GITHUB}:repository": "acme/shop",
        }
    }

    async def run(token: str) -> Any:
        given = {"RoleArn": arn, "RoleSessionName": "run", "WebIdentityToken": token}
        return await world.call("sts", "assume_role_with_web_identity", **given)

    arn = f"arn:aws:iam::{ACCOUNT}:role/of-a-workflow"
    good = await asyncio.to_thread(world.token, environment="dev")
    code, message = await refusal(run(good))
    assert (code, "No OpenIDConnect provider" in message) == ("InvalidIdentityToken", True)
    await world.call("iam", "create_open_id_connect_provider", **created)
    actions = "sts:AssumeRoleWithWebIdentity"
    await world.role("of-a-workflow", {"Federated": PROVIDER}, condition, actions=actions)
    answer = await run(good)
    assert answer["SubjectFromWebIdentityToken"] == "repo:acme/shop:environment:dev"
    assert (answer["Provider"], answer["Audience"]) == (PROVIDER, "sts.amazonaws.com")
    assert await world.identity(answer["Credentials"]) == f"arn:aws:sts::{ACCOUNT}:assumed-role/of-a-workflow/run"
    strangers = ({"environment": "prod"}, {"repository": "evil/shop", "environment": "dev"})
    for facts in ({}, *strangers, {"environment": "dev", "ref": "refs/heads/feature"}):
        denied = await refusal(run(await asyncio.to_thread(world.token, **facts)))
        assert denied == ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    other = await refusal(run(await asyncio.to_thread(world.token, environment="dev", aud="another")))
    assert other == ("InvalidIdentityToken", "Incorrect token audience")
    signature = good.rpartition(".")[2]
    forged = await asyncio.to_thread(world.token, environment="prod")
    code, message = await refusal(run(f"{forged.rpartition('.')[0]}.{signature}"))
    assert (code, "signature is wrong" in message) == ("InvalidIdentityToken", True)
    hour_ago = Issuer(world.cloud.host.data_directory, "", lambda: datetime.now(UTC) - timedelta(hours=1))
    expired = hour_ago.token({"repository": "acme/shop", "environment": "dev"})
    assert (await refusal(run(expired)))[0] == "ExpiredTokenException"
    stranger = Issuer(world.cloud.host.data_directory / "moto", "").token({"repository": "acme/shop"})
    assert (await refusal(run(stranger)))[0] == "InvalidIdentityToken"


async def test_the_issuer_publishes_its_key(world: World) -> None:
    async with httpx.AsyncClient() as client:
        base = f"{world.url}/_localcloud/oidc"
        configuration = (await client.get(f"{base}/.well-known/openid-configuration")).json()
        keys = (await client.get(configuration["jwks_uri"])).json()["keys"]
        refused = await client.post(f"{base}/token", json={})
    assert configuration["issuer"] == f"https://{GITHUB}"
    assert [key["alg"] for key in keys] == ["RS256"]
    assert refused.status_code == 400
