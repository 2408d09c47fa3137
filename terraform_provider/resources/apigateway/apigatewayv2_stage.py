"""aws_apigatewayv2_stage."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.arguments import is_set
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError, code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.apigateway import _members
from terraform_provider.values.unknown import State

MEMBERS = {"client_certificate_id": "ClientCertificateId", "description": "Description"}
DEFAULT = "$default"
LIMITS = {"throttling_burst_limit": "ThrottlingBurstLimit", "throttling_rate_limit": "ThrottlingRateLimit"}


@resource("aws_apigatewayv2_stage")
class Stage(Resource):
    noun = "API Gateway v2 Stage"
    gone = _members.GONE

    def validate(self, config: State) -> None:
        if is_set(config.get("deployment_id")):
            raise ProviderError(
                'the stand-in for hashicorp/aws does not serve "deployment_id"',
                "The local cloud has no deployments of APIs. Set auto_deploy = true, or use the real provider.",
                ("deployment_id",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        optional = {
            "AccessLogSettings": _logs(planned["access_log_settings"]),
            "DefaultRouteSettings": _default_settings(planned["default_route_settings"]),
            "RouteSettings": _settings_by_key(planned["route_settings"]),
            "StageVariables": planned["stage_variables"],
        }
        made = aws.client("apigatewayv2").create_stage(
            ApiId=planned["api_id"],
            StageName=planned["name"],
            AutoDeploy=bool(planned["auto_deploy"]),
            **_members.created_with(planned, MEMBERS),
            **{name: value for name, value in optional.items() if value},
        )
        return str(made["StageName"])

    def read(self, aws: Aws, state: State) -> State | None:
        api_id, name = state["api_id"], state["id"]
        found = aws.client("apigatewayv2").get_stage(ApiId=api_id, StageName=name)
        logs, settings = found.get("AccessLogSettings"), found.get("DefaultRouteSettings")
        return {
            **{ours: found.get(theirs) for ours, theirs in MEMBERS.items()},
            "access_log_settings": [] if logs is None else [_logs_block(logs)],
            "arn": _members.arn(aws, f"apis/{api_id}/stages/{name}"),
            "auto_deploy": found.get("AutoDeploy"),
            "default_route_settings": [] if settings is None else [_settings_block(settings)],
            "deployment_id": found.get("DeploymentId"),
            "execution_arn": aws.arn("execute-api", f"{api_id}/{name}"),
            "invoke_url": _url(aws, api_id, name),
            "name": found["StageName"],
            "route_settings": [
                {**_settings_block(each), "route_key": key} for key, each in (found.get("RouteSettings") or {}).items()
            ],
            "stage_variables": found.get("StageVariables") or {},
            "tags_all": found.get("Tags") or {},
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        members = _members.changed_to(planned, MEMBERS, changed)
        if "access_log_settings" in changed:
            members["AccessLogSettings"] = _logs(planned["access_log_settings"])
        if "auto_deploy" in changed:
            members["AutoDeploy"] = bool(planned["auto_deploy"])
        if "default_route_settings" in changed:
            members["DefaultRouteSettings"] = _default_settings(planned["default_route_settings"])
        if "route_settings" in changed:
            _remove_settings(aws, prior, planned)
            members["RouteSettings"] = _settings_by_key(planned["route_settings"])
        if "stage_variables" in changed:
            # An empty value removes a variable.
            members["StageVariables"] = dict.fromkeys(prior["stage_variables"] or (), "") | (
                planned["stage_variables"] or {}
            )
        if members:
            aws.client("apigatewayv2").update_stage(ApiId=prior["api_id"], StageName=prior["id"], **members)
        if "tags_all" in changed:
            _members.change_tags(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("apigatewayv2").delete_stage(ApiId=state["api_id"], StageName=state["id"])

    def imported(self, aws: Aws, id: str) -> State:  # noqa: A002
        return _members.imported(id, "stage-name")


def _logs(blocks: list[State] | None) -> dict[str, str]:
    return {"DestinationArn": blocks[0]["destination_arn"], "Format": blocks[0]["format"]} if blocks else {}


def _logs_block(found: Mapping[str, str]) -> State:
    return {"destination_arn": found.get("DestinationArn", ""), "format": found.get("Format", "")}


def _default_settings(blocks: list[State] | None) -> dict[str, Any]:
    return _settings(blocks[0]) if blocks and blocks[0] else {}


def _settings_by_key(blocks: list[State] | None) -> dict[str, Any]:
    return {block["route_key"]: _settings(block) for block in blocks or ()}


def _settings(block: State) -> dict[str, Any]:
    """Return the settings of an HTTP API's stage, which has neither a logging level nor traces."""
    return {
        "DetailedMetricsEnabled": bool(block["detailed_metrics_enabled"]),
        **{theirs: block[ours] or 0 for ours, theirs in LIMITS.items()},
    }


def _settings_block(found: Mapping[str, Any]) -> State:
    return {
        "data_trace_enabled": found.get("DataTraceEnabled", False),
        "detailed_metrics_enabled": found.get("DetailedMetricsEnabled", False),
        "logging_level": found.get("LoggingLevel", ""),
        **{ours: found.get(theirs, 0) for ours, theirs in LIMITS.items()},
    }


def _remove_settings(aws: Aws, prior: State, planned: State) -> None:
    for block in prior["route_settings"] or ():
        if block in (planned["route_settings"] or ()):
            continue
        try:
            aws.client("apigatewayv2").delete_route_settings(
                ApiId=prior["api_id"], StageName=prior["id"], RouteKey=block["route_key"]
            )
        except ClientError as exc:
            if code_of(exc) not in _members.GONE:
                raise


def _url(aws: Aws, api_id: str, stage: str) -> str:
    return f"https://{api_id}.execute-api.{aws.region}.{aws.dns_suffix}/" + ("" if stage == DEFAULT else stage)
