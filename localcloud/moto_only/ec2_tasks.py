"""EC2 keeps the subnets and security groups of running tasks, and the gateway of those with a public address.

ECS's tasks are not in moto, so its patches do not know them.
"""

from collections.abc import Callable, Iterable

from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.tasks import Task
from localcloud.host import Host
from localcloud.moto_only.ec2_in_use import check_group, check_public_addresses, check_subnet, subnets_of
from localcloud.moto_only.network_uses import NetworkUse
from localcloud.protocol.wire import AwsRequest, AwsResponse, region_of

CHECKED = ("DeleteSubnet", "DeleteSecurityGroup", "DetachInternetGateway")


class NetworkOfTasks:
    """The overlay `ec2`; everything that it does not refuse is moto's. `tasks`: all tasks, also stopped ones."""

    def __init__(self, host: Host, tasks: Callable[[], Iterable[Task]]) -> None:
        self._host = host
        self._tasks = tasks

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError DependencyViolation."""
        if request.operation not in CHECKED or region_of(request) not in ("", self._host.region):
            return None
        users = [_use(task) for task in self._tasks() if task.last_status is not TaskStatus.STOPPED]
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

    def _subnets(self, vpc_id: str) -> set[str]:
        from moto.ec2.models import ec2_backends

        return subnets_of(ec2_backends[self._host.account_id][self._host.region], vpc_id)


def _use(task: Task) -> NetworkUse:
    network = task.launch.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return NetworkUse(
        subnets=[task.subnet] if task.subnet else network.get("subnets", []),
        groups=network.get("securityGroups", []),
        is_public=network.get("assignPublicIp") == "ENABLED",
    )
