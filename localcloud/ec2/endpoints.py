"""EC2: VPC endpoints with all their settings, and interfaces in each of their subnets.

The words are those that AWS prints, except those for private DNS of a gateway, which are unconfirmed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.ec2.interfaces import OF_AWS, OF_ENDPOINTS, Maker, made_by
from localcloud.errors import AwsError
from localcloud.moto.patching import wrap
from localcloud.moto_only.principals import identities, invalid_principal, is_document

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.vpcs import VPCEndPoint
    from moto.ec2.responses.vpcs import VPCs

Answering = Callable[["VPCs"], Any]

INTERFACE = "Interface"
IPV4 = "ipv4"


def patch() -> None:
    """moto keeps half of an endpoint's settings, checks none, and creates no interface for an added subnet."""
    from moto.ec2.models.vpcs import VPCEndPoint
    from moto.ec2.responses.vpcs import VPCs

    shown: Any = VPCEndPoint
    shown.ip_address_type = IPV4  # of endpoints that earlier versions made
    shown.dns_options = property(_dns_options)
    wrap(VPCs, "create_vpc_endpoint", _creating)
    wrap(VPCs, "modify_vpc_endpoint", _modifying)


def _creating(create: Answering) -> Answering:
    @wraps(create)
    def create_vpc_endpoint(self: VPCs) -> Any:
        ec2, kind = self.ec2_backend, self._get_param("VpcEndpointType") or "Gateway"
        vpc_id, service = self._get_param("VpcId"), self._get_param("ServiceName")
        ec2.get_vpc(vpc_id)
        if kind == "Gateway" and self._get_param("SubnetIds", []):
            words = "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
            raise AwsError("InvalidParameter", words)
        if kind != "Gateway" and self._get_param("RouteTableIds", []):
            raise AwsError("InvalidParameter", "Route table IDs are only supported for Gateway type VPC Endpoint.")
        _check_policy(self._get_param("PolicyDocument"), ec2.account_id)
        is_private = self._get_bool_param("PrivateDnsEnabled", if_none=kind == INTERFACE)
        if is_private:
            _check_private_dns(ec2, vpc_id, service, kind)
        response = create(self)
        endpoint: VPCEndPoint = response.result["VpcEndpoint"]
        endpoint.vpc_endpoint_type, endpoint.private_dns_enabled = kind, is_private
        if kind == INTERFACE and not endpoint.security_group_ids:
            endpoint.security_group_ids = [ec2.get_default_security_group(vpc_id).id]
        _keep(endpoint, self)
        _settle_interfaces(endpoint)
        return response

    return create_vpc_endpoint


def _modifying(modify: Answering) -> Answering:
    @wraps(modify)
    def modify_vpc_endpoint(self: VPCs) -> Any:
        ec2 = self.ec2_backend
        [endpoint] = ec2.describe_vpc_endpoints([self._get_param("VpcEndpointId")])
        _check_policy(self._get_param("PolicyDocument"), ec2.account_id)
        for subnet_id in self._get_param("AddSubnetIds", []):
            ec2.get_subnet(subnet_id)
        is_private = self._get_bool_param("PrivateDnsEnabled", if_none=endpoint.private_dns_enabled)
        if is_private and not endpoint.private_dns_enabled:
            _check_private_dns(ec2, endpoint.vpc_id, endpoint.service_name, endpoint.vpc_endpoint_type)
        response = modify(self)
        endpoint.private_dns_enabled = is_private
        if self._get_bool_param("ResetPolicy"):
            endpoint.policy_document = json.dumps(endpoint.DEFAULT_POLICY)
        _keep(endpoint, self)
        _settle_interfaces(endpoint)
        return response

    return modify_vpc_endpoint


def _check_policy(policy: str | None, account_id: str) -> None:
    """Refuse principals that do not exist; AWS's message says no more than this."""
    if policy and not is_document(policy):
        raise AwsError("InvalidPolicyDocument", "The Policy Document is not valid. Syntax error at position (1,1)")
    if policy and invalid_principal(policy, identities(account_id)):
        raise AwsError("InvalidPolicyDocument", "UnknownError")


def _check_private_dns(ec2: EC2Backend, vpc_id: str, service: str, kind: str | None) -> None:
    if kind != INTERFACE:
        words = f"Private DNS can't be enabled because the service {service} does not provide a private DNS name."
        raise AwsError("InvalidParameter", words)
    vpc = ec2.get_vpc(vpc_id)
    if not (vpc.enable_dns_support and vpc.enable_dns_hostnames):
        words = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        raise AwsError("InvalidParameter", f"{words} for {vpc_id}")
    for other in ec2.vpc_end_points.values():
        place = (other.vpc_id, other.service_name, other.state)
        if other.private_dns_enabled and place == (vpc_id, service, "available"):
            domain = ".".join(reversed(service.split(".")))
            words = f"there is already a conflicting DNS domain for {domain} in the VPC {vpc_id}"
            raise AwsError("InvalidParameter", f"private-dns-enabled cannot be set because {words}")


def _keep(endpoint: Any, request: VPCs) -> None:
    """Keep what moto does not read: the type of addresses, and that of the DNS records."""
    endpoint.ip_address_type = request._get_param("IpAddressType") or endpoint.ip_address_type
    given: Mapping[str, Any] = request._get_param("DnsOptions", {})
    kept: Mapping[str, Any] = getattr(endpoint, "given_dns_options", {})
    endpoint.given_dns_options = {**kept, **given}


def _dns_options(endpoint: Any) -> dict[str, Any]:
    given = getattr(endpoint, "given_dns_options", {})
    only_inbound = given.get("PrivateDnsOnlyForInboundResolverEndpoint", False)
    return {
        "DnsRecordIpType": given.get("DnsRecordIpType") or endpoint.ip_address_type,
        "PrivateDnsOnlyForInboundResolverEndpoint": str(only_inbound).lower() == "true",
    }


def _settle_interfaces(endpoint: VPCEndPoint) -> None:
    """Give the endpoint an interface in each of its subnets and in no other, with its security groups."""
    if endpoint.vpc_endpoint_type != INTERFACE:
        return
    ec2: EC2Backend = endpoint.ec2_backend
    found = {ec2.enis[each].subnet.id: ec2.enis[each] for each in endpoint.network_interface_ids}
    wanted = endpoint.subnet_ids or []
    for subnet_id in found.keys() - set(wanted):
        del ec2.enis[found.pop(subnet_id).id]
    for subnet_id in wanted:
        interface = found.get(subnet_id) or ec2.create_network_interface(subnet_id, "")
        interface._group_set = [ec2.get_security_group_from_id(each) for each in endpoint.security_group_ids]
        description = f"VPC Endpoint Interface {endpoint.id}"
        maker = Maker(
            description=description, requester=OF_ENDPOINTS, instance_owner=OF_AWS, interface_type="vpc_endpoint"
        )
        made_by(interface, maker)
        found[subnet_id] = interface
    endpoint.network_interface_ids = [each.id for each in found.values()]
