"""EC2: network interfaces of AWS's services, as DescribeNetworkInterfaces shows them.

Descriptions, requesters and types are those that AWS prints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.nat_gateways import NatGateway

T = TypeVar("T")

OF_AWS = "amazon-aws"
OF_NAT_GATEWAYS, OF_ENDPOINTS = "036872051663", "727180483921"
"""The accounts of AWS that create the interfaces of NAT gateways and of VPC endpoints."""
INSTANCE_OWNER = "instance_owner"
"""The attribute of moto's interface that names the owner of the instance it is attached to."""
FILTERS: Mapping[str, Callable[[NetworkInterface], object]] = {
    "status": lambda interface: interface.status,
    "interface-type": lambda interface: interface.interface_type,
    "requester-id": lambda interface: interface.requester_id,
    "requester-managed": lambda interface: interface.requester_managed,
    "owner-id": lambda interface: interface.owner_id,
    "attachment.status": lambda interface: (attachment_of(interface) or {}).get("Status"),
    "attachment.instance-owner-id": lambda interface: (attachment_of(interface) or {}).get("InstanceOwnerId"),
}


@dataclass(frozen=True, kw_only=True)
class Maker:
    """The service that created an interface. `instance_owner`: the owner of what it is attached to."""

    description: str
    requester: str
    instance_owner: str
    interface_type: str = "interface"


def patch() -> None:
    """moto shows interfaces of services as unattached ones of the account, and lacks these filters."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface

    own: Any = NetworkInterface
    own.attachment = _attachment(own.attachment.fget)
    own.association = _association(own.association.fget)
    wrap(NetworkInterface, "get_filter_value", _with_filters)
    wrap(EC2Backend, "create_nat_gateway", _with_maker)


def made_by(interface: NetworkInterface, maker: Maker) -> None:
    """Mark an interface as created by a service."""
    interface.description = maker.description
    interface.requester_id = maker.requester
    interface.requester_managed = True
    interface.interface_type = maker.interface_type
    interface.status = "in-use"
    setattr(interface, INSTANCE_OWNER, maker.instance_owner)


def is_of_service(interface: NetworkInterface) -> bool:
    """Return whether the interface belongs to a service; then nobody else may delete it."""
    return hasattr(interface, INSTANCE_OWNER)


def attachment_of(interface: NetworkInterface) -> dict[str, Any] | None:
    """Return the attachment of a service's interface; None for others."""
    if not is_of_service(interface):
        return None
    owner = str(getattr(interface, INSTANCE_OWNER))
    kind = "eni" if owner.isdecimal() else "ela"
    return {
        "AttachmentId": interface.id.replace("eni-", f"{kind}-attach-"),
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "InstanceOwnerId": owner,
        "NetworkCardIndex": 0,
        "Status": "attached",
    }


def _attachment(read: Callable[[Any], Any]) -> property:
    return property(lambda interface: attachment_of(interface) or read(interface))


def _association(read: Callable[[Any], dict[str, Any]]) -> property:
    """Read the association; a service owns the public addresses of its interfaces unless the account allocated them."""

    def association(interface: Any) -> dict[str, Any]:
        found = read(interface)
        if found and is_of_service(interface) and not found.get("allocationId"):
            found["ipOwnerId"] = getattr(interface, INSTANCE_OWNER)
        return found

    return property(association)


def _with_filters(value_of: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(value_of)
    def get_filter_value(self: NetworkInterface, filter_name: str, method_name: str | None = None) -> Any:
        if filter_name in FILTERS:
            return FILTERS[filter_name](self)
        return value_of(self, filter_name, method_name)

    return get_filter_value


def _with_maker(create: Callable[..., NatGateway]) -> Callable[..., NatGateway]:
    @wraps(create)
    def create_nat_gateway(self: EC2Backend, *arguments: object, **named: object) -> NatGateway:
        gateway = create(self, *arguments, **named)
        gateway.connectivity_type = gateway.connectivity_type or "public"
        maker = Maker(
            description=f"Interface for NAT Gateway {gateway.id}",
            requester=OF_NAT_GATEWAYS,
            instance_owner=OF_AWS,
            interface_type="nat_gateway",
        )
        made_by(gateway._eni, maker)
        gateway._eni._group_set = []
        gateway._eni.source_dest_check = False
        return gateway

    return create_nat_gateway
