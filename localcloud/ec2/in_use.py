"""EC2 refuses to delete what is in use: subnets, security groups, gateways, VPCs, interfaces and addresses.

moto deletes most of it under a running load balancer or database. The words are those that AWS prints.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from localcloud.ec2.interfaces import is_of_service
from localcloud.ec2.network_uses import NetworkUse, is_over, uses
from localcloud.errors import AwsError
from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_ip_addresses import ElasticAddress
    from moto.ec2.models.nat_gateways import NatGateway
    from moto.ec2.models.security_groups import SecurityGroup
    from moto.ec2.models.vpcs import VPC
    from moto.ec2.responses._base_response import EC2BaseResponse as EC2Response

T = TypeVar("T")

NOT_OURS = "You do not have permission to access the specified resource."


def patch() -> None:
    """Refuse deletions that would leave something without its network, and delete dependents along with what may go."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.responses.elastic_network_interfaces import ElasticNetworkInterfaces
    from moto.ec2.responses.security_groups import SecurityGroups

    for name, around in (
        ("delete_internet_gateway", _detached_gateway),
        ("delete_nat_gateway", _releasing),
        ("delete_network_acl", _other_than_default_acl),
        ("delete_security_group", _unused_group),
        ("delete_subnet", _unused_subnet),
        ("delete_vpc", _empty_vpc),
        ("detach_internet_gateway", _without_public_addresses),
        ("disassociate_address", _own_association),
        ("release_address", _unused_address),
    ):
        wrap(EC2Backend, name, around)
    wrap(ElasticNetworkInterfaces, "delete_network_interface", _unused_interface)
    wrap(SecurityGroups, "delete_security_group", _other_than_default_group)


def check_subnet(subnet_id: str, users: list[NetworkUse]) -> None:
    """Errors: AwsError DependencyViolation."""
    if any(subnet_id in use.subnets for use in users):
        raise _has_dependencies("subnet", subnet_id)


def check_group(group_id: str, users: list[NetworkUse]) -> None:
    """Errors: AwsError DependencyViolation."""
    if any(group_id in use.groups for use in users):
        raise AwsError("DependencyViolation", f"resource {group_id} has a dependent object")


def check_public_addresses(vpc_id: str, subnet_ids: set[str], users: list[NetworkUse]) -> None:
    """Errors: AwsError DependencyViolation."""
    if any(use.is_public and subnet_ids & set(use.subnets) for use in users):
        words = f"Network {vpc_id} has some mapped public address(es)."
        raise AwsError(
            "DependencyViolation", f"{words} Please unmap those public address(es) before detaching the gateway."
        )


def subnets_of(ec2: EC2Backend, vpc_id: str) -> set[str]:
    return {subnet.id for zone in ec2.subnets.values() for subnet in zone.values() if subnet.vpc_id == vpc_id}


def _has_dependencies(kind: str, identifier: str) -> AwsError:
    return AwsError("DependencyViolation", f"The {kind} '{identifier}' has dependencies and cannot be deleted.")


def _unused_subnet(delete: Callable[..., T]) -> Callable[..., T]:
    """Keep a used subnet. Delete an unused one with its associations: moto keeps them, which blocks its route table."""

    @wraps(delete)
    def delete_subnet(self: EC2Backend, subnet_id: str) -> T:
        check_subnet(subnet_id, list(uses(self)))
        deleted = delete(self, subnet_id)
        for table in self.route_tables.values():
            table._associations = {key: each for key, each in table._associations.items() if each != subnet_id}
        for acl in self.network_acls.values():
            kept = {key: each for key, each in acl._associations.items() if each.subnet_id != subnet_id}
            acl._associations = kept
        return deleted

    return delete_subnet


def _unused_group(delete: Callable[..., T]) -> Callable[..., T]:
    """Find groups by name in the default VPC only, and keep those that are in use or that rules name."""

    @wraps(delete)
    def delete_security_group(self: EC2Backend, name: str | None = None, group_id: str | None = None) -> T:
        if group_id is None and name:
            group_id = _named_in_default_vpc(self, name)
        others = [group for groups in self.groups.values() for group in groups.values() if group.id != group_id]
        named = [NetworkUse(subnets=(), groups=_referred(each)) for each in others]
        check_group(str(group_id), [*named, *uses(self)])
        return delete(self, None, group_id)

    return delete_security_group


def _named_in_default_vpc(ec2: EC2Backend, name: str) -> str:
    vpc_id = ec2.default_vpc.id
    named: list[str] = [group.id for group in ec2.groups[vpc_id].values() if group.name == name]
    if not named:
        raise AwsError("InvalidGroup.NotFound", f"The security group '{name}' does not exist in default VPC '{vpc_id}'")
    return named[0]


def _referred(group: SecurityGroup) -> set[str]:
    """Return the ids of the groups that a group's rules name."""
    rules = [*group.ingress_rules, *group.egress_rules]
    return {str((rule.source_group or {}).get("GroupId")) for rule in rules}


def _other_than_default_group(delete: Callable[[EC2Response], T]) -> Callable[[EC2Response], T]:
    """Check the request alone: a VPC's deletion deletes its default group, too."""

    @wraps(delete)
    def delete_security_group(self: EC2Response) -> T:
        identifier, name = self._get_param("GroupId"), self._get_param("GroupName")
        found = self.ec2_backend.get_security_group_from_id(identifier) if identifier else None
        if name == "default" or (found is not None and found.name == "default"):
            words = f'the specified group: "{identifier or name}" name: "default" cannot be deleted by a user'
            raise AwsError("CannotDelete", words)
        return delete(self)

    return delete_security_group


