"""EC2: private addresses lie in their subnet, and each is given to one interface at a time."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.models.subnets import Subnet
    from moto.ec2.responses._base_response import EC2BaseResponse as EC2Response

T = TypeVar("T")

OF_AWS = 3
"""How many of a subnet's first addresses for hosts AWS reserves."""


def patch() -> None:
    """moto gives random addresses: NAT gateways and endpoints get any, others one in the subnet, perhaps in use."""
    from moto.ec2.models import EC2Backend, nat_gateways, vpcs
    from moto.ec2.models.subnets import Subnet
    from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces

    for module in (nat_gateways, vpcs):
        setattr(module, "random_private_ip", _chosen_with_the_interface)  # noqa: B010 - mypy knows both as functions
    setattr(Subnet, "get_available_subnet_ip", get_available_subnet_ip)  # noqa: B010 - mypy allows no assignment
    wrap(Subnet, "request_ip", checking(lambda subnet, given: check_free(subnet, given["ip"])))
    wrap(EC2Backend, "create_network_interface", _with_address)
    wrap(ElasticNetworkInterfaces, "create_network_interface", _with_free_addresses)


def _chosen_with_the_interface() -> str:
    return ""


def get_available_subnet_ip(self: Subnet, instance: Any) -> str:
    """Replaces moto's, which does not know the interfaces."""
    address = free_address(self)
    self._subnet_ips[address] = instance
    return address


def free_address(subnet: Subnet) -> str:
    """Return the subnet's first free address. Errors: AwsError."""
    found = next(_free(subnet), None)
    if found is None:
        words = "The specified subnet does not have enough free addresses to satisfy the request."
        raise AwsError("InsufficientFreeAddressesInSubnet", words)
    return found


def has_room(subnet: Subnet) -> bool:
    """Return whether the subnet has a free address."""
    return next(_free(subnet), None) is not None


def _free(subnet: Subnet) -> Iterator[str]:
    taken = set(_taken(subnet))
    for host in islice(subnet.cidr.hosts(), OF_AWS, None):
        if str(host) not in taken and host not in subnet._reserved_ips:
            yield str(host)


def check_free(subnet: Subnet, address: str) -> None:
    """Check an address that a request names. Errors: AwsError."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        words = f"Value ({address}) for parameter address is invalid. Invalid IPv4 address."
        raise AwsError("InvalidParameterValue", words) from None
    if parsed not in subnet.cidr:
        raise AwsError("InvalidParameterValue", "Address does not fall within the subnet's address range")
    if address in _taken(subnet):
        raise AwsError("InvalidIPAddress.InUse", f"Address {address} is in use.")


def _taken(subnet: Subnet) -> Iterator[str]:
    yield from subnet._subnet_ips
    for interface in subnet.ec2_backend.enis.values():
        if interface.subnet.id == subnet.id:
            yield from (str(each["PrivateIpAddress"]) for each in interface.private_ip_addresses)


def _with_address(create: Callable[..., NetworkInterface]) -> Callable[..., NetworkInterface]:
    @wraps(create)
    def create_network_interface(
        self: EC2Backend,
        subnet: Subnet | str,
        private_ip_address: str | list[str] | None,
        private_ip_addresses: list[dict[str, Any]] | None = None,
        *others: Any,
        **named: Any,
    ) -> NetworkInterface:
        where = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
        if not private_ip_address and not private_ip_addresses and where.cidr_block:
            private_ip_address = free_address(where)
        return create(self, where, private_ip_address, private_ip_addresses, *others, **named)

    return create_network_interface


def _with_free_addresses(create: Callable[[EC2Response], T]) -> Callable[[EC2Response], T]:
    """Check the addresses of a request: moto's own calls name those that they have reserved."""

    @wraps(create)
    def create_network_interface(self: EC2Response) -> T:
        subnet = self.ec2_backend.get_subnet(self._get_param("SubnetId"))
        further: list[Mapping[str, Any]] = self._get_param("PrivateIpAddresses", [])
        for address in (self._get_param("PrivateIpAddress"), *(each.get("PrivateIpAddress") for each in further)):
            if address:
                check_free(subnet, address)
        return create(self)

    return create_network_interface
