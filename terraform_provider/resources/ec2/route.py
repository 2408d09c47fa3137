"""aws_route."""

import zlib
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import refuse_unless_one
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.ec2 import _routes
from terraform_provider.values.unknown import State

TIMEOUT = "5m"
DESTINATIONS = {
    "destination_cidr_block": "DestinationCidrBlock",
    "destination_ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
}


@resource("aws_route")
class Route(Resource):
    noun = "Route"
    title = "id"
    gone = ("InvalidRouteTableID.NotFound", "InvalidRoute.NotFound")

    def validate(self, config: State) -> None:
        refuse_unless_one(config, *DESTINATIONS)
        refuse_unless_one(config, *_routes.TARGETS)
        _routes.refuse_unknown_targets(config)

    def create(self, aws: Aws, planned: State) -> str:
        table, destination = planned["route_table_id"], _destination(planned)
        found = _routes.find(aws, table, destination)
        if found is not None and found["Origin"] == "CreateRoute":
            raise ProviderError(
                f"route in Route Table ({table}) with destination ({destination}) already exists",
                f"Delete it, or import it as {table}_{destination}.",
            )
        retried(
            aws,
            lambda: aws.client("ec2").create_route(
                RouteTableId=table, **_asked(planned), **_routes.request_of(planned)
            ),
            # The target was made a moment ago.
            codes=("InvalidParameterException", "InvalidTransitGatewayID.NotFound"),
            timeout_s=timeout_s(planned, "create", TIMEOUT),
        )
        return _id(table, destination)

    def complete(self, aws: Aws, state: State) -> None:
        limit = timeout_s(state, "create", TIMEOUT)
        _routes.wait_active(aws, state["route_table_id"], _destination(state), limit)

    def read(self, aws: Aws, state: State) -> State | None:
        table, destination = state["route_table_id"], _destination(state)
        found = _routes.find(aws, table, destination)
        if found is None:
            return None
        return {
            "id": _id(table, destination),
            "instance_id": found.get("InstanceId"),
            "instance_owner_id": found.get("InstanceOwnerId"),
            "origin": found.get("Origin"),
            "state": found.get("State"),
            **{ours: found.get(theirs) for ours, theirs in DESTINATIONS.items()},
            **_routes.targets_of(found),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        targets = changed & _routes.TARGETS.keys()
        if targets:
            chosen = _routes.request_of({name: planned[name] for name in targets})
            table = planned["route_table_id"]
            aws.client("ec2").replace_route(RouteTableId=table, **_asked(planned), **chosen)
            _routes.wait_active(aws, table, _destination(planned), timeout_s(planned, "update", TIMEOUT))

    def delete(self, aws: Aws, state: State) -> None:
        table, destination = state["route_table_id"], _destination(state)
        limit = timeout_s(state, "delete", TIMEOUT)
        retried(
            aws,
            lambda: aws.client("ec2").delete_route(RouteTableId=table, **_asked(state)),
            codes=("InvalidParameterException",),
            timeout_s=limit,
        )
        try:
            _routes.wait_gone(aws, table, destination, limit)
        except ClientError as exc:
            if code_of(exc) not in self.gone:
                raise

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        table, _, destination = id.partition("_")
        if not table or not destination:
            raise ProviderError(
                f'unexpected format of ID ("{id}"), expected ROUTETABLEID_DESTINATION',
                "Write it as in rtb-0123456789abcdef0_10.1.0.0/16.",
            )
        kind = "destination_cidr_block"
        if ":" in destination:
            kind = "destination_ipv6_cidr_block"
        elif destination.startswith("pl-"):
            kind = "destination_prefix_list_id"
        return {"id": _id(table, destination), "route_table_id": table, kind: destination}


def _id(table: str, destination: str) -> str:
    return f"r-{table}{zlib.crc32(destination.encode())}"


def _destination(state: State) -> str:
    return next(str(state[name]) for name in DESTINATIONS if state.get(name))


def _asked(state: State) -> dict[str, Any]:
    return {theirs: state[ours] for ours, theirs in DESTINATIONS.items() if state.get(ours)}
