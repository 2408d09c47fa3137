"""An HTTP API in front of a load balancer: routing, throttling, logs, and a stable address."""

import json
import shutil
import signal
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.elb.certificates import LocalCertificates
from tests.in_thread import in_thread
from tests.integration.localcloud.apigateway.gateways import LOG_GROUP, balanced, gateway
from tests.integration.localcloud.ecs.daemon import Daemon, start, until


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = start(tmp_path_factory.mktemp("gateway") / "cloud")
    yield running
    assert running.stop() == 0


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    def do_GET(self) -> None:
        body = json.dumps([[name.lower(), value] for name, value in self.headers.items()]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing: the test reports errors."""


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a program that reports the request it receives."""
    with in_thread(ThreadingHTTPServer(("127.0.0.1", 0), Echo)) as server:
        yield server.server_port


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
        # Two more each second, however slow the machine: far fewer than were sent.
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


def test_headers_are_passed_on_as_the_integration_says_and_what_is_forwarded_as_on_aws(
    daemon: Daemon, echo: int
) -> None:
    api = gateway(daemon, balanced(daemon, target=echo)[0], "$default")
    apis = daemon.client("apigatewayv2")
    (integration,) = apis.get_integrations(ApiId=api["ApiId"])["Items"]
    named = {"ApiId": api["ApiId"], "IntegrationId": integration["IntegrationId"]}

    def reached(**changed: str) -> dict[str, list[str]]:
        """Set these parameters, and return the headers that the program behind receives."""
        apis.update_integration(**named, RequestParameters=changed)
        sent = [("X-Forwarded-For", "1.1.1.1, 2.2.2.2"), ("X-Own", "forged"), ("X-Own", "again"), ("X-Old", "old")]
        with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(local_address="127.0.0.9")) as client:
            until(lambda: client.get(api["ApiEndpoint"]).status_code == 200, "a healthy target")
            found: dict[str, list[str]] = {}
            for name, value in client.get(f"{api['ApiEndpoint']}/a?b=c", headers=sent).json():
                found.setdefault(name, []).append(value)
        return found

    plain = reached()
    host = api["ApiEndpoint"].removeprefix("http://")
    # HTTP APIs translate X-Forwarded-* to Forwarded; the remaining X-Forwarded-* are the load balancer's, about the
    # link.
    assert plain["forwarded"] == [f"for=1.1.1.1,for=2.2.2.2,for=127.0.0.9;host={host};proto=http"]
    assert plain["x-forwarded-for"] == [host.partition(":")[0]]
    assert plain["x-own"] in (["forged", "again"], ["forged,again"])

    mapped = reached(
        **{
            "overwrite:header.X-Own": "$context.identity.sourceIp",
            "append:header.X-Note": "${context.httpMethod} ${request.path} ${request.header.x-own}",
            "remove:header.X-Old": "''",
            "overwrite:header.Host": "api.example.com",
        }
    )
    assert mapped["x-own"] == ["127.0.0.9"]
    assert mapped["x-note"] in (["GET /a forged"], ["GET /a forged,again"])
    assert "x-old" not in mapped
    assert mapped["host"][0].partition(":")[0] == "api.example.com"
    # An update keeps what it does not name; an empty value removes a mapping.
    kept = reached(**{"append:header.X-Note": ""})
    assert (kept["x-own"], "x-note" in kept, "x-old" in kept) == (["127.0.0.9"], False, False)


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"RequestParameters": {"overwrite:header.X-Forwarded-For": "1.1.1.1"}}, "BadRequestException", "restricted"),
        (
            {"RequestParameters": {"overwrite:header.x": "$nothing"}},
            "BadRequestException",
            "Invalid mapping expression",
        ),
        ({"RequestParameters": {"append:querystring.a": "1"}}, "InvalidAction", "maps only headers"),
        ({"ResponseParameters": {"200": {"remove:header.a": "''"}}}, "InvalidAction", "does not change responses"),
    ],
)
def test_a_mapping_that_aws_refuses_or_that_is_not_done_here_is_refused(
    daemon: Daemon, changed: dict[str, Any], code: str, said: str
) -> None:
    api = gateway(daemon, balanced(daemon)[0], "$default")
    apis = daemon.client("apigatewayv2")
    (integration,) = apis.get_integrations(ApiId=api["ApiId"])["Items"]
    with pytest.raises(ClientError, match=said) as caught:
        apis.update_integration(ApiId=api["ApiId"], IntegrationId=integration["IntegrationId"], **changed)
    assert caught.value.response["Error"]["Code"] == code
    assert apis.get_integrations(ApiId=api["ApiId"])["Items"] == [integration]
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


@pytest.mark.long
def test_it_is_where_it_was_after_a_restart(tmp_path: Path) -> None:
    daemon = start(tmp_path / "cloud")
    api = gateway(daemon, balanced(daemon)[0], "$default")
    assert daemon.stop() == 0
    daemon = start(tmp_path / "cloud")
    try:
        assert httpx.get(api["ApiEndpoint"], trust_env=False).text == "hello"
    finally:
        assert daemon.stop() == 0


