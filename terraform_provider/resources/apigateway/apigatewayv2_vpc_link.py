"""aws_apigatewayv2_vpc_link."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import duration_s, wait_until
from terraform_provider.resources.apigateway import _members
from terraform_provider.values.unknown import State

TIMEOUT = "10m"


@resource("aws_apigatewayv2_vpc_link")
class VpcLink(Resource):
    noun = "API Gateway v2 VPC Link"
    gone = _members.GONE

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("apigatewayv2").create_vpc_link(
            Name=planned["name"],
            SecurityGroupIds=sorted(planned["security_group_ids"]),
            SubnetIds=sorted(planned["subnet_ids"]),
            **_members.created_with(planned, {}),
        )
        return str(made["VpcLinkId"])

    def complete(self, aws: Aws, state: State) -> None:
        wait_until(
            aws,
            "the VPC link",
            lambda: _status(aws, state["id"]),
            ("AVAILABLE",),
            pending=("PENDING",),
            timeout_s=duration_s(TIMEOUT),
        )

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("apigatewayv2").get_vpc_link(VpcLinkId=state["id"])
        return {
            "arn": _members.arn(aws, f"vpclinks/{state['id']}"),
            "name": found["Name"],
            "security_group_ids": found.get("SecurityGroupIds") or [],
            "subnet_ids": found.get("SubnetIds") or [],
            "tags_all": found.get("Tags") or {},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "name" in changed:
            aws.client("apigatewayv2").update_vpc_link(VpcLinkId=prior["id"], Name=planned["name"])
        if "tags_all" in changed:
            _members.change_tags(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("apigatewayv2").delete_vpc_link(VpcLinkId=state["id"])
        wait_until(
            aws,
            "the VPC link",
            lambda: _status_or_gone(aws, state["id"]),
            ("",),
            pending=("DELETING",),
            timeout_s=duration_s(TIMEOUT),
        )


def _status(aws: Aws, link_id: str) -> str:
    found: dict[str, Any] = aws.client("apigatewayv2").get_vpc_link(VpcLinkId=link_id)
    if found["VpcLinkStatus"] == "FAILED":
        raise ProviderError(f"the VPC link failed: {found.get('VpcLinkStatusMessage', 'API Gateway does not say why')}")
    return str(found["VpcLinkStatus"])


def _status_or_gone(aws: Aws, link_id: str) -> str:
    try:
        return _status(aws, link_id)
    except ClientError as exc:
        if code_of(exc) in _members.GONE:
            return ""
        raise
