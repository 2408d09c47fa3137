"""API Gateway HTTP APIs: stages and mappings are updated as on AWS, and a domain name is deleted with its mappings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from localcloud.moto.patching import replace, wrap

if TYPE_CHECKING:
    from moto.apigatewayv2.models import ApiGatewayV2Backend, Integration
    from moto.apigatewayv2.responses import ApiGatewayV2Response
    from moto.core.common_types import TYPE_RESPONSE


def patch() -> None:
    """moto can create and delete stages but not update them, and it fails on the mappings of a domain name."""
    from moto.apigatewayv2.models import ApiGatewayV2Backend, Integration
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    replace(ApiGatewayV2Response, update_stage)
    wrap(Integration, "update", _merging)
    wrap(ApiGatewayV2Backend, "delete_domain_name", _without_mappings)


def _merging(update: Callable[..., None]) -> Callable[..., None]:
    """Keep request parameters that an update does not name; remove one with an empty value."""

    def updating(self: Integration, *, request_parameters: dict[str, str] | None, **members: object) -> None:
        if request_parameters is not None:
            request_parameters = (self.request_parameters or {}) | request_parameters
        update(self, request_parameters=request_parameters, **members)

    return updating


def _without_mappings(delete: Callable[..., None]) -> Callable[..., None]:
    def deleting(self: ApiGatewayV2Backend, domain_name: str) -> None:
        if domain_name in self.domain_names:
            others = {key: each for key, each in self.api_mappings.items() if each.domain_name != domain_name}
            self.api_mappings = others
        delete(self, domain_name)

    return deleting


def update_stage(self: ApiGatewayV2Response) -> TYPE_RESPONSE:
    from moto.apigatewayv2.models import Stage

    *_, api_id, _, name = self.path.rstrip("/").split("/")
    api = self.apigatewayv2_backend.get_api(api_id)
    old = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
    stage = api.stages[old.name] = Stage(api=api, config=old.config | json.loads(self.body))
    stage.created = old.created
    return 200, {}, json.dumps(stage.to_json())
