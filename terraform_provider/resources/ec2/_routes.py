"""Routes of a table: the provider's names for destinations and targets, and EC2's."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.waiting import wait_for
from terraform_provider.values.unknown import State

LOCAL = "local"
ENDPOINT = "vpce-"
BY_PROPAGATION = "EnableVgwRoutePropagation"
TARGETS = {
    "carrier_gateway_id": "CarrierGatewayId",
    "core_network_arn": "CoreNetworkArn",
    "egress_only_gateway_id": "EgressOnlyInternetGatewayId",
    "gateway_id": "GatewayId",
    "local_gateway_id": "LocalGatewayId",
    "nat_gateway_id": "NatGatewayId",
    "network_interface_id": "NetworkInterfaceId",
    "transit_gateway_id": "TransitGatewayId",
    "vpc_endpoint_id": "VpcEndpointId",
    "vpc_peering_connection_id": "VpcPeeringConnectionId",
}
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
NOT_HERE = ("core_network_arn", "local_gateway_id")
Route = Mapping[str, Any]


def destination_of(found: Route) -> str:
    """Return a route's destination: a block of addresses, or a prefix list."""
    return next((str(found[name]) for name in DESTINATIONS if found.get(name)), "")


def same_destination(one: str, other: str) -> bool:
    """Return whether two destinations are the same: IPv6 has several ways to write a block."""
    try:
        return ipaddress.ip_network(one) == ipaddress.ip_network(other)
    except ValueError:
        return one == other


def request_of(block: State) -> dict[str, str]:
    """Return the target of a block or resource, as requests have it."""
    return {theirs: block[ours] for ours, theirs in TARGETS.items() if block.get(ours)}


def targets_of(found: Route) -> State:
    """Return the target that a route has; an endpoint's id is among EC2's gateways."""
    targets: State = {ours: found.get(theirs) for ours, theirs in TARGETS.items()}
    if str(targets["gateway_id"] or "").startswith(ENDPOINT):
        targets["vpc_endpoint_id"], targets["gateway_id"] = targets["gateway_id"], None
    return targets


def of_table(aws: Aws, table_id: str) -> list[Route]:
    table = aws.client("ec2").describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]
    return list(table["Routes"])


def find(aws: Aws, table_id: str, destination: str) -> Route | None:
    routes = of_table(aws, table_id)
    return next((each for each in routes if same_destination(destination_of(each), destination)), None)


def wait_active(aws: Aws, table_id: str, destination: str, limit_s: float) -> None:
    def is_active() -> bool:
        route = find(aws, table_id, destination)
        return route is not None and route["State"] == "active"

    wait_for(aws, f"the route to {destination} in {table_id} to become active", is_active, timeout_s=limit_s)


def wait_gone(aws: Aws, table_id: str, destination: str, limit_s: float) -> None:
    wait_for(
        aws,
        f"the route to {destination} to leave {table_id}",
        lambda: find(aws, table_id, destination) is None,
        timeout_s=limit_s,
    )


def refuse_unknown_targets(config: State, path: tuple[str, ...] = ()) -> None:
    """Errors: ProviderError for targets that the local cloud does not have."""
    for name in NOT_HERE:
        if is_set(config.get(name)):
            raise ProviderError(f"{name}: the local cloud has no such targets", "Remove it.", path or (name,))
