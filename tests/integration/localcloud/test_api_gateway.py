"""An HTTP API in front of a load balancer: it routes, throttles, logs and stays where it is."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.elb.certificates import LocalCertificates
from tests.integration.localcloud.ecs.daemon import Daemon, start, until
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


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = start(tmp_path_factory.mktemp("gateway") / "cloud")
    yield running
    assert running.stop() == 0


def balanced(daemon: Daemon, certificate: str | None = None) -> tuple[str, int]:
    """A load balancer that answers "hello" by itself; -> ARN of its listener, port."""
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
    actions = [{"Type": "fixed-response", "FixedResponseConfig": hello}]
    speaks = {"Protocol": "HTTPS", "Certificates": [{"CertificateArn": certificate}]} if certificate else {}
    made = elbv2.create_listener(
        **{"LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": port, "DefaultActions": actions} | speaks
    )
    return made["Listeners"][0]["ListenerArn"], port


def gateway(daemon: Daemon, listener: str, *route_keys: str, rate: float = 1000, burst: int = 1000) -> dict[str, Any]:
    """An HTTP API as Terraform makes it; -> what CreateApi told."""
    apis = daemon.client("apigatewayv2")
    link = apis.create_vpc_link(Name="link", SubnetIds=["subnet-1"])["VpcLinkId"]
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


def test_it_routes_as_its_keys_say_and_logs_in_its_own_format(daemon: Daemon) -> None:
    logs = daemon.client("logs")
    logs.create_log_group(logGroupName=LOG_GROUP)
    api = gateway(daemon, balanced(daemon)[0], "ANY /files/{proxy+}", "GET /accounts/{id}")
    shown = daemon.client("apigatewayv2").get_api(ApiId=api["ApiId"])
    assert shown["ApiEndpoint"] == api["ApiEndpoint"]
    with httpx.Client(base_url=api["ApiEndpoint"], trust_env=False) as client:
        wanted = {
            ("PUT", "/files/a/b?secret=1"): 200,
            ("GET", "/accounts/7"): 200,
            ("POST", "/accounts/7"): 404,
            ("GET", "/accounts/7/8"): 404,
            ("GET", "/files/"): 404,
        }
        answers = {request: client.request(*request) for request in wanted}
    assert {request: answer.status_code for request, answer in answers.items()} == wanted
    assert answers["GET", "/accounts/7"].text == "hello"
    assert answers["GET", "/files/"].json() == {"message": "Not Found"}

    def lines() -> list[dict[str, str]]:
        events = logs.filter_log_events(logGroupName=LOG_GROUP)["events"]
        return [json.loads(event["message"]) for event in events]

    until(lambda: len(lines()) == len(wanted), "a line for each request")
    good, bad = lines()[0], lines()[2]
    assert good == {
        "status": "200",
        "path": "/files/a/b",
        "method": "PUT",
        "route": "ANY /files/{proxy+}",
        "integration": "200",
        "error": "-",
        "unknown": "-",
    }
    assert (bad["status"], bad["integration"], bad["error"]) == ("404", "-", "Not Found")


def test_a_burst_above_the_limit_gets_429_until_tokens_are_back(daemon: Daemon) -> None:
    api = gateway(daemon, balanced(daemon)[0], "$default", rate=2, burst=5)
    with httpx.Client(base_url=api["ApiEndpoint"], trust_env=False) as client:
        answers = [client.get("/") for _ in range(50)]
        let_through = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        # Two more each second, however slow the machine: far fewer than were asked for.
        assert 5 <= len(let_through) < 40
        assert len(let_through) + len(refused) == 50
        assert refused[0].json() == {"message": "Too Many Requests"}
        until(lambda: client.get("/").status_code == 200, "a token")
        daemon.client("apigatewayv2").update_stage(
            ApiId=api["ApiId"],
            StageName="$default",
            DefaultRouteSettings={"ThrottlingRateLimit": 1000.0, "ThrottlingBurstLimit": 1000},
        )
    with httpx.Client(base_url=api["ApiEndpoint"], trust_env=False) as client:
        assert {client.get("/").status_code for _ in range(50)} == {200}


def test_it_reaches_a_listener_that_speaks_tls(daemon: Daemon, tmp_path: Path) -> None:
    certificate, key = LocalCertificates(tmp_path / "theirs").pair(["api.example.com"])
    acm = daemon.client("acm")
    imported = acm.import_certificate(Certificate=certificate.encode(), PrivateKey=key.encode())["CertificateArn"]
    api = gateway(daemon, balanced(daemon, imported)[0], "$default")
    assert httpx.get(api["ApiEndpoint"], trust_env=False).text == "hello"


def test_without_its_listener_it_answers_503_and_deleted_not_at_all(daemon: Daemon) -> None:
    listener, _ = balanced(daemon)
    api = gateway(daemon, listener, "$default")
    assert httpx.get(api["ApiEndpoint"], trust_env=False).text == "hello"
    daemon.client("elbv2").delete_listener(ListenerArn=listener)
    answer = httpx.get(api["ApiEndpoint"], trust_env=False)
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
    daemon.client("apigatewayv2").delete_api(ApiId=api["ApiId"])
    with pytest.raises(httpx.ConnectError):
        httpx.get(api["ApiEndpoint"], trust_env=False)


def test_it_is_where_it_was_after_a_restart(tmp_path: Path) -> None:
    daemon = start(tmp_path / "cloud")
    api = gateway(daemon, balanced(daemon)[0], "$default")
    assert daemon.stop() == 0
    daemon = start(tmp_path / "cloud")
    try:
        assert httpx.get(api["ApiEndpoint"], trust_env=False).text == "hello"
    finally:
        assert daemon.stop() == 0


@pytest.mark.parametrize("left", ["nothing", "a directory"])
def test_one_whose_creation_was_cut_short_by_a_kill_gets_its_endpoint_at_the_next_start(
    tmp_path: Path, left: str
) -> None:
    daemon = start(tmp_path / "cloud")
    api = gateway(daemon, balanced(daemon)[0], "$default")
    daemon.stop(signal.SIGKILL)
    (tmp_path / "cloud" / "endpoint.json").unlink()
    # moto's record is on disk before the address is.
    place = tmp_path / "cloud" / "apigateway" / api["ApiId"]
    shutil.rmtree(place)
    if left == "a directory":
        place.mkdir()
    daemon = start(tmp_path / "cloud")
    try:
        endpoint = daemon.client("apigatewayv2").get_api(ApiId=api["ApiId"])["ApiEndpoint"]
        assert httpx.get(endpoint, trust_env=False).text == "hello"
    finally:
        assert daemon.stop() == 0
