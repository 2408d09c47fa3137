"""aws_apigatewayv2_integration."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.apigateway import _members
from terraform_provider.values.unknown import State

MEMBERS = {
    "connection_id": "ConnectionId",
    "connection_type": "ConnectionType",
    "content_handling_strategy": "ContentHandlingStrategy",
    "credentials_arn": "CredentialsArn",
    "description": "Description",
    "integration_method": "IntegrationMethod",
    "integration_uri": "IntegrationUri",
    "passthrough_behavior": "PassthroughBehavior",
    "payload_format_version": "PayloadFormatVersion",
    "template_selection_expression": "TemplateSelectionExpression",
    "timeout_milliseconds": "TimeoutInMillis",
}
ALWAYS = {"integration_subtype": "IntegrationSubtype", "integration_type": "IntegrationType"}
"""Arguments that each update repeats."""
MAPS = {"request_parameters": "RequestParameters", "request_templates": "RequestTemplates"}
COMPUTED = {"integration_response_selection_expression": "IntegrationResponseSelectionExpression"}


@resource("aws_apigatewayv2_integration")
class Integration(Resource):
    noun = "API Gateway v2 Integration"
    title = "id"
    gone = _members.GONE

    def create(self, aws: Aws, planned: State) -> str:
        blocks = {
            "ResponseParameters": _mappings(planned["response_parameters"]),
            "TlsConfig": _tls(planned["tls_config"]),
        }
        made = aws.client("apigatewayv2").create_integration(
            ApiId=planned["api_id"],
            **_members.created_with(planned, {**MEMBERS, **ALWAYS, **MAPS}),
            **{name: value for name, value in blocks.items() if value},
        )
        return str(made["IntegrationId"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("apigatewayv2").get_integration(ApiId=state["api_id"], IntegrationId=state["id"])
        tls = found.get("TlsConfig")
        return {
            **{ours: found.get(theirs) for ours, theirs in {**MEMBERS, **ALWAYS, **COMPUTED}.items()},
            **{ours: found.get(theirs) or {} for ours, theirs in MAPS.items()},
            "response_parameters": [
                {"status_code": code, "mappings": mappings}
                for code, mappings in (found.get("ResponseParameters") or {}).items()
                if mappings
            ],
            "tls_config": [] if tls is None else [{"server_name_to_verify": tls.get("ServerNameToVerify", "")}],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        members = _members.created_with(planned, ALWAYS) | _members.changed_to(planned, MEMBERS, changed)
        if "request_parameters" in changed:
            members["RequestParameters"] = _replaced(prior["request_parameters"], planned["request_parameters"], "")
        if "request_templates" in changed:
            members["RequestTemplates"] = planned["request_templates"] or {}
        if "response_parameters" in changed:
            old, new = _mappings(prior["response_parameters"]), _mappings(planned["response_parameters"])
            members["ResponseParameters"] = _replaced(old, new, {})
        if "tls_config" in changed:
            members["TlsConfig"] = _tls(planned["tls_config"])
        aws.client("apigatewayv2").update_integration(ApiId=prior["api_id"], IntegrationId=prior["id"], **members)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("apigatewayv2").delete_integration(ApiId=state["api_id"], IntegrationId=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return _members.imported(id, "integration-id")


def _mappings(blocks: list[State] | None) -> dict[str, Any]:
    return {block["status_code"]: block["mappings"] for block in blocks or () if block["mappings"]}


def _tls(blocks: list[State] | None) -> dict[str, str]:
    name = (blocks[0] or {}).get("server_name_to_verify") if blocks else None
    return {"ServerNameToVerify": name} if name else {}


def _replaced(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, removed: object) -> dict[str, Any]:
    """Return a whole map for an update, which keeps unnamed keys, and removes those with the value `removed`."""
    return dict.fromkeys(old or (), removed) | dict(new or {})
