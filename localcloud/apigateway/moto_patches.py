"""API Gateway HTTP APIs: stages and mappings are updated as on AWS, and a domain name is deleted with its mappings."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote


def patch() -> None:
    """moto can create and delete stages but not update them, and it fails on the mappings of a domain name."""
    from moto.apigatewayv2.models import ApiGatewayV2Backend, Integration
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    answering: Any = ApiGatewayV2Response
    answering.update_stage = update_stage
    integrations: Any = Integration
    integrations.update = _merging(integrations.update)
    backend: Any = ApiGatewayV2Backend
    backend.delete_domain_name = _without_mappings(backend.delete_domain_name)


def _merging(update: Callable[..., None]) -> Callable[..., None]:
    """Keep request parameters that an update does not name; remove one with an empty value."""

    def updating(self: Any, *, request_parameters: dict[str, str] | None, **members: Any) -> None:
        if request_parameters is not None:
            request_parameters = (self.request_parameters or {}) | request_parameters
        update(self, request_parameters=request_parameters, **members)

    return updating


def _without_mappings(delete: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    def deleting(self: Any, domain_name: str) -> None:
        if domain_name in self.domain_names:
            others = {key: each for key, each in self.api_mappings.items() if each.domain_name != domain_name}
            self.api_mappings = others
        delete(self, domain_name)

    return deleting


def update_stage(self: Any) -> Any:
    from moto.apigatewayv2.models import Stage

    *_, api_id, _, name = self.path.rstrip("/").split("/")
    api = self.apigatewayv2_backend.get_api(api_id)
    old = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
    stage = api.stages[old.name] = Stage(api=api, config=old.config | json.loads(self.body))
    stage.created = old.created
    return 200, {}, json.dumps(stage.to_json())
