"""Calls that ECS makes as a task's execution role are refused with the reasons that stopped tasks have on AWS."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio

from localcloud.authorization.principals import Kind, Principal
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.protocol.caller import Caller, service
from localcloud.tasks.agent.exec_agent import CALLS, ExecAgent
from localcloud.tasks.execution_role import ExecutionRole
from localcloud.tasks.images.image_store import CannotPullContainer

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
REPOSITORY = f"arn:aws:ecr:us-west-1:{ACCOUNT}:repository/app"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com/app:1"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/execution/0123456789abcdef0123456789abcdef"
SECRET = f"arn:aws:secretsmanager:us-west-1:{ACCOUNT}:secret:app/key-AbCdEf"
ECS = service("ecs-tasks.amazonaws.com")
CALLER = Caller(
    Principal(kind=Kind.ROLE_SESSION, arn=SESSION, account_id=ACCOUNT, issuer_arn=ROLE, user_id="AROAEXAMPLE:task")
)
PULL = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


def enforcing(host: Host) -> Enforcer:
    return Enforcer(host, Mode.ENFORCE)


class World:
    def __init__(self, cloud: Any) -> None:
        self._iam = cloud.client("iam")
        self.permissions: Enforcer = cloud.parts["permissions"]

    async def call(self, operation: str, **parameters: Any) -> None:
        await asyncio.to_thread(getattr(self._iam, operation), **parameters)

    async def may(self, *actions: str) -> None:
        statement = {"Effect": "Allow", "Action": list(actions) or ["s3:GetObject"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        await self.call("put_role_policy", RoleName="execution", PolicyName="it", PolicyDocument=policy)

    @property
    def role(self) -> ExecutionRole:
        return ExecutionRole(self.permissions)


def trust(receiver: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": receiver}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with cloud_in(tmp_path_factory.mktemp("execution"), {"permissions": enforcing}) as cloud:
        made = World(cloud)
        await made.call("create_role", RoleName="execution", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
        yield made


async def test_a_pull_needs_the_token_and_the_image(world: World) -> None:
    await world.may(*PULL)
    await world.role.check_pull(CALLER, [IMAGE, IMAGE])
    await world.may(*PULL[1:])
    with pytest.raises(CannotPullContainer) as caught:
        await world.role.check_pull(CALLER, [IMAGE])
    assert str(caught.value) == (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: "
        f"User: {SESSION} is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no "
        "identity-based policy allows the ecr:GetAuthorizationToken action"
    )
    await world.may(PULL[0])
    with pytest.raises(CannotPullContainer) as caught:
        await world.role.check_pull(CALLER, [IMAGE])
    assert str(caught.value).startswith("CannotPullContainerError: pull image manifest has been retried 1 time(s): ")
    assert f"ecr:BatchGetImage on resource: {REPOSITORY}" in str(caught.value)


async def test_secrets_and_logs_need_their_permissions(world: World) -> None:
    role = world.role
    await world.may("secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents")
    await role.check_secret(CALLER, f"{SECRET}:password::")
    await role.check_logs(CALLER, "/app", "s", creates_group=False)
    with pytest.raises(AwsError, match="logs:CreateLogGroup on resource"):
        await role.check_logs(CALLER, "/app", "s", creates_group=True)
    await world.may("ssm:GetParameters")
    await role.check_secret(CALLER, "/app/name")
    with pytest.raises(AwsError, match=f"secretsmanager:GetSecretValue on resource: {SECRET} "):
        await role.check_secret(CALLER, SECRET)


async def test_a_task_without_the_role_is_not_checked(world: World) -> None:
    await world.may()
    role = world.role
    await role.check_pull(ECS, [IMAGE])
    await role.check_secret(ECS, SECRET)
    await role.check_logs(ECS, "/app", "s", creates_group=True)


async def test_the_agent_of_ecs_exec_connects_only_with_all_of_its_permissions(world: World) -> None:
    agent = ExecAgent(world.permissions)
    needed = [f"ssmmessages:{each}" for each in CALLS]
    for allowed, expected in ((needed, True), (needed[1:], False)):
        await world.may(*allowed)
        await agent.connect(CALLER)
        assert agent.is_connected is expected
    await agent.connect(ECS)
    assert agent.is_connected
