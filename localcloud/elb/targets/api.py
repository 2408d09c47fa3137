"""The target operations, which moto never sees: register, deregister, describe health."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from localcloud.elb import api
from localcloud.elb.model import TargetGroup
from localcloud.elb.targets.groups import TargetGroups
from localcloud.elb.targets.places import OUTSIDE, zone_of
from localcloud.protocol.wire import AwsRequest, AwsResponse


class TargetApi:
    """Answers the requests about targets.

    `settle`: waits until Envoy routes by everything decided about a target group. `networks`: the subnets of a group's
    VPC, block -> Availability Zone, and the region's zones.
    """

    def __init__(
        self,
        groups: TargetGroups,
        settle: Callable[[str], Awaitable[object]],
        networks: Callable[[str], Awaitable[tuple[Mapping[str, str], Collection[str]]]],
    ) -> None:
        self._groups = groups
        self._settle = settle
        self._networks = networks
        self._zones: dict[tuple[str, str, int], str] = {}
        """Target group, address and port -> Availability Zone."""

    def group(self, arn: str) -> TargetGroup:
        """Return a target group. Errors: AwsError TargetGroupNotFound."""
        group = self._groups.group(arn)
        if group is None:
            raise api.target_group_not_found()
        return group

    def add(self, group: TargetGroup, target: api.TargetId) -> None:
        """Begin health checks; requests follow once the first check passes."""
        self._zones[group.arn, target.address, target.port] = target.zone or OUTSIDE
        self._groups.register(group.arn, (target.address, target.port))

    async def register(self, request: AwsRequest) -> AwsResponse:
        """Answer RegisterTargets. Errors: AwsError; no target is registered then."""
        group = self.group(api.required(request.form, "TargetGroupArn"))
        targets = api.requested_targets(request.form, group, required=True)
        subnets, zones = await self._networks(group.arn)
        placed = [replace(each, zone=zone_of(each.address, each.zone, subnets, zones)) for each in targets]
        self.group(group.arn)  # it may have been deleted meanwhile
        for target in placed:
            self.add(group, target)
        return api.empty_result(request.operation)

    async def deregister(self, request: AwsRequest) -> AwsResponse:
        """Answer DeregisterTargets. Errors: AwsError."""
        group = self.group(api.required(request.form, "TargetGroupArn"))
        for target in api.requested_targets(request.form, group, required=True):
            self._groups.deregister(group.arn, (target.address, target.port))
        await self._settle(group.arn)
        return api.empty_result(request.operation)

    def describe(self, request: AwsRequest) -> AwsResponse:
        """Answer DescribeTargetHealth. Errors: AwsError."""
        group = self.group(api.required(request.form, "TargetGroupArn"))
        named = api.requested_targets(request.form, group, required=False)
        targets = named or [api.TargetId(*key) for key in sorted(self._groups.targets(group.arn))]
        described = [
            (
                replace(target, zone=self._zones.get((group.arn, target.address, target.port), target.zone)),
                self._groups.health(group.arn, (target.address, target.port)),
            )
            for target in targets
        ]
        return api.target_health_result(group, described, anomalies=api.includes_anomalies(request.form))
