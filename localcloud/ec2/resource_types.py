"""EC2's names of its resource types in DescribeTags, TagSpecifications and ARNs, and the existing resources of each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend

NAMED_OTHERWISE = {
    "dedicated_host": "dedicated-host",
    "flow-logs": "vpc-flow-log",
    "managed-prefix-list": "prefix-list",
    "nat-gateway": "natgateway",
    "reserved-instance": "reserved-instances",
    "spot-instance-request": "spot-instances-request",
    "vpc-elastic-ip": "elastic-ip",
}
"""moto's name -> AWS's."""
COLLECTIONS = (
    *("amis", "carrier_gateways", "customer_gateways", "dhcp_options_sets", "egress_only_internet_gateways", "enis"),
    *(
        "configurations",
        "fleets",
        "flow_logs",
        "hosts",
        "internet_gateways",
        "key_pairs",
        "launch_templates",
        "managed_prefix_lists",
    ),
    *("nat_gateways", "network_acls", "route_tables", "snapshots", "spot_fleet_requests", "spot_instance_requests"),
    *("traffic_mirror_filters", "traffic_mirror_sessions", "traffic_mirror_targets", "transit_gateway_attachments"),
    *("transit_gateways", "transit_gateways_route_tables", "volumes", "vpc_end_points", "vpc_pcxs", "vpcs"),
    *("vpn_connections", "vpn_gateways"),
)
"""The backend's dictionaries by id or name."""


def patch() -> None:
    """Correct DescribeTags: it has moto's own names for some types, and returns tags of deleted resources."""
    from moto.ec2.models import EC2Backend

    tags = _of_tags()
    tags.EC2_PREFIX_TO_RESOURCE = {
        prefix: NAMED_OTHERWISE.get(name, name) for prefix, name in tags.EC2_PREFIX_TO_RESOURCE.items()
    }
    describe = EC2Backend.describe_tags

    def describe_tags(self: Any, filters: Any = None) -> Any:
        there = ids(self)
        return [each for each in describe(self, filters) if each["resource_id"] in there]

    backend: Any = EC2Backend
    backend.describe_tags = describe_tags


def type_of(resource_id: str) -> str | None:
    """Return AWS's name for the resource type of an id."""
    tags = _of_tags()
    found: str | None = tags.EC2_PREFIX_TO_RESOURCE.get(tags.get_prefix(resource_id))
    return found


def ids(backend: EC2Backend) -> set[str]:
    """Return the ids of all that can have tags."""
    return {str(each.id) for each in _all(backend)}


def _of_tags() -> Any:
    """Return moto's module, which has a copy of the names."""
    from moto.ec2.models import tags

    return tags


def _all(backend: Any) -> Iterator[Any]:
    yield from chain.from_iterable(getattr(backend, name).values() for name in COLLECTIONS)
    yield from (each for each in backend.addresses if each.id)
    yield from (each for of_zone in backend.subnets.values() for each in of_zone.values())
    yield from (each for reservation in backend.reservations.values() for each in reservation.instances)
    for group in (each for of_vpc in backend.groups.values() for each in of_vpc.values()):
        yield group
        yield from (*group.ingress_rules, *group.egress_rules)
