"""Networks: the subnets and security groups of a service or task must exist. ECS asks EC2 about them, and says so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.protocol.wire import AwsRequest, AwsResponse, Overlay

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

NAMING = ("CreateService", "UpdateService", "RunTask", "StartTask")
"""Operations with a network configuration."""


class InExistingNetworks:
    """The overlay `ecs`: refuses networks that do not exist, and leaves everything else to the API."""

    def __init__(self, host: Host, api: Overlay) -> None:
        self._host = host
        self._api = api

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError InvalidParameterException, and those of the API."""
        if request.operation in NAMING and (network := network_of(request.body)):
            refused = await self._host.moto.run(lambda: refusal(self._ec2(), network))
            if refused:
                raise AwsError("InvalidParameterException", refused)
        return await self._api.handle(request)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return await self._api.answered(request, response)

    def _ec2(self) -> EC2Backend:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self._host.account_id][self._host.region]


def network_of(body: bytes) -> Mapping[str, list[str]]:
    """Return the subnets and security groups that a request names; the API itself refuses a malformed one."""
    try:
        found: Any = json.loads(body)["networkConfiguration"]["awsvpcConfiguration"]
        named = {kind: found.get(kind) or [] for kind in ("subnets", "securityGroups")}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    are_names = all(isinstance(each, list) and all(isinstance(name, str) for name in each) for each in named.values())
    return named if are_names else {}


def refusal(ec2: EC2Backend, network: Mapping[str, Sequence[str]]) -> str:
    """Return ECS's message about the first subnet or security group that does not exist, or nothing."""
    subnets = {subnet_id for zone in ec2.subnets.values() for subnet_id in zone}
    groups = {group_id for of_vpc in ec2.groups.values() for group_id in of_vpc}
    for kind, known, what, code in (
        ("subnets", subnets, "subnet", "InvalidSubnetID.NotFound"),
        ("securityGroups", groups, "security group", "InvalidGroup.NotFound"),
    ):
        unknown = [name for name in network[kind] if name not in known]
        if unknown:
            one = f"The {what}{' ID' if what == 'subnet' else ''} '{unknown[0]}' does not exist (ErrorCode: {code})"
            return f"Error retrieving {what} information for [{', '.join(network[kind])}]: {one}"
    return ""
