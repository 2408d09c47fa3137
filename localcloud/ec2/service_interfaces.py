"""EC2's network interfaces of load balancers, databases, caches, VPC links and tasks: created and deleted with these.

moto's other services create none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from localcloud.ec2.addresses import has_room
from localcloud.ec2.interfaces import made_by
from localcloud.ec2.network_uses import NetworkUse, ServiceInterface, uses

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.security_groups import SecurityGroup

FOLLOWS = "follows"
"""The attribute of moto's interface that marks it as one of these."""


def is_settled(ec2: EC2Backend, others: Iterable[NetworkUse]) -> bool:
    """Return whether each user has its interfaces. `others`: users that are not in moto. Call in moto's thread."""
    wanted = {
        each.id: {group.id for group in _groups(ec2, use)} for each, use in _wanted(ec2, others) if _can_be(ec2, each)
    }
    return wanted == {each.id: {group.id for group in each._group_set} for each in _following(ec2)}


def settle(ec2: EC2Backend, others: Iterable[NetworkUse]) -> None:
    """Create missing interfaces, and remove those whose user no longer exists. Call in moto's thread."""
    wanted = list(_wanted(ec2, others))
    kept = {each.id for each, _ in wanted}
    for gone in [each.id for each in _following(ec2) if each.id not in kept]:
        del ec2.enis[gone]
    for interface, use in wanted:
        if not _can_be(ec2, interface):
            continue
        found = ec2.enis.get(interface.id) or _made(ec2, interface, is_public=use.is_public)
        found._group_set = _groups(ec2, use)


def _wanted(ec2: EC2Backend, others: Iterable[NetworkUse]) -> Iterator[tuple[ServiceInterface, NetworkUse]]:
    known = {subnet_id for zone in ec2.subnets.values() for subnet_id in zone}
    for use in (*uses(ec2), *others):
        for each in use.interfaces:
            if each.subnet in known:
                yield each, use


def _can_be(ec2: EC2Backend, interface: ServiceInterface) -> bool:
    """Return whether an interface exists or can get an address: otherwise AWS would have refused its user."""
    return interface.id in ec2.enis or bool(interface.address) or has_room(ec2.get_subnet(interface.subnet))


def _following(ec2: EC2Backend) -> list[NetworkInterface]:
    return [each for each in ec2.enis.values() if hasattr(each, FOLLOWS)]


def _groups(ec2: EC2Backend, use: NetworkUse) -> list[SecurityGroup]:
    found = (ec2.get_security_group_from_id(each) for each in use.groups)
    return [group for group in found if group is not None]


def _made(ec2: EC2Backend, wanted: ServiceInterface, *, is_public: bool) -> NetworkInterface:
    made: Any = ec2.create_network_interface(wanted.subnet, wanted.address)
    del ec2.enis[made.id]
    made.id = wanted.id
    ec2.enis[made.id] = made
    made.public_ip_auto_assign = is_public
    made.start()
    made_by(made, wanted.maker)
    setattr(made, FOLLOWS, True)
    return made  # type: ignore[no-any-return]