def _other_than_default_acl(delete: Callable[..., T]) -> Callable[..., T]:
    @wraps(delete)
    def delete_network_acl(self: EC2Backend, network_acl_id: str) -> T:
        acl = self.network_acls.get(network_acl_id)
        if acl is not None and acl.default:
            raise AwsError("InvalidParameterValue", f"cannot delete default network ACL {network_acl_id}")
        if acl is not None and acl._associations:
            raise _has_dependencies("networkAcl", network_acl_id)
        return delete(self, network_acl_id)

    return delete_network_acl


def _empty_vpc(delete: Callable[..., T]) -> Callable[..., T]:
    """Keep a VPC with anything but its main route table, default group and default ACL; moto keeps the ACL."""

    @wraps(delete)
    def delete_vpc(self: EC2Backend, vpc_id: str) -> T:
        if vpc_id in self.vpcs and _has_contents(self, vpc_id):
            raise _has_dependencies("vpc", vpc_id)
        response = delete(self, vpc_id)
        for name in [name for name, acl in self.network_acls.items() if acl.vpc_id == vpc_id]:
            del self.network_acls[name]
        return response

    return delete_vpc


def _has_contents(ec2: EC2Backend, vpc_id: str) -> bool:
    gateways_vpcs: list[VPC | None] = [each.vpc for each in ec2.internet_gateways.values()]  # moto declares None
    attached = [vpc.id for vpc in gateways_vpcs if vpc]
    attached += [each.vpc_id for each in ec2.egress_only_internet_gateways.values()]
    attached += [each.vpc_id for each in ec2.vpc_end_points.values() if each.state != "deleted"]
    attached += [each.vpc_id for each in ec2.network_acls.values() if not each.default]
    attached += [each.vpc_id for each in ec2.nat_gateways.values() if each.state != "deleted"]
    gateways = [gateway.attachments.get(vpc_id) for gateway in ec2.vpn_gateways.values()]
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == vpc_id]
    return (
        vpc_id in attached
        or bool(subnets_of(ec2, vpc_id))
        or any(group.name != "default" for group in ec2.groups.get(vpc_id, {}).values())
        or len(tables) > 1
        or any(gateway is not None and gateway.state == "attached" for gateway in gateways)
    )


def _detached_gateway(delete: Callable[..., T]) -> Callable[..., T]:
    @wraps(delete)
    def delete_internet_gateway(self: EC2Backend, internet_gateway_id: str) -> T:
        if self.get_internet_gateway(internet_gateway_id).vpc:
            raise _has_dependencies("internetGateway", internet_gateway_id)
        return delete(self, internet_gateway_id)

    return delete_internet_gateway


def _without_public_addresses(detach: Callable[..., T]) -> Callable[..., T]:
    @wraps(detach)
    def detach_internet_gateway(self: EC2Backend, internet_gateway_id: str, vpc_id: str) -> T:
        vpc = self.get_internet_gateway(internet_gateway_id).vpc
        if vpc and vpc.id == vpc_id:
            check_public_addresses(vpc_id, subnets_of(self, vpc_id), list(uses(self)))
        return detach(self, internet_gateway_id, vpc_id)

    return detach_internet_gateway


def _unused_interface(delete: Callable[[EC2Response], T]) -> Callable[[EC2Response], T]:
    """Keep an interface that is attached, or that belongs to a service, which alone may delete it."""

    @wraps(delete)
    def delete_network_interface(self: EC2Response) -> T:
        identifier = self._get_param("NetworkInterfaceId")
        interface = self.ec2_backend.enis.get(identifier)
        is_attached = interface is not None and interface.instance is not None and not is_over(interface.instance)
        if is_attached or (interface is not None and is_of_service(interface)):
            raise AwsError("InvalidParameterValue", f"Network interface '{identifier}' is currently in use.")
        return delete(self)

    return delete_network_interface


def _releasing(delete: Callable[..., NatGateway]) -> Callable[..., NatGateway]:
    """Release a deleted NAT gateway's interface and address, which moto keeps in use for ever."""

    @wraps(delete)
    def delete_nat_gateway(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
        gateway = delete(self, nat_gateway_id)
        for address in self.addresses:
            if address.eni and address.eni.id == gateway._eni.id:
                address.eni, address.association_id = None, None
        self.enis.pop(gateway._eni.id, None)
        return gateway

    return delete_nat_gateway


def _own_association(disassociate: Callable[..., T]) -> Callable[..., T]:
    """Refuse to take the address of a NAT gateway, which AWS associated."""

    @wraps(disassociate)
    def disassociate_address(self: EC2Backend, address: str | None = None, association_id: str | None = None) -> T:
        for each in self.addresses:
            named = each.association_id == association_id if association_id else each.public_ip == address
            if named and each.eni and is_of_service(each.eni):
                raise AwsError("AuthFailure", NOT_OURS)
        return disassociate(self, address, association_id)

    return disassociate_address


def _unused_address(release: Callable[..., T]) -> Callable[..., T]:
    @wraps(release)
    def release_address(self: EC2Backend, address: str | None = None, allocation_id: str | None = None) -> T:
        for each in self.addresses:
            named = each.allocation_id == allocation_id if allocation_id else each.public_ip == address
            if named and _is_associated(self, each):
                raise AwsError("InvalidIPAddress.InUse", f"Address {each.public_ip} is in use.")
        return release(self, address, allocation_id)

    return release_address


def _is_associated(ec2: EC2Backend, address: ElasticAddress) -> bool:
    """Return whether something has the address. moto leaves it with deleted interfaces and terminated instances."""
    if address.instance is not None and is_over(address.instance):
        return False
    return address.eni is not None and address.eni.id in ec2.enis
