"""aws_apigatewayv2_api."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.arguments import refuse_not_served
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.apigateway import _members
from terraform_provider.values.unknown import UNKNOWN, State

MEMBERS = {
    "api_key_selection_expression": "ApiKeySelectionExpression",
    "description": "Description",
    "disable_execute_api_endpoint": "DisableExecuteApiEndpoint",
    "ip_address_type": "IpAddressType",
    "name": "Name",
    "route_selection_expression": "RouteSelectionExpression",
    "version": "Version",
}
CORS_LISTS = {
    "allow_headers": "AllowHeaders",
    "allow_methods": "AllowMethods",
    "allow_origins": "AllowOrigins",
    "expose_headers": "ExposeHeaders",
}
NOT_SERVED = ("body", "credentials_arn", "route_key", "target")
"""Arguments that the local cloud does not support: APIs made from a definition, and quick creation."""


@resource("aws_apigatewayv2_api")
class Api(Resource):
    noun = "API Gateway v2 API"
    gone = _members.GONE

    def validate(self, config: State) -> None:
        refuse_not_served(
            config, NOT_SERVED, advice="Write the API's integrations and routes as resources, or use the real provider."
        )
        _allow_only(config, "protocol_type", "HTTP", "the local cloud serves HTTP APIs only")
        _allow_only(config, "ip_address_type", "ipv4", "the local cloud has no IPv6")

    def create(self, aws: Aws, planned: State) -> str:
        made = aws.client("apigatewayv2").create_api(
            ProtocolType=planned["protocol_type"],
            **_members.created_with(planned, MEMBERS),
            **_cors_request(planned["cors_configuration"]),
        )
        return str(made["ApiId"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("apigatewayv2").get_api(ApiId=state["id"])
        return {
            **{ours: found.get(theirs) for ours, theirs in MEMBERS.items()},
            "api_endpoint": found.get("ApiEndpoint"),
            "arn": _members.arn(aws, f"apis/{state['id']}"),
            "cors_configuration": _cors_block(found.get("CorsConfiguration")),
            "execution_arn": aws.arn("execute-api", state["id"]),
            "protocol_type": found["ProtocolType"],
            "tags_all": found.get("Tags") or {},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        api, members = aws.client("apigatewayv2"), _members.changed_to(planned, MEMBERS, changed)
        if "cors_configuration" in changed:
            if planned["cors_configuration"]:
                members |= _cors_request(planned["cors_configuration"])
            else:
                api.delete_cors_configuration(ApiId=prior["id"])
        if members:
            api.update_api(ApiId=prior["id"], **members)
        if "tags_all" in changed:
            _members.change_tags(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("apigatewayv2").delete_api(ApiId=state["id"])


def _allow_only(config: State, name: str, allowed: str, why: str) -> None:
    if config.get(name) not in (None, UNKNOWN, "", allowed):
        raise ProviderError(
            f'the stand-in for hashicorp/aws does not serve {name} = "{config[name]}"',
            f"Use {allowed}, or the real provider: {why}.",
            (name,),
        )


def _cors_request(blocks: list[State] | None) -> dict[str, Any]:
    if not blocks:
        return {}
    block = blocks[0]
    return {
        "CorsConfiguration": {
            "AllowCredentials": bool(block["allow_credentials"]),
            "MaxAge": block["max_age"] or 0,
            **{theirs: sorted(block[ours] or ()) for ours, theirs in CORS_LISTS.items()},
        }
    }


def _cors_block(found: Mapping[str, Any] | None) -> list[State]:
    if found is None:
        return []
    return [
        {
            "allow_credentials": found.get("AllowCredentials", False),
            "max_age": found.get("MaxAge", 0),
            **{ours: found.get(theirs) or [] for ours, theirs in CORS_LISTS.items()},
        }
    ]
