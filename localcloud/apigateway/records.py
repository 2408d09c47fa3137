"""moto's records of HTTP APIs: reads and updates them. Call everything here in moto's thread."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from localcloud.apigateway.checks import LONGEST_TIMEOUT_MS
from localcloud.apigateway.model import DEFAULT, Gateway, Route, Target
from localcloud.apigateway.parameter_mapping import header_changes
from localcloud.elb.model import Listener

if TYPE_CHECKING:
    from moto.apigatewayv2.models import Api
    from moto.apigatewayv2.models import Route as MotoRoute


def api_ids(account_id: str, region: str) -> list[str]:
    """Return the ids of all HTTP APIs. Without any, this does not import moto's module."""
    if "moto.apigatewayv2.models" not in sys.modules:
        return []
    return [api.api_id for api in _apis(account_id, region).values() if api.protocol_type == "HTTP"]


def show_endpoint(account_id: str, region: str, api_id: str, endpoint: str) -> None:
    """Make moto's responses show the API's real endpoint."""
    _apis(account_id, region)[api_id].api_endpoint = endpoint


def integration(account_id: str, region: str, api_id: str, integration_id: str) -> dict[str, object] | None:
    """Return an integration as stored, by the API's member names; empty for a new one; None for other API types."""
    api = _apis(account_id, region).get(api_id)
    if api is None or api.protocol_type != "HTTP":
        return None
    found = api.integrations.get(integration_id)
    return found.to_json() if found else {}


def gateway(account_id: str, region: str, api_id: str, listeners: Mapping[str, Listener]) -> Gateway | None:
    """Return an API's behaviour; None until it has a `$default` stage and a route to a load balancer."""
    api = _apis(account_id, region).get(api_id)
    stage = api.stages.get(DEFAULT) if api else None
    if api is None or stage is None:
        return None
    found = [(route.route_key, _target(api, route, listeners)) for route in api.routes.values()]
    routes = tuple(Route(key=key, target=target) for key, target in found if target is not None)
    if not routes:
        return None
    settings, logs = stage.default_route_settings or {}, stage.access_log_settings or {}
    rate, burst = settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")
    return Gateway(
        api_id=api_id,
        routes=routes,
        rate_per_s=float(rate) if rate else None,
        burst=int(burst) if burst else None,
        log_group=logs["destinationArn"].split(":log-group:")[1].removesuffix(":*") if logs else None,
        log_format=logs.get("format", ""),
    )


def _target(api: Api, route: MotoRoute, listeners: Mapping[str, Listener]) -> Target | None:
    integration = api.integrations.get((route.target or "").removeprefix("integrations/"))
    if integration is None or integration.integration_type != "HTTP_PROXY" or integration.connection_type != "VPC_LINK":
        return None
    listener = listeners.get(integration.integration_uri)
    return Target(
        port=listener.port if listener else None,
        is_tls=listener is not None and listener.tls is not None,
        server_name=(integration.tls_config or {}).get("serverNameToVerify"),
        header_changes=header_changes(integration.request_parameters or {}),
        timeout_s=(integration.timeout_in_millis or LONGEST_TIMEOUT_MS) / 1000,
    )


def _apis(account_id: str, region: str) -> Mapping[str, Api]:
    from moto.apigatewayv2.models import apigatewayv2_backends

    return apigatewayv2_backends[account_id][region].apis
