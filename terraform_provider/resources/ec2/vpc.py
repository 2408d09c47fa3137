"""aws_vpc."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, wait_until
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

TIMEOUT_S = 300.0
AMAZON = "Amazon"
"""Pool of the IPv6 blocks that Amazon provides."""
ATTRIBUTES = {
    "enable_dns_support": "EnableDnsSupport",
    "enable_dns_hostnames": "EnableDnsHostnames",
    "enable_network_address_usage_metrics": "EnableNetworkAddressUsageMetrics",
}
WHEN_NEW = {"enable_dns_support": True, "enable_dns_hostnames": False, "enable_network_address_usage_metrics": False}
NOT_HERE = ("ipv4_ipam_pool_id", "ipv4_netmask_length", "ipv6_ipam_pool_id", "ipv6_netmask_length")
IPV6 = {"assign_generated_ipv6_cidr_block", "ipv6_cidr_block_network_border_group"}


@resource("aws_vpc")
class Vpc(Resource):
    noun = "EC2 VPC"
    title = "id"
    gone = ("InvalidVpcID.NotFound",)

    def validate(self, config: State) -> None:
        for name in NOT_HERE:
            if is_set(config.get(name)):
                raise ProviderError(f"{name}: the local cloud has no IPAM", "Write the block itself.", (name,))

    def create(self, aws: Aws, planned: State) -> str:
        request: dict[str, Any] = {
            "CidrBlock": planned["cidr_block"],
            "InstanceTenancy": planned["instance_tenancy"],
            "AmazonProvidedIpv6CidrBlock": bool(planned["assign_generated_ipv6_cidr_block"]),
            **_tags.specified("vpc", planned),
        }
        if planned["ipv6_cidr_block_network_border_group"]:
            request["Ipv6CidrBlockNetworkBorderGroup"] = planned["ipv6_cidr_block_network_border_group"]
        return str(aws.client("ec2").create_vpc(**request)["Vpc"]["VpcId"])

    def complete(self, aws: Aws, state: State) -> None:
        ec2 = aws.client("ec2")
        wait_until(
            aws,
            f"VPC {state['id']}",
            lambda: str(_described(ec2, state["id"])["State"]),
            ("available",),
            timeout_s=TIMEOUT_S,
            pending=("pending",),
        )
        _modify(ec2, state["id"], WHEN_NEW, state)

    def read(self, aws: Aws, state: State) -> State | None:
        ec2, vpc_id = aws.client("ec2"), state["id"]
        vpc = _described(ec2, vpc_id)
        in_it = {"Name": "vpc-id", "Values": [vpc_id]}
        acls = ec2.describe_network_acls(Filters=[in_it, {"Name": "default", "Values": ["true"]}])["NetworkAcls"]
        tables = ec2.describe_route_tables(Filters=[in_it, {"Name": "association.main", "Values": ["true"]}])
        groups = ec2.describe_security_groups(Filters=[in_it, {"Name": "group-name", "Values": ["default"]}])
        main = next((each["RouteTableId"] for each in tables["RouteTables"]), None)
        return {
            "arn": aws.arn("ec2", f"vpc/{vpc_id}", account=vpc["OwnerId"]),
            "cidr_block": vpc["CidrBlock"],
            "default_network_acl_id": next((each["NetworkAclId"] for each in acls), None),
            "default_route_table_id": main,
            "default_security_group_id": next((each["GroupId"] for each in groups["SecurityGroups"]), None),
            "dhcp_options_id": vpc["DhcpOptionsId"],
            "instance_tenancy": vpc["InstanceTenancy"],
            "main_route_table_id": main,
            "owner_id": vpc["OwnerId"],
            "tags_all": tags.as_dict(vpc.get("Tags")),
            **_ipv6(vpc, state["ipv6_association_id"]),
            **{
                ours: ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=_lower(theirs))[theirs]["Value"]
                for ours, theirs in ATTRIBUTES.items()
            },
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        ec2 = aws.client("ec2")
        _modify(ec2, prior["id"], prior, planned)
        if changed & IPV6:
            if prior["ipv6_association_id"]:
                ec2.disassociate_vpc_cidr_block(AssociationId=prior["ipv6_association_id"])
            if planned["assign_generated_ipv6_cidr_block"]:
                group = planned["ipv6_cidr_block_network_border_group"]
                place = {"Ipv6CidrBlockNetworkBorderGroup": group} if group else {}
                ec2.associate_vpc_cidr_block(VpcId=prior["id"], AmazonProvidedIpv6CidrBlock=True, **place)
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        # Network interfaces may outlive the deleted resources that used them for a while.
        retried(
            aws,
            lambda: aws.client("ec2").delete_vpc(VpcId=state["id"]),
            codes=("DependencyViolation",),
            timeout_s=TIMEOUT_S,
        )


def _described(ec2: Any, vpc_id: str) -> dict[str, Any]:
    vpc: dict[str, Any] = ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]
    return vpc


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _modify(ec2: Any, vpc_id: str, old: Mapping[str, Any], new: State) -> None:
    """Set attributes that differ: EC2 takes one per call."""
    for ours, theirs in ATTRIBUTES.items():
        if new[ours] is not None and bool(new[ours]) != bool(old[ours]):
            ec2.modify_vpc_attribute(VpcId=vpc_id, **{theirs: {"Value": bool(new[ours])}})


def _ipv6(vpc: Mapping[str, Any], known: str | None) -> State:
    """Return the attributes of the block that the state knows, or else of the first associated block."""
    found = [
        each
        for each in vpc.get("Ipv6CidrBlockAssociationSet", [])
        if each["Ipv6CidrBlockState"]["State"] == "associated"
    ]
    chosen: Mapping[str, Any] = next((each for each in found if each["AssociationId"] == known), {})
    chosen = chosen or (found[0] if found else {})
    return {
        "assign_generated_ipv6_cidr_block": chosen.get("Ipv6Pool") == AMAZON if chosen else None,
        "ipv6_association_id": chosen.get("AssociationId"),
        "ipv6_cidr_block": chosen.get("Ipv6CidrBlock"),
        "ipv6_cidr_block_network_border_group": chosen.get("NetworkBorderGroup"),
        "ipv6_ipam_pool_id": None,
        "ipv6_netmask_length": None,
    }
