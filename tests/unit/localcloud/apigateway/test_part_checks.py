"""API Gateway refuses parts of HTTP APIs that moto would store."""

from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.apigateway import part_checks
from localcloud.errors import AwsError

API = SimpleNamespace(protocol_type="HTTP", integrations={"i": object()}, stages={"live": object()})
SOCKETS = SimpleNamespace(protocol_type="WEBSOCKET", integrations={}, stages={})
BACKEND: Any = SimpleNamespace(apis={"a": API, "w": SOCKETS}, vpc_links={"link": object()}, get_api=lambda _: API)
PROXY = {
    "api_id": "a",
    "integration_type": "HTTP_PROXY",
    "integration_uri": "http://a",
    "payload_format_version": "1.0",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"integration_type": "MOCK"},
        {"integration_type": "HTTP"},
        {"integration_uri": None},
        {"payload_format_version": "2.0"},
        {"payload_format_version": "3.0", "integration_type": "AWS_PROXY"},
        {"connection_type": "VPC_LINK", "connection_id": "none"},
    ],
)
def test_integrations_that_an_http_api_has_not(changes: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        part_checks.check_integration(BACKEND, PROXY | changes)
    assert refused.value.code == "BadRequestException"


def test_integrations_that_there_are() -> None:
    part_checks.check_integration(BACKEND, PROXY)
    part_checks.check_integration(BACKEND, PROXY | {"connection_type": "VPC_LINK", "connection_id": "link"})
    part_checks.check_integration(BACKEND, {"api_id": "a", "integration_type": "AWS_PROXY"})
    part_checks.check_integration(BACKEND, {"api_id": "w", "integration_type": "MOCK"})


@pytest.mark.parametrize("key", ["get /a", "FOO /a", "GET a", "GET", "/a", "default", ""])
def test_route_keys_that_are_none(key: str) -> None:
    with pytest.raises(AwsError, match="not formatted properly for HTTP protocol"):
        part_checks.check_route(BACKEND, {"api_id": "a", "route_key": key})


def test_routes_lead_to_integrations_of_their_api() -> None:
    for key in ("$default", "GET /", "ANY /{proxy+}"):
        part_checks.check_route(BACKEND, {"api_id": "a", "route_key": key, "target": "integrations/i"})
    part_checks.check_route(BACKEND, {"api_id": "w", "route_key": "$connect"})
    with pytest.raises(AwsError, match="Invalid Integration identifier specified x") as refused:
        part_checks.check_route(BACKEND, {"api_id": "a", "route_key": "GET /", "target": "integrations/x"})
    assert refused.value.code == "NotFoundException"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"stageName": "a b"}, "BadRequestException"),
        ({"stageName": "live"}, "ConflictException"),
        ({"stageName": "s", "accessLogSettings": {"destinationArn": "logs"}}, "BadRequestException"),
        ({"stageName": "s", "defaultRouteSettings": {"throttlingBurstLimit": -1}}, "BadRequestException"),
        ({"stageName": "s", "routeSettings": {"GET /": {"throttlingRateLimit": -0.5}}}, "BadRequestException"),
    ],
)
def test_stages_that_cannot_be(config: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as refused:
        part_checks.check_stage(BACKEND, {"api_id": "a", "config": config})
    assert refused.value.code == code


def test_stages_that_can_be_and_a_link_without_subnets() -> None:
    logs = {"destinationArn": "arn:aws:logs:us-west-1:123456789012:log-group:/gateway", "format": "x"}
    for name in ("$default", "v1-a_b"):
        part_checks.check_stage(BACKEND, {"api_id": "a", "config": {"stageName": name, "accessLogSettings": logs}})
    with pytest.raises(AwsError, match="at least one subnet"):
        part_checks.check_vpc_link(BACKEND, {"subnet_ids": []})
