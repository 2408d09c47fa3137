"""EC2: rules' descriptions, every tag specification, log groups by ARN, filters, errors; no public machine images."""

import importlib
import inspect
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.ec2 import addresses, endpoints, in_use, interfaces, resource_types, routing
from localcloud.errors import AwsError
from localcloud.moto import tables
from localcloud.moto.patching import wrap

LOG_GROUP = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:(.+)")
NO_TYPE = "Tag specification resource type must have a value"
IPV6_STATE = "ipv6CidrBlockState"
IPV6_FILTERS = {
    "ipv6-cidr-block-association.association-id": "associationId",
    "ipv6-cidr-block-association.ipv6-cidr-block": "ipv6CidrBlock",
    "ipv6-cidr-block-association.state": IPV6_STATE,
}
TAGGED: Mapping[str, str] = {
    "carrier_gateways": "carrier-gateway",
    "egress_only_internet_gateways": "egress-only-internet-gateway",
    "elastic_ip_addresses": "elastic-ip",
    "elastic_network_interfaces": "network-interface",
    "nat_gateways": "natgateway",
    "transit_gateway_attachments": "transit-gateway-attachment",
    "vpcs": "vpc-endpoint",
    "vpn_connections": "vpn-connection",
}
"""moto's response module that accepts a single tag specification -> the resource type that its operation creates."""


def patch() -> None:
    """moto finds descriptions on address ranges only, and fails on unknown ids; `in_use` refuses deletions."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.security_groups import SecurityGroupRule
    from moto.ec2.models.subnets import Subnet

    rule: Any = SecurityGroupRule
    rule.description = property(_description)
    subnet: Any = Subnet
    subnet.ipv6_cidr_block_association_set = property(_ipv6_blocks)
    subnet.get_filter_value = _with_ipv6_blocks(subnet.get_filter_value)
    backend: Any = EC2Backend
    # A thousand images, each also a snapshot: they took 50 ms of every change, to save them again.
    backend._load_amis = _without_public_images
    for part in (addresses, endpoints, in_use, interfaces, resource_types, routing):
        part.patch()
    backend.delete_nat_gateway = _known_gateway(backend.delete_nat_gateway)
    backend.replace_network_acl_association = _known_association(backend.replace_network_acl_association)
    backend.create_subnet = _with_addresses(backend.create_subnet)
    backend.create_flow_logs = _with_log_group(backend.create_flow_logs)
    _read_every_tag_specification()
    _read_icmp()
    tables.offer()


def _without_public_images(_: object) -> None:
    """Start with no machine images: nothing here runs instances, and moto's list is years old."""


def _read_icmp() -> None:
    """Let entries of network ACLs have ICMP's type and code, which moto reads under wrong names."""
    from moto.ec2.responses.network_acls import NetworkACLs

    wrap(NetworkACLs, "_get_param", _by_names_of_the_model)


def _by_names_of_the_model(get: Callable[..., object]) -> Callable[..., object]:
    @wraps(get)
    def get_param(self: object, name: str, *default: object, **named: object) -> object:
        return get(self, name.replace("Icmp.", "IcmpTypeCode."), *default, **named)

    return get_param


def _known_gateway(delete: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(delete)
    def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
        if nat_gateway_id not in self.nat_gateways:
            raise AwsError("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
        return delete(self, nat_gateway_id)

    return delete_nat_gateway


def _known_association(replace: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(replace)
    def replace_network_acl_association(self: Any, association_id: str, network_acl_id: str) -> Any:
        if not any(association_id in acl._associations for acl in self.network_acls.values()):
            raise AwsError("InvalidAssociationID.NotFound", f"The association ID '{association_id}' does not exist")
        return replace(self, association_id, network_acl_id)

    return replace_network_acl_association


def _with_addresses(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_subnet(self: Any, vpc_id: str, cidr_block: str | None, *others: Any, **named: Any) -> Any:
        if not cidr_block and not named.get("ipv6_native"):
            raise AwsError("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
        if named.get("ipv6_native") and not (named.get("ipv6_cidr_block") or any(others[:1])):
            raise AwsError("InvalidIpamPoolId.NotFound", "The IPAM pool does not exist: the local cloud has none")
        return create(self, vpc_id, cidr_block, *others, **named)

    return create_subnet


def _with_log_group(create: Callable[..., Any]) -> Callable[..., Any]:
    """Find a log group by its ARN, too. An ARN that ends with `:*` names no group: AWS cannot deliver there either."""
    signature = inspect.signature(create)

    @wraps(create)
    def create_flow_logs(self: Any, *arguments: Any, **named: Any) -> Any:
        bound = signature.bind(self, *arguments, **named)
        found = LOG_GROUP.fullmatch(bound.arguments["log_destination"] or "")
        if found and bound.arguments["log_group_name"] is None:
            bound.arguments["log_group_name"] = found[1]
        return create(*bound.args, **bound.kwargs)

    return create_flow_logs


def _ipv6_blocks(subnet: Any) -> list[dict[str, Any]]:
    """Return the blocks that a subnet has; moto stores a dictionary where their state belongs."""
    return [
        {**each, IPV6_STATE: {"state": each[IPV6_STATE]["State"]}}
        for each in subnet.ipv6_cidr_block_associations.values()
        if each[IPV6_STATE]["State"] == "associated"
    ]


def _with_ipv6_blocks(value_of: Callable[..., Any]) -> Callable[..., Any]:
    """Find subnets by their IPv6 blocks too, as Terraform does while it waits for one."""

    @wraps(value_of)
    def get_filter_value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        key = IPV6_FILTERS.get(filter_name)
        if key is None:
            return value_of(self, filter_name, method_name)
        associations = self.ipv6_cidr_block_association_set
        return [each[key]["state"] if key == IPV6_STATE else each[key] for each in associations]

    return get_filter_value


def _description(rule: Any) -> str | None:
    sources = (rule.ip_range, rule.source_group, rule.prefix_list_id)
    descriptions = [source["Description"] for source in sources if isinstance(source, dict) and "Description" in source]
    return descriptions[0] if descriptions else None


def _read_every_tag_specification() -> None:
    for name, resource_type in TAGGED.items():
        module: Any = importlib.import_module(f"moto.ec2.responses.{name}")
        module.add_tag_specification = _tags_of(resource_type)


def _tags_of(resource_type: str) -> Callable[[Any], dict[str, str]]:
    """Read all tag specifications; EC2 refuses one for another resource type."""

    def tags(specifications: Any) -> dict[str, str]:
        given = specifications if isinstance(specifications, list) else [specifications or {}]
        found: dict[str, str] = {}
        for each in given:
            wrong = each.get("ResourceType")
            if each and wrong != resource_type:
                words = f"'{wrong}' is not a valid taggable resource type for this operation."
                raise AwsError("InvalidParameterValue", words if wrong else NO_TYPE)
            found |= {tag["Key"]: tag.get("Value") or "" for tag in each.get("Tags") or []}
        return found

    return tags
