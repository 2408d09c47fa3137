"""What uses a region's subnets, security groups and public addresses, by moto's records of all services.

On AWS each of them has a network interface. Here only EC2's own do, so the others are found by their settings.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moto.apigatewayv2.models import ApiGatewayV2Backend
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.instances import Instance
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elbv2.models import ELBv2Backend
    from moto.rds.models import DBInstance, RDSBackend

INTERNET_FACING = "internet-facing"
GONE = ("deleted", "deleting", "failed", "rejected")


@dataclass(frozen=True, kw_only=True)
class NetworkUse:
    """One user of the network. `is_public`: it has an address that an internet gateway maps."""

    subnets: Collection[str]
    groups: Collection[str] = ()
    is_public: bool = False


def uses(ec2: EC2Backend) -> Iterator[NetworkUse]:
    """Return everything that uses the network of an EC2 backend's account and region. Call in moto's thread."""
    yield from _of_interfaces(ec2)
    yield from _of_endpoints_and_attachments(ec2)
    for name, found in SERVICES.items():
        backend = _backend(name, ec2.account_id, ec2.region_name)
        if backend is not None:
            yield from found(backend)


def _backend(service: str, account_id: str, region: str) -> Any:
    """Return a service's backend if it exists. Reading it by its key would create it, and have it saved."""
    backends = getattr(sys.modules.get(f"moto.{service}.models"), f"{service}_backends", {})
    return dict.get(dict.get(backends, account_id, {}), region)


def _of_interfaces(ec2: EC2Backend) -> Iterator[NetworkUse]:
    """Those of instances, NAT gateways, mount targets, and of nobody yet.

    On AWS an instance's interfaces go with it; moto keeps them.
    """
    associated: list[NetworkInterface | None] = [address.eni for address in ec2.addresses]  # moto declares None
    public = {interface.id for interface in associated if interface}
    for interface in ec2.enis.values():
        if interface.instance is not None and is_over(interface.instance):
            continue
        yield NetworkUse(
            subnets=[interface.subnet.id],
            groups=[group.id for group in interface.group_set],
            is_public=bool(interface.public_ip) or interface.id in public,
        )


def is_over(instance: Instance) -> bool:
    """Say whether an instance has ended."""
    return instance._state.name in ("shutting-down", "terminated")


def _of_endpoints_and_attachments(ec2: EC2Backend) -> Iterator[NetworkUse]:
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state not in GONE:
            yield NetworkUse(subnets=endpoint.subnet_ids or [], groups=endpoint.security_group_ids or [])
    for attachment in ec2.transit_gateway_attachments.values():
        if attachment.state not in GONE:
            yield NetworkUse(subnets=getattr(attachment, "subnet_ids", None) or [])


def _of_load_balancers(elbv2: ELBv2Backend) -> Iterator[NetworkUse]:
    for balancer in elbv2.load_balancers.values():
        yield NetworkUse(
            subnets=[subnet.id for subnet in balancer.subnets],
            groups=balancer.security_groups or [],
            is_public=balancer.scheme == INTERNET_FACING,
        )


def _of_databases(rds: RDSBackend) -> Iterator[NetworkUse]:
    for instance in rds.databases.values():
        yield NetworkUse(
            subnets=_subnets_of_database(instance),
            groups=instance.vpc_security_group_ids,
            is_public=bool(instance.publicly_accessible),
        )
    for proxy in rds.db_proxies.values():
        yield NetworkUse(subnets=proxy.vpc_subnet_ids or [], groups=proxy.vpc_security_group_ids or [])


def _subnets_of_database(instance: DBInstance) -> list[str]:
    """Return the subnets of its group that are in its zone; all of them if it may move to the others."""
    group = instance.db_subnet_group
    zones = (
        {each["SubnetIdentifier"]: each["SubnetAvailabilityZone"]["Name"] for each in group.subnets} if group else {}
    )
    own = [subnet for subnet, zone in zones.items() if zone == instance.availability_zone]
    return own if own and not instance.multi_az else list(zones)


def _of_caches(elasticache: ElastiCacheBackend) -> Iterator[NetworkUse]:
    """A cache counts as in all subnets of its group: moto's zones of nodes are not those of the subnets."""
    for cache in (*elasticache.replication_groups.values(), *elasticache.cache_clusters.values()):
        group = elasticache.cache_subnet_groups.get(cache.cache_subnet_group_name)
        subnets = [each["subnet_identifier"] for each in group.subnets] if group else []
        yield NetworkUse(subnets=subnets, groups=cache.security_group_ids or [])


def _of_vpc_links(apigateway: ApiGatewayV2Backend) -> Iterator[NetworkUse]:
    for link in apigateway.vpc_links.values():
        yield NetworkUse(subnets=link.subnet_ids or [], groups=link.sg_ids or [])


SERVICES: Mapping[str, Callable[[Any], Iterator[NetworkUse]]] = {
    "apigatewayv2": _of_vpc_links,
    "elasticache": _of_caches,
    "elbv2": _of_load_balancers,
    "rds": _of_databases,
}
"""moto's package of a service -> the uses that its backend records."""
