"""Load balancers and the HTTP APIs in front of them, in a real local cloud."""

import json
from typing import Any

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.ports import free_port

LOG_GROUP = "/aws/vendedlogs/apigateway/test"
FORMAT = json.dumps(
    {
        "status": "$context.status",
        "path": "$context.path",
        "method": "$context.httpMethod",
        "route": "$context.routeKey",
        "integration": "$context.integrationStatus",
        "error": "$context.error.message",
        "unknown": "$context.nothing",
    }
)


def balanced(daemon: Daemon, certificate: str | None = None, target: int | None = None) -> tuple[str, int]:
    """Create a load balancer that forwards to a port of this machine, or answers "hello" itself.

    -> ARN of its listener, port.
    """
    ec2, elbv2, port = daemon.client("ec2"), daemon.client("elbv2"), free_port()
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    blocks = ("10.1.1.0/24", "10.1.2.0/24")
    zones = ("us-west-1a", "us-west-1b")
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in zip(blocks, zones, strict=True)
    ]
    balancer = elbv2.create_load_balancer(Name=f"b-{port}", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    hello = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "hello"}
    action: dict[str, Any] = {"Type": "fixed-response", "FixedResponseConfig": hello}
    if target is not None:
        group = elbv2.create_target_group(
            Name=f"t-{target}", Port=target, VpcId=vpc, TargetType="ip", Protocol="HTTP", HealthCheckPath="/health"
        )["TargetGroups"][0]["TargetGroupArn"]
        elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": target}])
        action = {"Type": "forward", "TargetGroupArn": group}
    speaks = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": certificate}]} if certificate else {}
    created = elbv2.create_listener(
        **{"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": [action]} | speaks
    )
    return created["Listeners"][0]["ListenerArn"], port


def gateway(
    daemon: Daemon,
    listener: str,
    *route_keys: str,
    rate: float = 1000,
    burst: int = 1000,
    mappings: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Create an HTTP API as Terraform does; -> the response of CreateApi."""
    apis = daemon.client("apigatewayv2")
    subnet = daemon.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    link = apis.create_vpc_link(Name="link", SubnetIds=[subnet])["VpcLinkId"]
    api: dict[str, Any] = apis.create_api(Name="test", ProtocolType="HTTP")
    named = {"ApiId": api["ApiId"]}
    integration = apis.create_integration(
        **named,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        ConnectionType="VPC_LINK",
        ConnectionId=link,
        IntegrationUri=listener,
        PayloadFormatVersion="1.0",
        RequestParameters=mappings or {},
    )["IntegrationId"]
    for key in route_keys:
        apis.create_route(**named, RouteKey=key, Target=f"integrations/{integration}")
    apis.create_stage(
        **named,
        StageName="$default",
        AutoDeploy=True,
        DefaultRouteSettings={"ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst},
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:us-west-1:123456789012:log-group:{LOG_GROUP}",
            "Format": FORMAT,
        },
    )
    return api