@pytest.mark.long
@pytest.mark.parametrize("left", ["nothing", "a directory"])
def test_an_api_whose_creation_a_kill_interrupted_gets_its_endpoint_at_the_next_start(
    tmp_path: Path, left: str
) -> None:
    daemon = start(tmp_path / "cloud")
    api = gateway(daemon, balanced(daemon)[0], "$default")
    daemon.stop(signal.SIGKILL)
    (tmp_path / "cloud" / "endpoint.json").unlink()
    # moto writes its record before the address is written.
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


def test_its_own_5xx_are_metrics_from_which_an_alarm_is_raised(tmp_path: Path) -> None:
    daemon = start(tmp_path / "cloud", speed=60)
    cloudwatch = daemon.client("cloudwatch")
    listener, _ = balanced(daemon)
    api = gateway(daemon, listener, "$default")
    own = [{"Name": "ApiId", "Value": api["ApiId"]}]
    cloudwatch.put_metric_alarm(
        AlarmName="gateway-errors",
        Namespace="AWS/ApiGateway",
        MetricName="5xx",
        Dimensions=own,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=["gateway-errors"])["MetricAlarms"][0]["StateValue"])

    assert httpx.get(api["ApiEndpoint"], trust_env=False).text == "hello"
    until(lambda: state() == "OK", "the alarm to see that nothing failed")
    daemon.client("elbv2").delete_listener(ListenerArn=listener)
    assert httpx.get(api["ApiEndpoint"], trust_env=False).status_code == 503
    until(lambda: state() == "ALARM", "the alarm")
    listed = cloudwatch.list_metrics(Namespace="AWS/ApiGateway", Dimensions=own)["Metrics"]
    assert {each["MetricName"] for each in listed} >= {"Count", "4xx", "5xx", "Latency", "DataProcessed"}
    assert {tuple(dimension["Name"] for dimension in each["Dimensions"]) for each in listed} == {
        ("ApiId",),
        ("ApiId", "Stage"),
    }
    assert daemon.stop() == 0


def test_a_stage_keeps_its_tags_and_loses_what_an_update_empties(daemon: Daemon) -> None:
    apis = daemon.client("apigatewayv2")
    api = {"ApiId": apis.create_api(Name="tagged", ProtocolType="HTTP")["ApiId"]}
    limits = {"GET /a": {"ThrottlingRateLimit": 1.0}, "GET /b": {"ThrottlingRateLimit": 2.0}}
    stage = {**api, "StageName": "$default"}
    apis.create_stage(**stage, StageVariables={"a": "1", "b": "2"}, RouteSettings=limits, Tags={"Name": "old"})
    arn = f"arn:aws:apigateway:us-west-1::/apis/{api['ApiId']}/stages/$default"
    apis.tag_resource(ResourceArn=arn, Tags={"Name": "new", "team": "a"})
    apis.untag_resource(ResourceArn=arn, TagKeys=["team"])
    apis.update_stage(**stage, StageVariables={"a": "", "b": "3"})
    apis.delete_route_settings(**stage, RouteKey="GET /a")
    shown = apis.get_stage(**stage)
    assert shown["Tags"] == {"Name": "new"}
    assert shown["StageVariables"] == {"b": "3"}
    assert list(shown["RouteSettings"]) == ["GET /b"]
    with pytest.raises(ClientError, match="NotFoundException"):
        apis.delete_route_settings(**stage, RouteKey="GET /a")
    assert apis.get_stages(**api)["Items"][0]["Tags"] == {"Name": "new"}


def test_routes_and_integrations_lose_what_an_update_empties(daemon: Daemon) -> None:
    apis = daemon.client("apigatewayv2")
    made = apis.create_api(Name="emptied", ProtocolType="HTTP")
    api = {"ApiId": made["ApiId"]}
    assert made["IpAddressType"] == "ipv4"
    answers = {"200": {"append:header.a": "1"}, "404": {"overwrite:statuscode": "400"}}
    integration = apis.create_integration(
        **api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://a.example.com",
        PayloadFormatVersion="1.0",
        ResponseParameters=answers,
        TlsConfig={"ServerNameToVerify": "a.example.com"},
    )["IntegrationId"]
    named = {**api, "IntegrationId": integration}
    apis.update_integration(**named, ResponseParameters={"200": {}}, TlsConfig={})
    found = apis.get_integration(**named)
    assert found["ResponseParameters"] == {"404": {"overwrite:statuscode": "400"}}
    assert "TlsConfig" not in found
    route = apis.create_route(**api, RouteKey="GET /a", AuthorizationScopes=["a"], Target=f"integrations/{integration}")
    found = apis.update_route(**api, RouteId=route["RouteId"], AuthorizationScopes=[])
    assert found["AuthorizationScopes"] == []
    assert found["Target"] == route["Target"]
