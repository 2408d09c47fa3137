"""Networks: the subnets and security groups of a service or task must exist. ECS asks EC2 about them, and says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError
from localcloud.host import Host

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend


class ExistingNetworks:
    """Refuses networks that do not exist in this region's EC2."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def check(self, parameters: Wire) -> None:
        """Check a valid request. Errors: AwsError InvalidParameterException."""
        network = (parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration")
        if network and (refused := await self._host.moto.run(lambda: refusal(self._ec2(), network))):
            raise AwsError("InvalidParameterException", refused)

    def _ec2(self) -> EC2Backend:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._host.account_id][self._host.region]


def refusal(ec2: EC2Backend, network: Mapping[str, Sequence[str]]) -> str:
    """Return ECS's message about the first subnet or security group that does not exist, or nothing."""
    subnets = {subnet_id for zone in ec2.subnets.values() for subnet_id in zone}
    groups = {group_id for of_vpc in ec2.groups.values() for group_id in of_vpc}
    for kind, known, what, code in (
        ("subnets", subnets, "subnet", "InvalidSubnetID.NotFound"),
        ("securityGroups", groups, "security group", "InvalidGroup.NotFound"),
    ):
        named = network.get(kind) or []
        unknown = [name for name in named if name not in known]
        if unknown:
            one = f"The {what}{' ID' if what == 'subnet' else ''} '{unknown[0]}' does not exist (ErrorCode: {code})"
            return f"Error retrieving {what} information for [{', '.join(named)}]: {one}"
    return ""
