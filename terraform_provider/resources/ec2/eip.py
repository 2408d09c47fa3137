"""aws_eip."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

UPDATE_TIMEOUT = "5m"
DELETE_TIMEOUT = "3m"
REQUEST = {"address": "Address"}
ASSOCIATION = {
    "associate_with_private_ip": "PrivateIpAddress",
    "instance": "InstanceId",
    "network_interface": "NetworkInterfaceId",
}
NOT_HERE = ("associate_with_private_ip", "customer_owned_ipv4_pool", "ipam_pool_id", "public_ipv4_pool")
NO_ADDRESS = ("InvalidAllocationID.NotFound", "InvalidAddress.NotFound")
FIRST_REGION = "us-east-1"
"""The region whose host names contain no region."""


@resource("aws_eip")
class Eip(Resource):
    noun = "EC2 EIP"
    title = "id"
    gone = NO_ADDRESS

    def validate(self, config: State) -> None:
        for name in NOT_HERE:
            if is_set(config.get(name)):
                raise ProviderError(
                    f"{name}: the local cloud does not support this for addresses", "Remove it.", (name,)
                )

    def create(self, aws: Aws, planned: State) -> str:
        request = {"Domain": "vpc", **given(planned, REQUEST), **_tags.specified("elastic-ip", planned)}
        return str(aws.client("ec2").allocate_address(**request)["AllocationId"])

    def complete(self, aws: Aws, state: State) -> None:
        if state["instance"] or state["network_interface"]:
            _associate(aws, state)

    def read(self, aws: Aws, state: State) -> State | None:
        ec2 = aws.client("ec2")
        found = ec2.describe_addresses(AllocationIds=[state["id"]])["Addresses"][0]
        private, public = found.get("PrivateIpAddress"), found.get("PublicIp")
        return {
            "allocation_id": found["AllocationId"],
            "arn": aws.arn("ec2", f"elastic-ip/{found['AllocationId']}"),
            "association_id": found.get("AssociationId"),
            "carrier_ip": found.get("CarrierIp"),
            "customer_owned_ip": found.get("CustomerOwnedIp"),
            "customer_owned_ipv4_pool": found.get("CustomerOwnedIpv4Pool"),
            "domain": found["Domain"],
            "instance": found.get("InstanceId"),
            "network_border_group": found.get("NetworkBorderGroup"),
            "network_interface": found.get("NetworkInterfaceId"),
            "private_ip": private,
            "ptr_record": _reverse_name(ec2, state["id"]),
            "public_ip": public,
            "public_ipv4_pool": found.get("PublicIpv4Pool"),
            "tags_all": tags.as_dict(found.get("Tags")),
            "vpc": found["Domain"] == "vpc",
            **({"private_dns": _private_name(aws, private)} if private else {}),
            **({"public_dns": _public_name(aws, public)} if public else {}),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if changed & ASSOCIATION.keys():
            if prior["association_id"]:
                _disassociate(aws, prior["association_id"])
            if planned["instance"] or planned["network_interface"]:
                _associate(aws, planned)
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        if (state["instance"] or state["network_interface"]) and state["association_id"]:
            _disassociate(aws, state["association_id"])
        # The address stays mapped until its NAT gateway or load balancer has released it.
        retried(
            aws,
            lambda: aws.client("ec2").release_address(AllocationId=state["id"]),
            codes=("AuthFailure", "InvalidIPAddress.InUse"),
            timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
        )


def _associate(aws: Aws, state: State) -> None:
    retried(
        aws,
        lambda: aws.client("ec2").associate_address(AllocationId=state["id"], **given(state, ASSOCIATION)),
        codes=NO_ADDRESS,
        timeout_s=timeout_s(state, "update", UPDATE_TIMEOUT),
    )


def _disassociate(aws: Aws, association_id: str) -> None:
    try:
        aws.client("ec2").disassociate_address(AssociationId=association_id)
    except ClientError as exc:
        if code_of(exc) != "InvalidAssociationID.NotFound":
            raise


def _reverse_name(ec2: Any, allocation_id: str) -> str | None:
    found = ec2.describe_addresses_attribute(AllocationIds=[allocation_id], Attribute="domain-name")["Addresses"]
    return next((each.get("PtrRecord") for each in found), None)


def _private_name(aws: Aws, address: str) -> str:
    place = "ec2" if aws.region == FIRST_REGION else f"{aws.region}.compute"
    return f"ip-{address.replace('.', '-')}.{place}.internal"


def _public_name(aws: Aws, address: str) -> str:
    place = "compute-1" if aws.region == FIRST_REGION else f"{aws.region}.compute"
    return f"ec2-{address.replace('.', '-')}.{place}.{aws.dns_suffix}"
