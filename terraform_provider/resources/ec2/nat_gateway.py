"""aws_nat_gateway."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_until
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

CREATE_TIMEOUT = "10m"
DELETE_TIMEOUT = "30m"
REQUEST = {"allocation_id": "AllocationId", "connectivity_type": "ConnectivityType", "subnet_id": "SubnetId"}
ADDRESS = {
    "allocation_id": "AllocationId",
    "association_id": "AssociationId",
    "network_interface_id": "NetworkInterfaceId",
    "private_ip": "PrivateIp",
    "public_ip": "PublicIp",
}
NOT_HERE = (
    "private_ip",
    "secondary_allocation_ids",
    "secondary_private_ip_address_count",
    "secondary_private_ip_addresses",
)
ENDED = ("deleting", "deleted")


@resource("aws_nat_gateway")
class NatGateway(Resource):
    noun = "EC2 NAT Gateway"
    title = "id"
    gone = ("NatGatewayNotFound",)

    def validate(self, config: State) -> None:
        for name in NOT_HERE:
            if is_set(config.get(name)):
                raise ProviderError(
                    f"{name}: NAT gateways of the local cloud choose their address", "Remove it.", (name,)
                )

    def customize_plan(self, change: Change) -> None:
        if change.config["connectivity_type"] == "private" and change.config["allocation_id"] is not None:
            change.refuse(
                '`allocation_id` is not supported with connectivity_type = "private"', attribute="allocation_id"
            )

    def create(self, aws: Aws, planned: State) -> str:
        request = given(planned, REQUEST) | _tags.specified("natgateway", planned)
        return str(aws.client("ec2").create_nat_gateway(**request)["NatGateway"]["NatGatewayId"])

    def complete(self, aws: Aws, state: State) -> None:
        ec2 = aws.client("ec2")
        wait_until(
            aws,
            f"NAT gateway {state['id']}",
            lambda: _state(_described(ec2, state["id"])),
            ("available",),
            timeout_s=timeout_s(state, "create", CREATE_TIMEOUT),
            pending=("", "pending"),
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = _described(aws.client("ec2"), state["id"])
        if _state(found) in ("", *ENDED):
            return None
        addresses = found["NatGatewayAddresses"]
        first: dict[str, Any] = next((each for each in addresses if each.get("IsPrimary") or len(addresses) == 1), {})
        others = [each for each in addresses if each is not first]
        return {
            "connectivity_type": found["ConnectivityType"],
            "secondary_allocation_ids": [each["AllocationId"] for each in others if each.get("AllocationId")],
            "secondary_private_ip_address_count": len(others),
            "secondary_private_ip_addresses": [each["PrivateIp"] for each in others],
            "subnet_id": found["SubnetId"],
            "tags_all": tags.as_dict(found.get("Tags")),
            **{ours: first.get(theirs) for ours, theirs in ADDRESS.items()},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        ec2 = aws.client("ec2")
        ec2.delete_nat_gateway(NatGatewayId=state["id"])
        wait_until(
            aws,
            f"NAT gateway {state['id']}",
            lambda: _state(_described(ec2, state["id"])),
            ("deleted", ""),
            timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
        )


def _described(ec2: Any, gateway_id: str) -> dict[str, Any]:
    """Return a gateway; an empty description when there is none."""
    found: list[dict[str, Any]] = ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"]
    return found[0] if found else {}


def _state(gateway: dict[str, Any]) -> str:
    """Return its state. Errors: ProviderError with the reason where it failed."""
    if gateway.get("State") == "failed":
        raise ProviderError(
            f"{gateway.get('FailureCode')}: {gateway.get('FailureMessage')}",
            "Correct what EC2 names, then apply again.",
        )
    return str(gateway.get("State", ""))
