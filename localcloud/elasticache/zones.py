"""Zones of cache nodes and subnets: moto places every node in us-east-1. Call in moto's thread."""

from collections.abc import Mapping
from typing import Any


def place_group(backend: Any, group: Any) -> None:
    """Give each node of a replication group a zone of its region: that of a subnet, or the next one."""
    zones = _zones(backend, group.cache_subnet_group_name)
    for node_group in group.node_groups:
        for position, member in enumerate(node_group["node_group_members"]):
            if not (member.get("preferred_availability_zone") or "").startswith(backend.region_name):
                member["preferred_availability_zone"] = zones[position % len(zones)]


def place_cluster(backend: Any, cluster: Any, zone: str | None = None) -> None:
    """Give a cluster without a zone of its region `zone`, or the first one."""
    if not (cluster.preferred_availability_zone or "").startswith(backend.region_name):
        cluster.preferred_availability_zone = zone or _zones(backend, cluster.cache_subnet_group_name)[0]


def name_zones(subnet_group: Any) -> None:
    """Give the subnets of a group their zones in the form of the API, which moto leaves out."""
    for subnet in subnet_group.subnets:
        zone = subnet.get("subnet_availability_zone")
        if isinstance(zone, str):
            subnet["subnet_availability_zone"] = {"Name": zone}


def _zones(backend: Any, subnet_group: str | None) -> list[str]:
    from moto.ec2.models import ec2_backends

    found = backend.cache_subnet_groups.get(subnet_group or "")
    of_group = [zone_name(each) for each in found.subnets] if found else []
    of_subnets = sorted({zone for zone in of_group if zone.startswith(backend.region_name)})
    networks: Any = ec2_backends[backend.account_id][backend.region_name]
    return of_subnets or [zone.name for zone in networks.describe_availability_zones()]


def zone_name(subnet: Mapping[str, Any]) -> str:
    """Return the zone of a group's subnet, whose form differs: states of earlier versions have the name alone."""
    zone = subnet.get("subnet_availability_zone")
    return str(zone.get("Name", "")) if isinstance(zone, dict) else str(zone or "")
