"""The resources that use a region's subnets, security groups and public addresses, by moto's records of all services.

On AWS each of them has a network interface. moto makes EC2's own only, so the others are found by their settings;
`service_interfaces` makes theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from localcloud.ec2.interfaces import Maker, is_of_service
from localcloud.elasticache.zones import zone_name
from localcloud.moto.existing import backend_of

if TYPE_CHECKING:
    from moto.apigatewayv2.models import ApiGatewayV2Backend
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.instances import Instance
    from moto.elasticache.models import ElastiCacheBackend
    from moto.elbv2.models import ELBv2Backend
    from moto.rds.models import DBInstance, RDSBackend

DIGITS_OF_ID = 17
INTERNET_FACING = "internet-facing"
GONE = ("deleted", "deleting", "failed", "rejected")


@dataclass(frozen=True, kw_only=True)
class ServiceInterface:
    """An interface of a service. `address`: a fixed one; otherwise any of the subnet's."""

    id: str
    subnet: str
    maker: Maker
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class NetworkUse:
    """A resource that uses the network. `is_public`: it has an address that an internet gateway maps."""

    subnets: Collection[str]
    groups: Collection[str] = ()
    is_public: bool = False
    interfaces: Iterable[ServiceInterface] = ()


def uses(ec2: EC2Backend) -> Iterator[NetworkUse]:
    """Return everything that uses the network of an EC2 backend's account and region. Call in moto's thread."""
    yield from _of_interfaces(ec2)
    yield from _of_endpoints_and_attachments(ec2)
    for name, found in SERVICES.items():
        backend = backend_of(name, ec2.account_id, ec2.region_name)
        if backend is not None:
            yield from found(backend)


def _of_interfaces(ec2: EC2Backend) -> Iterator[NetworkUse]:
    """Yield the uses by instances, mount targets and free interfaces; services are found separately.

    On AWS an instance's interfaces are deleted with it; moto keeps them.
    """
    associated: list[NetworkInterface | None] = [address.eni for address in ec2.addresses]  # moto declares None
    public = {interface.id for interface in associated if interface}
    for interface in ec2.enis.values():
        is_left = interface.instance is not None and is_over(interface.instance)
        if is_left or is_of_service(interface):
            continue
        yield NetworkUse(
            subnets=[interface.subnet.id],
            groups=[group.id for group in interface.group_set],
            is_public=bool(interface.public_ip) or interface.id in public,
        )


def is_over(instance: Instance) -> bool:
    return instance._state.name in ("shutting-down", "terminated")


def _of_endpoints_and_attachments(ec2: EC2Backend) -> Iterator[NetworkUse]:
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state not in GONE:
            yield NetworkUse(subnets=endpoint.subnet_ids or [], groups=endpoint.security_group_ids or [])
    for gateway in ec2.nat_gateways.values():
        if gateway.state not in GONE:
            yield NetworkUse(subnets=[gateway.subnet_id], is_public=gateway.connectivity_type != "private")
    for attachment in ec2.transit_gateway_attachments.values():
        if attachment.state not in GONE:
            yield NetworkUse(subnets=getattr(attachment, "subnet_ids", None) or [])


def _of_load_balancers(elbv2: ELBv2Backend) -> Iterator[NetworkUse]:
    for balancer in elbv2.load_balancers.values():
        is_network = balancer.type == "network"
        maker = Maker(
            description=f"ELB {balancer.arn.partition(':loadbalancer/')[2]}",
            requester="amazon-elb",
            instance_owner="amazon-aws" if is_network else "amazon-elb",
            interface_type="network_load_balancer" if is_network else "interface",
        )
        subnets = [subnet.id for subnet in balancer.subnets]
        yield NetworkUse(
            subnets=subnets,
            groups=balancer.security_groups or [],
            is_public=balancer.scheme == INTERNET_FACING,
            interfaces=_of(balancer.arn, subnets, maker),
        )


