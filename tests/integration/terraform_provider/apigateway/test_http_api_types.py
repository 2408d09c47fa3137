"""The stand-in applies HTTP APIs with their links, integrations, routes and stages."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("gateway.tf").read_text()
ROUTE_SETTINGS = """  route_settings {
    route_key              = aws_apigatewayv2_route.elsewhere.route_key
    throttling_rate_limit  = 10.5
    throttling_burst_limit = 20
  }
"""
CHANGED = {
    'version       = "1"\n': "",
    'description   = "SpendSense backend"': 'description   = "The backend"',
    'allow_methods = ["GET", "POST"]': 'allow_methods = ["GET"]',
    'name               = "spend"\n  subnet_ids': 'name               = "link"\n  subnet_ids',
    'description            = "The load balancer"\n': "",
    "timeout_milliseconds   = 30000": "timeout_milliseconds   = 20000",
    '    "overwrite:header.Host"     = "a.example.com"\n': "",
    '  tls_config { server_name_to_verify = "a.example.com" }\n': "",
    '  response_parameters {\n    status_code = "200"\n    mappings    = { "append:header.X-From" = "b" }\n  }\n': "",
    'operation_name = "elsewhere"': 'operation_name = "there"',
    "throttling_rate_limit    = 500": "throttling_rate_limit    = 100",
    'path = "$context.path"': 'method = "$context.httpMethod"',
    'stage_variables = { a = "1", b = "2" }': 'stage_variables = { b = "3" }',
    'tags = { Name = "spend" }\n}\n\nresource "aws_apigatewayv2_stage"': (
        'tags = { Name = "entrance" }\n}\n\nresource "aws_apigatewayv2_stage"'
    ),
    ROUTE_SETTINGS: "",
}


def changed_world() -> str:
    made = WORLD
    for old, new in CHANGED.items():
        assert old in made
        made = made.replace(old, new)
    return made


async def test_http_apis_are_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state, gateway = await balanced.state(), daemon.client("apigatewayv2")
    api = state["aws_apigatewayv2_api.this"]
    assert api["api_endpoint"].startswith("http://127.")
    assert state["data.aws_apigatewayv2_apis.spend"]["ids"] == [api["id"]]
    stage = state["aws_apigatewayv2_stage.default"]
    assert stage["arn"] == f"arn:aws:apigateway:us-west-1::/apis/{api['id']}/stages/$default"
    assert stage["invoke_url"] == f"https://{api['id']}.execute-api.us-west-1.amazonaws.com/"

    assert await balanced.changes(changed_world()) == {
        "aws_apigatewayv2_api.this": ["update"],
        "aws_apigatewayv2_vpc_link.this": ["update"],
        "aws_apigatewayv2_integration.alb": ["update"],
        "aws_apigatewayv2_integration.elsewhere": ["update"],
        "aws_apigatewayv2_route.elsewhere": ["update"],
        "aws_apigatewayv2_stage.default": ["update"],
        "aws_apigatewayv2_stage.other": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    found = gateway.get_stage(ApiId=api["id"], StageName="$default")
    assert found["Tags"] == {"Name": "entrance", "project": "spendsense"}
    assert found["DefaultRouteSettings"]["ThrottlingRateLimit"] == 100
    other = gateway.get_stage(ApiId=api["id"], StageName="other")
    assert (other["StageVariables"], other["RouteSettings"]) == ({"b": "3"}, {})
    integration = state["aws_apigatewayv2_integration.alb"]["id"]
    integration = gateway.get_integration(ApiId=api["id"], IntegrationId=integration)
    assert integration["RequestParameters"] == {"overwrite:header.X-Client": "$context.identity.sourceIp"}
    assert "TlsConfig" not in integration

    await balanced.destroy()
    assert gateway.get_apis()["Items"] == []
    assert gateway.get_vpc_links()["Items"] == []


@pytest.mark.full
async def test_parts_of_an_api_are_imported_and_what_others_did_is_seen(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    state, gateway = await balanced.state(), daemon.client("apigatewayv2")
    api_id = state["aws_apigatewayv2_api.this"]["id"]
    for address in (
        "aws_apigatewayv2_api.this",
        "aws_apigatewayv2_vpc_link.this",
        "aws_apigatewayv2_integration.alb",
        "aws_apigatewayv2_route.default",
        "aws_apigatewayv2_stage.default",
    ):
        whole = address.endswith(("_api.this", "_link.this"))
        await balanced.succeed("state", "rm", address)
        if address.endswith("_route.default"):
            error = await balanced.fail("import", address, "x")
            assert "wrong format of import ID (x), use: 'api-id/route-id'" in error
        await balanced.succeed("import", address, ("" if whole else f"{api_id}/") + state[address]["id"])
    assert await balanced.changes() == {}

    route = state["aws_apigatewayv2_route.default"]["id"]
    gateway.delete_route(ApiId=api_id, RouteId=route)
    gateway.update_stage(ApiId=api_id, StageName="$default", AutoDeploy=False)
    assert await balanced.changes() == {
        "aws_apigatewayv2_route.default": ["create"],
        "aws_apigatewayv2_stage.default": ["update"],
    }


async def test_what_the_local_cloud_does_not_have_is_refused(planned_only: Workspace) -> None:
    planned_only.write('resource "aws_apigatewayv2_api" "a" {\n  name = "a"\n  protocol_type = "WEBSOCKET"\n}\n')
    assert 'does not serve protocol_type = "WEBSOCKET"' in await planned_only.fail("plan")
    planned_only.write(
        'resource "aws_apigatewayv2_stage" "a" {\n  api_id = "a"\n  name = "a"\n  deployment_id = "d"\n}\n'
    )
    assert 'does not serve "deployment_id"' in await planned_only.fail("plan")
