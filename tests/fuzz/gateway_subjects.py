"""HTTP APIs of API Gateway, for the fuzz."""

from collections.abc import Collection
from typing import Any

from localcloud.apigateway.gateways import Gateways
from localcloud.cloudwatch.logs.api import Logs
from localcloud.host import Host
from tests.fuzz.subjects import Subject
from tests.integration.localcloud.conftest import Cloud

# What API Gateway names by itself, filled by `prepare`.
APIS: list[str] = []
INTEGRATIONS: list[str] = []
ROUTES: list[str] = []
LINKS: list[str] = []


def _gateways(host: Host) -> Gateways:
    return Gateways(host, Logs(host), tuple)


async def _prepare(cloud: Cloud) -> None:
    api = (await cloud.call("apigatewayv2", "create_api", Name="fuzz", ProtocolType="HTTP"))["ApiId"]
    subnet = (await cloud.call("ec2", "describe_subnets"))["Subnets"][0]["SubnetId"]
    link = await cloud.call("apigatewayv2", "create_vpc_link", Name="fuzz", SubnetIds=[subnet])
    integration = await cloud.call(
        "apigatewayv2",
        "create_integration",
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="http://example.com",
        PayloadFormatVersion="1.0",
    )
    route = await cloud.call("apigatewayv2", "create_route", ApiId=api, RouteKey="GET /fuzz")
    await cloud.call("apigatewayv2", "create_stage", ApiId=api, StageName="fuzz")
    APIS[:], LINKS[:] = [api], [link["VpcLinkId"]]
    INTEGRATIONS[:], ROUTES[:] = [integration["IntegrationId"]], [route["RouteId"]]


def _listed(cloud: Cloud, client: Any) -> Collection[str]:
    return {f"api {each['ApiId']}" for each in client.get_apis()["Items"]}


GATEWAYS = (
    Subject(
        service="apigatewayv2",
        parts={"apigateway": _gateways},
        known={
            "ApiId": APIS,
            "IntegrationId": INTEGRATIONS,
            "RouteId": ROUTES,
            "VpcLinkId": LINKS,
            "StageName": ["fuzz"],
            "RouteKey": ["GET /fuzz"],
        },
        prepare=_prepare,
        listed=_listed,
    ),
)