def _of_databases(rds: RDSBackend) -> Iterator[NetworkUse]:
    maker = Maker(description="RDSNetworkInterface", requester="amazon-rds", instance_owner="amazon-rds")
    for instance in rds.databases.values():
        subnets = _subnets_of_database(instance)
        yield NetworkUse(
            subnets=subnets,
            groups=instance.vpc_security_group_ids,
            is_public=bool(instance.publicly_accessible),
            interfaces=_of(str(instance.db_instance_arn), subnets[: 2 if instance.multi_az else 1], maker),
        )
    for proxy in rds.db_proxies.values():
        yield NetworkUse(subnets=proxy.vpc_subnet_ids or [], groups=proxy.vpc_security_group_ids or [])


def _subnets_of_database(instance: DBInstance) -> list[str]:
    """Return the subnets of its group in its zone; if it may move to other zones, all subnets, those first."""
    group = getattr(instance, "db_subnet_group", None)  # moto sets it only where the request names one
    zones = (
        {each["SubnetIdentifier"]: each["SubnetAvailabilityZone"]["Name"] for each in group.subnets} if group else {}
    )
    subnets = sorted(zones, key=lambda subnet: (zones[subnet] != instance.availability_zone, zones[subnet]))
    own = [subnet for subnet in subnets if zones[subnet] == instance.availability_zone]
    return own if own and not instance.multi_az else subnets


def _of_caches(elasticache: ElastiCacheBackend) -> Iterator[NetworkUse]:
    """Yield a use of every subnet of a cache's group: moto's zones of nodes are not those of the subnets."""
    nodes: dict[str, list[str]] = {name: each.member_clusters for name, each in elasticache.replication_groups.items()}
    members = {node for names in nodes.values() for node in names}
    nodes |= {name: [name] for name in elasticache.cache_clusters if name not in members}
    for name, cache in (*elasticache.replication_groups.items(), *elasticache.cache_clusters.items()):
        group = elasticache.cache_subnet_groups.get(cache.cache_subnet_group_name)
        by_zone = sorted(group.subnets, key=zone_name) if group else []
        subnets = [each["subnet_identifier"] for each in by_zone]
        groups, own = cache.security_group_ids or [], _of_nodes(nodes.get(name, []), subnets)
        yield NetworkUse(subnets=subnets, groups=groups, interfaces=own)


def _of_nodes(nodes: Sequence[str], subnets: Sequence[str]) -> Iterator[ServiceInterface]:
    """Spread the nodes of a cache over its subnets."""
    for number, node in enumerate(nodes if subnets else ()):
        maker = Maker(
            description=f"ElastiCache {node}", requester="amazon-elasticache", instance_owner="amazon-elasticache"
        )
        yield from _of(f"cluster:{node}", [subnets[number % len(subnets)]], maker)


def _of(name: str, subnets: Iterable[str], maker: Maker) -> Iterator[ServiceInterface]:
    """Yield an interface in each subnet for the resource of this name. Its ids are the same each time."""
    for subnet in subnets:
        digits = hashlib.sha256(f"{name} {subnet}".encode()).hexdigest()[:DIGITS_OF_ID]
        yield ServiceInterface(id=f"eni-{digits}", subnet=subnet, maker=maker)


def _of_vpc_links(apigateway: ApiGatewayV2Backend) -> Iterator[NetworkUse]:
    """Yield the uses of VPC links. The type of their interfaces is AWS's; the description is unconfirmed."""
    for link in apigateway.vpc_links.values():
        maker = Maker(
            description=f"VPC Link Interface {link.id}",
            requester="amazon-apigateway",
            instance_owner="amazon-aws",
            interface_type="api_gateway_managed",
        )
        subnets = link.subnet_ids or []
        own = _of(f"vpclink:{link.id}", subnets, maker)
        yield NetworkUse(subnets=subnets, groups=link.sg_ids or [], interfaces=own)


SERVICES: Mapping[str, Callable[[Any], Iterator[NetworkUse]]] = {
    "apigatewayv2": _of_vpc_links,
    "elasticache": _of_caches,
    "elbv2": _of_load_balancers,
    "rds": _of_databases,
}
"""moto's package of a service -> the uses that its backend records."""
