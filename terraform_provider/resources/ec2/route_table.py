"""aws_route_table."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.ec2 import _routes, _tags
from terraform_provider.values.unknown import UNKNOWN, State

CREATE_TIMEOUT = "5m"
UPDATE_TIMEOUT = "2m"
DELETE_TIMEOUT = "5m"
DESTINATIONS = {
    "cidr_block": "DestinationCidrBlock",
    "ipv6_cidr_block": "DestinationIpv6CidrBlock",
    "destination_prefix_list_id": "DestinationPrefixListId",
}


@resource("aws_route_table")
class RouteTable(Resource):
    noun = "Route Table"
    title = "id"
    gone = ("InvalidRouteTableID.NotFound",)

    def validate(self, config: State) -> None:
        if is_set(config.get("propagating_vgws")):
            raise ProviderError(
                "propagating_vgws: no gateway of the local cloud propagates routes", "Remove it.", ("propagating_vgws",)
            )
        routes = config.get("route")
        for block in [] if routes is UNKNOWN else routes or ():
            _refuse_wrong_route(block)

    def create(self, aws: Aws, planned: State) -> str:
        request = {"VpcId": planned["vpc_id"], **_tags.specified("route-table", planned)}
        return str(aws.client("ec2").create_route_table(**request)["RouteTable"]["RouteTableId"])

    def complete(self, aws: Aws, state: State) -> None:
        for block in state["route"] or ():
            _add(aws, state["id"], block, timeout_s(state, "create", CREATE_TIMEOUT))

    def read(self, aws: Aws, state: State) -> State | None:
        table = _described(aws, state["id"])
        return {
            "arn": aws.arn("ec2", f"route-table/{state['id']}", account=table["OwnerId"]),
            "owner_id": table["OwnerId"],
            "propagating_vgws": [each["GatewayId"] for each in table.get("PropagatingVgws", [])],
            "route": [_block(each) for each in table["Routes"] if _is_own(each, state)],
            "tags_all": tags.as_dict(table.get("Tags")),
            "vpc_id": table["VpcId"],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "route" in changed:
            limit = timeout_s(planned, "update", UPDATE_TIMEOUT)
            _change_routes(aws, prior["id"], prior["route"] or [], planned["route"] or [], limit)
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        ec2 = aws.client("ec2")
        for each in _described(aws, state["id"]).get("Associations", []):
            try:
                ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
            except ClientError as exc:
                if code_of(exc) != "InvalidAssociationID.NotFound":
                    raise
        retried(
            aws,
            lambda: ec2.delete_route_table(RouteTableId=state["id"]),
            codes=("DependencyViolation",),
            timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
        )


def _described(aws: Aws, table_id: str) -> dict[str, Any]:
    table: dict[str, Any] = aws.client("ec2").describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]
    return table


def _is_own(route: _routes.Route, state: State) -> bool:
    """Return whether a route is from the code: those of a VPC, an endpoint or a VPN are not."""
    gateway = str(route.get("GatewayId") or "")
    if gateway == _routes.LOCAL:
        written = [each for each in state["route"] or () if each["gateway_id"] == _routes.LOCAL]
        return any(_routes.same_destination(_destination(each), _routes.destination_of(route)) for each in written)
    is_endpoint = bool(route.get("DestinationPrefixListId")) and gateway.startswith(_routes.ENDPOINT)
    return not is_endpoint and route.get("Origin") != _routes.BY_PROPAGATION


def _block(route: _routes.Route) -> State:
    found = {ours: route.get(theirs) for ours, theirs in DESTINATIONS.items()} | _routes.targets_of(route)
    return {name: value or "" for name, value in found.items()}


def _destination(block: State) -> str:
    return next((str(block[name]) for name in DESTINATIONS if block.get(name)), "")


def _request(block: State) -> dict[str, str]:
    asked = {theirs: block[ours] for ours, theirs in DESTINATIONS.items() if block.get(ours)}
    return asked | _routes.request_of(block)


def _add(aws: Aws, table_id: str, block: State, limit_s: float) -> None:
    destination = _destination(block)
    if block["gateway_id"] == _routes.LOCAL:
        if _routes.find(aws, table_id, destination) is None:
            raise ProviderError(
                f"no local route to {destination} in {table_id}", "A local route is the VPC's own block.", ("route",)
            )
        return
    retried(
        aws,
        lambda: aws.client("ec2").create_route(RouteTableId=table_id, **_request(block)),
        codes=("InvalidParameterException", "InvalidTransitGatewayID.NotFound"),
        timeout_s=limit_s,
    )
    _routes.wait_active(aws, table_id, destination, limit_s)


def _change_routes(aws: Aws, table_id: str, old: list[State], new: list[State], limit_s: float) -> None:
    before = {_destination(each): each for each in old}
    after = {_destination(each): each for each in new}
    ec2 = aws.client("ec2")
    for destination in sorted(before.keys() - after.keys()):
        asked = {theirs: before[destination][ours] for ours, theirs in DESTINATIONS.items()}
        ec2.delete_route(RouteTableId=table_id, **{key: value for key, value in asked.items() if value})
        _routes.wait_gone(aws, table_id, destination, limit_s)
    for destination, block in sorted(after.items()):
        if destination not in before:
            _add(aws, table_id, block, limit_s)
        elif _request(before[destination]) != _request(block):
            ec2.replace_route(RouteTableId=table_id, **_request(block))
            _routes.wait_active(aws, table_id, destination, limit_s)


def _refuse_wrong_route(block: State) -> None:
    _routes.refuse_unknown_targets(block, ("route",))
    if not any(block.get(name) for name in DESTINATIONS):
        raise ProviderError("creating route: one of `cidr_block, ipv6_cidr_block, destination_prefix_list_id` must be "
                            "specified", path=("route",))  # fmt: skip
    if not any(block.get(name) for name in _routes.TARGETS):
        names = ", ".join(_routes.TARGETS)
        raise ProviderError(f"creating route: one of `{names}` must be specified", path=("route",))
