"""EC2 keeps the subnets and security groups of running tasks, the gateway of those with a public address, and shows
the network interfaces of all services.

ECS's tasks are not in moto, so its patches do not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from localcloud.ec2.in_use import check_group, check_public_addresses, check_subnet, subnets_of
from localcloud.ec2.interfaces import Maker
from localcloud.ec2.network_uses import NetworkUse, ServiceInterface
from localcloud.ec2.service_interfaces import is_settled, settle
from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.tasks import Task
from localcloud.host import Host
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

CHECKED = ("DeleteSubnet", "DeleteSecurityGroup", "DetachInternetGateway")
SHOWING = frozenset(
    (
        *("DescribeNetworkInterfaces", "DescribeNetworkInterfaceAttribute", "DeleteNetworkInterface"),
        *("ModifyNetworkInterfaceAttribute", "AttachNetworkInterface", "AssociateAddress", "DescribeTags"),
        *("DescribeSubnets", "CreateNetworkInterface", "AssignPrivateIpAddresses"),
        *("RunInstances", "CreateNatGateway", "CreateVpcEndpoint", "ModifyVpcEndpoint"),
    )
)
"""Operations whose results depend on the interfaces or on their addresses."""
OF_TASKS = "843547988961"
"""The account of AWS that runs Fargate's tasks: one of several, by region."""


class NetworkOfTasks:
    """The overlay `ec2`; everything that it does not refuse is moto's. `tasks`: all tasks, also stopped ones."""

    def __init__(self, host: Host, tasks: Callable[[], Iterable[Task]]) -> None:
        self._host = host
        self._tasks = tasks

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError DependencyViolation."""
        if request.operation in SHOWING:
            await self._settle(region_of(request) or self._host.region)
        if request.operation not in CHECKED or region_of(request) not in ("", self._host.region):
            return None
        users = self._users()
        if request.operation == "DeleteSubnet":
            check_subnet(request.form.get("SubnetId", ""), users)
        elif request.operation == "DeleteSecurityGroup":
            check_group(request.form.get("GroupId", ""), users)
        elif any(use.is_public for use in users):
            vpc_id = request.form.get("VpcId", "")
            check_public_addresses(vpc_id, await self._host.moto.run(lambda: self._subnets(vpc_id)), users)
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    def _users(self) -> list[NetworkUse]:
        return [_use(task) for task in self._tasks() if task.last_status is not TaskStatus.STOPPED]

    async def _settle(self, region: str) -> None:
        """Create the interfaces of all users before anybody sees them or takes their addresses.

        Nobody can tell this from interfaces made with their users. Saved only when something has changed.
        """
        users = self._users() if region == self._host.region else []
        if not await self._host.moto.run(lambda: is_settled(self._ec2(region), users)):
            await self._host.moto.change(lambda: settle(self._ec2(region), users))

    def _subnets(self, vpc_id: str) -> set[str]:
        return subnets_of(self._ec2(self._host.region), vpc_id)

    def _ec2(self, region: str) -> EC2Backend:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._host.account_id][region]


def _use(task: Task) -> NetworkUse:
    network = task.launch.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    description = task.arn.partition(":task/")[0] + f":attachment/{task.id}"
    maker = Maker(description=description, requester=OF_TASKS, instance_owner=OF_TASKS)
    own = ServiceInterface(id=task.interface_id, subnet=task.subnet, maker=maker, address=task.address)
    return NetworkUse(
        subnets=[task.subnet] if task.subnet else network.get("subnets", []),
        groups=network.get("securityGroups", []),
        is_public=network.get("assignPublicIp") == "ENABLED",
        interfaces=[own] if task.address and task.subnet else [],
    )
