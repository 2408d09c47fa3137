"""API Gateway HTTP APIs: their parts are updated and tagged as on AWS; deleting a domain name deletes its mappings."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from localcloud.apigateway.part_checks import CHECKS, check_stage, check_stage_settings
from localcloud.moto.patching import checking, replace, wrap

if TYPE_CHECKING:
    from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Integration, Route, Stage
    from moto.apigatewayv2.responses import ApiGatewayV2Response
    from moto.core.common_types import TYPE_RESPONSE

STAGE = "{0}/v2/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)"
PATHS = (
    STAGE + "/routesettings/(?P<route_key>.+)$",
    "{0}/v2/tags/(?P<arn>[^/]+)/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)$",
)
"""Paths that moto does not serve."""
IP_ADDRESS_TYPE = "ipv4"


def patch() -> None:
    """moto cannot update or tag stages, ignores emptied values in updates, and fails on a domain name's mappings."""
    from moto.apigatewayv2 import urls
    from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Integration, Route
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    replace(ApiGatewayV2Response, create_stage, get_stage, get_stages, update_stage, delete_route_settings)
    paths: dict[str, Any] = urls.url_paths
    paths |= dict.fromkeys(PATHS, ApiGatewayV2Response.dispatch)
    wrap(Api, "to_json", _with_address_type)
    wrap(Integration, "update", _merging)
    route: Any = Route
    route.update = _update_route
    wrap(ApiGatewayV2Backend, "delete_domain_name", _without_mappings)
    for name, check in CHECKS.items():
        wrap(ApiGatewayV2Backend, name, checking(check))


def _with_address_type(to_json: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    return lambda self: {**to_json(self), "ipAddressType": IP_ADDRESS_TYPE}


def _merging(update: Callable[..., None]) -> Callable[..., None]:
    """Keep parameters that an update does not name; remove one with an empty value."""

    def updating(
        self: Integration,
        *,
        request_parameters: dict[str, str] | None,
        response_parameters: dict[str, dict[str, str]] | None,
        **members: object,
    ) -> None:
        if request_parameters is not None:
            request_parameters = (self.request_parameters or {}) | request_parameters
        if response_parameters is not None:
            response_parameters = _merged(self.response_parameters, response_parameters)
        update(self, request_parameters=request_parameters, response_parameters=response_parameters, **members)
        self.tls_config = self.tls_config or None

    return updating


def _merged(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, Any]:
    """Change what an update names, and remove what it empties."""
    return {key: value for key, value in {**(old or {}), **new}.items() if value}


def _update_route(self: Route, **members: object) -> None:
    """Change what an update names, even where the new value is empty."""
    for name, value in members.items():
        if value is not None:
            setattr(self, name, value)


def _without_mappings(delete: Callable[..., None]) -> Callable[..., None]:
    def deleting(self: ApiGatewayV2Backend, domain_name: str) -> None:
        if domain_name in self.domain_names:
            others = {key: each for key, each in self.api_mappings.items() if each.domain_name != domain_name}
            self.api_mappings = others
        delete(self, domain_name)

    return deleting


def create_stage(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    api = self.apigatewayv2_backend.get_api(self.path.rstrip("/").split("/")[-2])
    config = json.loads(self.body)
    check_stage(self.apigatewayv2_backend, {"api_id": api.api_id, "config": config})
    stage = api.create_stage(config)
    self.apigatewayv2_backend.tag_resource(_arn(api, stage), config.get("tags") or {})
    return 200, {}, _shown(api, stage)


def get_stage(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    return 200, {}, _shown(*_stage(self))


def get_stages(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    api = self.apigatewayv2_backend.get_api(self.path.rstrip("/").split("/")[-2])
    return 200, {}, json.dumps({"items": [json.loads(_shown(api, stage)) for stage in api.stages.values()]})


def update_stage(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    from moto.apigatewayv2.models import Stage

    api, old = _stage(self)
    members = json.loads(self.body)
    check_stage_settings(members)
    if "stageVariables" in members:
        members["stageVariables"] = _merged(old.stage_variables, members["stageVariables"])
    stage = api.stages[old.name] = Stage(api=api, config=old.config | members)
    stage.created = old.created
    return 200, {}, _shown(api, stage)


def delete_route_settings(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    from moto.apigatewayv2.exceptions import RouteNotFound

    _, stage = _stage(self)
    route_key = unquote(self.path.split("/routesettings/")[1])
    if route_key not in stage.route_settings:
        raise RouteNotFound(route_key)
    del stage.route_settings[route_key]
    return 204, {}, ""


def _stage(self: ApiGatewayV2Response) -> tuple[Api, Stage]:
    """Find the stage that the path names."""
    api_id, _, rest = self.path.partition("/v2/apis/")[2].partition("/stages/")
    api = self.apigatewayv2_backend.get_api(api_id)
    return api, api.get_stage(unquote(rest.split("/")[0]))


def _arn(api: Api, stage: Stage) -> str:
    return f"{api.arn}/stages/{stage.name}"


def _shown(api: Api, stage: Stage) -> str:
    return json.dumps({**stage.to_json(), "tags": api.backend.get_tags(_arn(api, stage))})
