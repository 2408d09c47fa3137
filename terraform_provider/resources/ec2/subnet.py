"""aws_subnet."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import UNKNOWN, State

CREATE_TIMEOUT = "10m"
DELETE_TIMEOUT = "20m"
REQUEST = {
    "availability_zone": "AvailabilityZone",
    "availability_zone_id": "AvailabilityZoneId",
    "cidr_block": "CidrBlock",
    "ipv6_cidr_block": "Ipv6CidrBlock",
    "ipv6_native": "Ipv6Native",
    "vpc_id": "VpcId",
}
SWITCHES = {
    "assign_ipv6_address_on_creation": "AssignIpv6AddressOnCreation",
    "map_public_ip_on_launch": "MapPublicIpOnLaunch",
    "enable_resource_name_dns_a_record_on_launch": "EnableResourceNameDnsARecordOnLaunch",
}
ONLY_NAMES = "ip-name"
NOT_HERE = (
    "customer_owned_ipv4_pool",
    "enable_dns64",
    "enable_lni_at_device_index",
    "enable_resource_name_dns_aaaa_record_on_launch",
    "map_customer_owned_ip_on_launch",
    "outpost_arn",
)


@resource("aws_subnet")
class Subnet(Resource):
    noun = "EC2 Subnet"
    title = "id"
    gone = ("InvalidSubnetID.NotFound",)

    def validate(self, config: State) -> None:
        for name in NOT_HERE:
            if config.get(name) not in (None, False, UNKNOWN):
                raise ProviderError(f"{name}: the local cloud does not support this for subnets", "Remove it.", (name,))
        names = config.get("private_dns_hostname_type_on_launch")
        if isinstance(names, str) and names not in ("", ONLY_NAMES):
            raise ProviderError(
                f"private_dns_hostname_type_on_launch: the local cloud has {ONLY_NAMES} only",
                f'"{names}" would have no effect here.',
                ("private_dns_hostname_type_on_launch",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        request = given(planned, REQUEST) | _tags.specified("subnet", planned)
        return str(aws.client("ec2").create_subnet(**request)["Subnet"]["SubnetId"])

    def complete(self, aws: Aws, state: State) -> None:
        ec2 = aws.client("ec2")
        wait_until(
            aws,
            f"subnet {state['id']}",
            lambda: str(_described(ec2, state["id"])["State"]),
            ("available",),
            timeout_s=timeout_s(state, "create", CREATE_TIMEOUT),
            pending=("pending",),
        )
        _modify(ec2, state["id"], dict.fromkeys(SWITCHES, False), state)

    def read(self, aws: Aws, state: State) -> State | None:
        subnet = _described(aws.client("ec2"), state["id"])
        names = subnet.get("PrivateDnsNameOptionsOnLaunch") or {}
        ipv6: Mapping[str, Any] = next(
            (
                each
                for each in subnet.get("Ipv6CidrBlockAssociationSet", [])
                if each["Ipv6CidrBlockState"]["State"] == "associated"
            ),
            {},
        )
        return {
            "arn": subnet["SubnetArn"],
            "assign_ipv6_address_on_creation": subnet.get("AssignIpv6AddressOnCreation"),
            "availability_zone": subnet["AvailabilityZone"],
            "availability_zone_id": subnet["AvailabilityZoneId"],
            "cidr_block": subnet.get("CidrBlock"),
            "customer_owned_ipv4_pool": subnet.get("CustomerOwnedIpv4Pool"),
            "enable_dns64": subnet.get("EnableDns64"),
            "enable_lni_at_device_index": subnet.get("EnableLniAtDeviceIndex"),
            "enable_resource_name_dns_a_record_on_launch": names.get("EnableResourceNameDnsARecord"),
            "enable_resource_name_dns_aaaa_record_on_launch": names.get("EnableResourceNameDnsAAAARecord"),
            "ipv6_cidr_block": ipv6.get("Ipv6CidrBlock"),
            "ipv6_cidr_block_association_id": ipv6.get("AssociationId"),
            "ipv6_native": subnet.get("Ipv6Native"),
            "map_customer_owned_ip_on_launch": subnet.get("MapCustomerOwnedIpOnLaunch"),
            "map_public_ip_on_launch": subnet.get("MapPublicIpOnLaunch"),
            "outpost_arn": subnet.get("OutpostArn"),
            "owner_id": subnet["OwnerId"],
            "private_dns_hostname_type_on_launch": names.get("HostnameType"),
            "tags_all": tags.as_dict(subnet.get("Tags")),
            "vpc_id": subnet["VpcId"],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        ec2 = aws.client("ec2")
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)
        # An IPv6 block must exist before addresses are assigned from it, and until they no longer are.
        _modify(ec2, prior["id"], prior, planned, to=False)
        if "ipv6_cidr_block" in changed:
            if prior["ipv6_cidr_block_association_id"]:
                ec2.disassociate_subnet_cidr_block(AssociationId=prior["ipv6_cidr_block_association_id"])
            if planned["ipv6_cidr_block"]:
                ec2.associate_subnet_cidr_block(SubnetId=prior["id"], Ipv6CidrBlock=planned["ipv6_cidr_block"])
        _modify(ec2, prior["id"], prior, planned, to=True)

    def delete(self, aws: Aws, state: State) -> None:
        # Interfaces of a load balancer or a task leave the subnet a while after these are gone.
        retried(
            aws,
            lambda: aws.client("ec2").delete_subnet(SubnetId=state["id"]),
            codes=("DependencyViolation",),
            timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
        )


def _described(ec2: Any, subnet_id: str) -> dict[str, Any]:
    subnet: dict[str, Any] = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]
    return subnet


def _modify(ec2: Any, subnet_id: str, old: Mapping[str, Any], new: State, *, to: bool | None = None) -> None:
    """Set switches that differ; only on or only off if `to` is given. EC2 takes one attribute per call."""
    for ours, theirs in SWITCHES.items():
        wanted = bool(new[ours])
        if wanted != bool(old[ours]) and to in (None, wanted):
            ec2.modify_subnet_attribute(SubnetId=subnet_id, **{theirs: {"Value": wanted}})
