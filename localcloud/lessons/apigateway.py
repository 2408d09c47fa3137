"""API Gateway HTTP APIs: a stage can be changed, and a domain name deleted that has mappings."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote


def teach() -> None:
    """moto makes and deletes stages only, and stumbles over the mappings of a name."""
    from moto.apigatewayv2.models import ApiGatewayV2Backend
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    answering: Any = ApiGatewayV2Response
    answering.update_stage = update_stage
    backend: Any = ApiGatewayV2Backend
    backend.delete_domain_name = _without_mappings(backend.delete_domain_name)


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
