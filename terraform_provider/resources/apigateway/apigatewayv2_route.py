"""aws_apigatewayv2_route."""

from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.apigateway import _members
from terraform_provider.values.unknown import State

MEMBERS = {
    "api_key_required": "ApiKeyRequired",
    "authorization_type": "AuthorizationType",
    "authorizer_id": "AuthorizerId",
    "model_selection_expression": "ModelSelectionExpression",
    "operation_name": "OperationName",
    "route_key": "RouteKey",
    "route_response_selection_expression": "RouteResponseSelectionExpression",
    "target": "Target",
}


@resource("aws_apigatewayv2_route")
class Route(Resource):
    noun = "API Gateway v2 Route"
    title = "route_key"
    gone = _members.GONE

    def create(self, aws: Aws, planned: State) -> str:
        collections = {
            "AuthorizationScopes": sorted(planned["authorization_scopes"] or ()),
            "RequestModels": planned["request_models"],
            "RequestParameters": _parameters(planned["request_parameter"]),
        }
        made = aws.client("apigatewayv2").create_route(
            ApiId=planned["api_id"],
            **_members.created_with(planned, MEMBERS),
            **{name: value for name, value in collections.items() if value},
        )
        return str(made["RouteId"])

    def read(self, aws: Aws, state: State) -> State | None:
        found = aws.client("apigatewayv2").get_route(ApiId=state["api_id"], RouteId=state["id"])
        return {
            **{ours: found.get(theirs) for ours, theirs in MEMBERS.items()},
            "authorization_scopes": found.get("AuthorizationScopes") or [],
            "request_models": found.get("RequestModels") or {},
            "request_parameter": [
                {"request_parameter_key": key, "required": rule.get("Required", False)}
                for key, rule in (found.get("RequestParameters") or {}).items()
            ],
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        members = _members.changed_to(planned, MEMBERS, changed)
        if "authorizer_id" in changed:
            members["AuthorizationType"] = planned["authorization_type"]
        if "authorization_scopes" in changed:
            members["AuthorizationScopes"] = sorted(planned["authorization_scopes"] or ())
        if "request_models" in changed:
            members["RequestModels"] = planned["request_models"] or {}
        if "request_parameter" in changed:
            _remove_parameters(aws, prior, planned)
            members |= {"RequestParameters": left} if (left := _parameters(planned["request_parameter"])) else {}
        if members:
            aws.client("apigatewayv2").update_route(ApiId=prior["api_id"], RouteId=prior["id"], **members)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("apigatewayv2").delete_route(ApiId=state["api_id"], RouteId=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return _members.imported(id, "route-id")


def _parameters(blocks: list[State] | None) -> dict[str, Any]:
    return {block["request_parameter_key"]: {"Required": bool(block["required"])} for block in blocks or ()}


def _remove_parameters(aws: Aws, prior: State, planned: State) -> None:
    for block in prior["request_parameter"] or ():
        if block in (planned["request_parameter"] or ()):
            continue
        try:
            aws.client("apigatewayv2").delete_route_request_parameter(
                ApiId=prior["api_id"], RouteId=prior["id"], RequestParameterKey=block["request_parameter_key"]
            )
        except ClientError as exc:
            if code_of(exc) not in _members.GONE:
                raise
