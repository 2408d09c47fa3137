"""API Gateway HTTP APIs: a stage can be changed."""

import json
from typing import Any
from urllib.parse import unquote


def teach() -> None:
    """moto makes and deletes stages only."""
    from moto.apigatewayv2.responses import ApiGatewayV2Response

    answering: Any = ApiGatewayV2Response
    answering.update_stage = update_stage


def update_stage(self: Any) -> Any:
    from moto.apigatewayv2.models import Stage

    *_, api_id, _, name = self.path.rstrip("/").split("/")
    api = self.apigatewayv2_backend.get_api(api_id)
    old = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
    stage = api.stages[old.name] = Stage(api=api, config=old.config | json.loads(self.body))
    stage.created = old.created
    return 200, {}, json.dumps(stage.to_json())
