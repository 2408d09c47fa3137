"""aws_internet_gateway."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework import tags
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.resources.ec2 import _tags
from terraform_provider.values.unknown import State

TIMEOUT = "20m"


@resource("aws_internet_gateway")
class InternetGateway(Resource):
    noun = "EC2 Internet Gateway"
    title = "id"
    gone = ("InvalidInternetGatewayID.NotFound",)

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("ec2").create_internet_gateway(**_tags.specified("internet-gateway", planned))
        return str(made["InternetGateway"]["InternetGatewayId"])

    def complete(self, aws: Aws, state: State) -> None:
        if state["vpc_id"]:
            _attach(aws, state["id"], state["vpc_id"], timeout_s(state, "create", TIMEOUT))

    def read(self, aws: Aws, state: State) -> State | None:
        gateway = _described(aws.client("ec2"), state["id"])
        owner = gateway.get("OwnerId") or aws.account_id
        return {
            "arn": aws.arn("ec2", f"internet-gateway/{state['id']}", account=owner),
            "owner_id": owner,
            "vpc_id": next((each["VpcId"] for each in gateway.get("Attachments", [])), None),
            "tags_all": tags.as_dict(gateway.get("Tags")),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "vpc_id" in changed:
            limit = timeout_s(planned, "update", TIMEOUT)
            if prior["vpc_id"]:
                _detach(aws, prior["id"], prior["vpc_id"], limit)
            if planned["vpc_id"]:
                _attach(aws, prior["id"], planned["vpc_id"], limit)
        if "tags_all" in changed:
            _tags.change(aws, prior["id"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        limit = timeout_s(state, "delete", TIMEOUT)
        if state["vpc_id"]:
            _detach(aws, state["id"], state["vpc_id"], limit)
        retried(
            aws,
            lambda: aws.client("ec2").delete_internet_gateway(InternetGatewayId=state["id"]),
            codes=("DependencyViolation",),
            timeout_s=limit,
        )


def _described(ec2: Any, gateway_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_internet_gateways(InternetGatewayIds=[gateway_id])["InternetGateways"][0]
    return found


def _attach(aws: Aws, gateway_id: str, vpc_id: str, limit_s: float) -> None:
    ec2 = aws.client("ec2")

    def state() -> str:
        attached = _described(ec2, gateway_id).get("Attachments", [])
        return next((str(each["State"]) for each in attached if each["VpcId"] == vpc_id), "")

    retried(
        aws,
        lambda: ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id),
        codes=("InvalidInternetGatewayID.NotFound",),
        timeout_s=limit_s,
    )
    wait_until(aws, f"{gateway_id} in {vpc_id}", state, ("available",), timeout_s=limit_s)


def _detach(aws: Aws, gateway_id: str, vpc_id: str, limit_s: float) -> None:
    try:
        # The release of public addresses in the VPC may still be in progress.
        retried(
            aws,
            lambda: aws.client("ec2").detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id),
            codes=("DependencyViolation",),
            timeout_s=limit_s,
        )
    except ClientError as exc:
        if code_of(exc) not in ("Gateway.NotAttached", "InvalidInternetGatewayID.NotFound"):
            raise
