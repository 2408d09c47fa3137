"""Services' calls under roles: ECS at the load balancer, Application Auto Scaling; a missing permission fails them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from localcloud.authorization.principals import Kind
from localcloud.autoscaling.services import SERVICE, EcsServices
from localcloud.ecs.model.store import Store
from localcloud.ecs.shifting.listener_rules import ListenerRules
from localcloud.enforcement.enforcer import Enforcer
from localcloud.enforcement.mode import Mode
from localcloud.enforcement.service_roles import ServiceRoles
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.identity.issuer import Issuer
from localcloud.identity.sealing import Seal
from localcloud.identity.sts import Sts
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.requests.monitoring import SERVICE as MONITORING
from localcloud.rds.requests.monitoring import WORDS, MonitoringRole

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/shifts"
RULE = f"arn:aws:elasticloadbalancing:us-west-1:{ACCOUNT}:listener-rule/app/a/1/2/3"
OF_ECS = f"arn:aws:ecs:us-west-1:{ACCOUNT}:service/c/s"
OTHER = "210987654321"
LINKED = "AWSServiceRoleForApplicationAutoScaling_ECSService"
INSTANCE = f"arn:aws:rds:us-west-1:{ACCOUNT}:db:spendsense-local"
POLICY = "arn:aws:iam::aws:policy/aws-service-role/AWSApplicationAutoscalingECSServicePolicy"
pytestmark = pytest.mark.asyncio(loop_scope="module")


def enforcing(host: Host) -> Enforcer:
    return Enforcer(host, Mode.ENFORCE)


class World:
    """Services in front of an endpoint that only notes who asked."""

    def __init__(self, cloud: Any) -> None:
        host: Host = cloud.host
        self.cloud = cloud
        self.permissions: Enforcer = cloud.parts["permissions"]
        self.asked: list[AwsRequest] = []
        sts = Sts(host, Seal(b"k" * 32), Issuer(host.data_directory, "http://127.0.0.1"))
        roles = ServiceRoles(host, sts, self.permissions, self.answer)
        self.rules = ListenerRules(roles.request, lambda rule: frozenset(), host.region, host.clock)

        async def as_linked(request: AwsRequest) -> AwsResponse:
            return await roles.linked_request(request, of=SERVICE, name="application-autoscaling")

        self.monitoring = MonitoringRole(roles.check, ACCOUNT)
        store = Store(host.data_directory / "ecs.json")
        self.services = EcsServices(store, as_linked, region=host.region, account_id=ACCOUNT)

    async def answer(self, request: AwsRequest) -> AwsResponse:
        self.asked.append(request)
        return AwsResponse(200, {}, b"")

    async def call(self, operation: str, **parameters: Any) -> Any:
        return await self.cloud.call("iam", operation, **parameters)

    async def may(self, *actions: str) -> None:
        document = policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"})
        await self.call("put_role_policy", RoleName="shifts", PolicyName="it", PolicyDocument=document)

    async def shifted(self) -> str:
        """Shift traffic; return the problem."""
        done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.asked.clear()
        self.rules.shift(RULE, {"green": 100, "blue": 0}, ROLE, done.set_result, service_arn=OF_ECS)
        return await done

    async def scaled(self) -> str:
        self.asked.clear()
        return await self.services.set_desired("service/c/s", 3)


def policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(receiver: str, account: str = "", source: str = "") -> str:
    condition: dict[str, Any] = {}
    if account:
        condition["StringEquals"] = {"aws:SourceAccount": account}
    if source:
        condition["ArnLike"] = {"aws:SourceArn": source}
    own = {"Condition": condition} if condition else {}
    return policy({"Effect": "Allow", "Principal": {"Service": receiver}, "Action": "sts:AssumeRole"} | own)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    async with cloud_in(tmp_path_factory.mktemp("services"), {"permissions": enforcing}) as cloud:
        made = World(cloud)
        await made.call("create_role", RoleName="shifts", AssumeRolePolicyDocument=trust("ecs.amazonaws.com"))
        yield made


async def test_ecs_shifts_traffic_as_the_role_of_the_service(world: World) -> None:
    await world.may("elasticloadbalancing:ModifyRule")
    assert await world.shifted() == ""
    [asked] = world.asked
    who = asked.caller.principal
    assert (who.kind, who.issuer_arn) == (Kind.ROLE_SESSION, ROLE)
    await world.may("elasticloadbalancing:ModifyListener")
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/shifts/ecs-service-scheduler"
    assert await world.shifted() == (
        f"{RULE}: User: {session} is not authorized to perform: elasticloadbalancing:ModifyRule on resource: {RULE} "
        "because no identity-based policy allows the elasticloadbalancing:ModifyRule action"
    )
    assert world.asked == []


async def test_ecs_needs_the_trust_of_the_role(world: World) -> None:
    await world.may("elasticloadbalancing:ModifyRule")
    for receiver, problem in (
        ("ecs-tasks.amazonaws.com", f"{RULE}: ecs.amazonaws.com is not authorized to assume role {ROLE}"),
        ("ecs.amazonaws.com", ""),
    ):
        await world.call("update_assume_role_policy", RoleName="shifts", PolicyDocument=trust(receiver))
        assert await world.shifted() == problem


@pytest.mark.parametrize(
    ("account", "source", "is_let_in"),
    [
        (ACCOUNT, OF_ECS, True),
        (ACCOUNT, f"arn:aws:ecs:*:{ACCOUNT}:*", True),
        (OTHER, OF_ECS, False),
        (ACCOUNT, OF_ECS.replace("/s", "/other"), False),
        (ACCOUNT, OF_ECS.replace(ACCOUNT, OTHER), False),
    ],
)
async def test_ecs_takes_the_role_only_for_the_service_and_account_that_its_trust_names(
    world: World, account: str, source: str, is_let_in: bool
) -> None:
    await world.may("elasticloadbalancing:ModifyRule")
    trusted = trust("ecs.amazonaws.com", account, source)
    await world.call("update_assume_role_policy", RoleName="shifts", PolicyDocument=trusted)
    refused = f"{RULE}: ecs.amazonaws.com is not authorized to assume role {ROLE}"
    assert await world.shifted() == ("" if is_let_in else refused)
    await world.call("update_assume_role_policy", RoleName="shifts", PolicyDocument=trust("ecs.amazonaws.com"))


async def test_what_is_missing_is_only_recorded_where_nothing_is_enforced(world: World) -> None:
    await world.may("elasticloadbalancing:ModifyListener")
    world.permissions.record.clear()
    world.permissions.mode = Mode.AUDIT
    try:
        assert await world.shifted() == ""
        assert [each["action"] for each in world.permissions.record.as_json()["denials"]] == [  # type: ignore[attr-defined]
            "elasticloadbalancing:ModifyRule"
        ]
        await world.call("delete_role_policy", RoleName="shifts", PolicyName="it")
        await world.call("update_assume_role_policy", RoleName="shifts", PolicyDocument=trust("rds.amazonaws.com"))
        assert await world.shifted() == ""
    finally:
        world.permissions.mode = Mode.ENFORCE


async def test_auto_scaling_acts_as_its_linked_role_which_is_there_when_it_is_needed(world: World) -> None:
    assert await world.scaled() == ""
    [asked] = world.asked
    assert asked.caller.principal.issuer_arn == f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{SERVICE}/{LINKED}"
    with pytest.raises(ClientError, match="UnmodifiableEntity"):
        await world.call("detach_role_policy", RoleName=LINKED, PolicyArn=POLICY)
    await world.call("delete_service_linked_role", RoleName=LINKED)
    assert await world.scaled() == ""  # it is created again


@pytest.mark.parametrize(
    ("actions", "trusted", "is_refused"),
    [
        (("logs:CreateLogStream", "logs:PutLogEvents"), trust(MONITORING, ACCOUNT), False),
        (("logs:CreateLogStream", "logs:PutLogEvents"), trust(MONITORING, "210987654321"), True),
        (("logs:CreateLogStream", "logs:PutLogEvents"), trust("rds.amazonaws.com"), True),
        (("logs:CreateLogStream",), trust(MONITORING), True),
        (("logs:CreateLogStream", "logs:PutLogEvents"), trust(MONITORING, ACCOUNT, INSTANCE), False),
        (("logs:CreateLogStream", "logs:PutLogEvents"), trust(MONITORING, ACCOUNT, f"{INSTANCE}-2"), True),
    ],
)
async def test_rds_refuses_a_monitoring_role_that_it_cannot_use(
    world: World, actions: tuple[str, ...], trusted: str, is_refused: bool
) -> None:
    await world.may(*actions)
    await world.call("update_assume_role_policy", RoleName="shifts", PolicyDocument=trusted)
    given = {"DBInstanceIdentifier": "spendsense-local", "MonitoringRoleArn": ROLE}
    if not is_refused:
        await world.monitoring.check("CreateDBInstance", given, "us-west-1")
        return
    with pytest.raises(AwsError, match="ENHANCED_MONITORING") as refused:
        await world.monitoring.check("CreateDBInstance", given, "us-west-1")
    assert (refused.value.code, refused.value.message) == ("InvalidParameterValue", WORDS)


async def test_an_instance_without_a_monitoring_role_is_not_checked(world: World) -> None:
    await world.monitoring.check("ModifyDBInstance", {"DBInstanceIdentifier": "spendsense-local"}, "us-west-1")
