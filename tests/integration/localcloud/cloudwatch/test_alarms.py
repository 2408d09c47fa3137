"""Alarms on real measurements, from the process to the queue behind the topic, in a local cloud of its own."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.identity import stuffing
from app.platform.metrics import Metrics as AppMetrics
from tests.integration.localcloud.cloudwatch.backend_lines import line_of
from tests.integration.localcloud.ecs.daemon import LOG_GROUP, Daemon, Shell, start, target_group, until
from tests.ports import free_port

SPEED = 60.0  # an AWS minute a second

# Healthy for the load balancer; all other responses are $STATUS.
SERVER = """
import os, http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else int(os.environ["STATUS"]))
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


class Watched:
    """A local cloud with a load balancer, a service behind it, and a queue that hears of alarms."""

    def __init__(self, daemon: Daemon) -> None:
        self.shell = Shell(daemon)
        self.watching, self.elb = daemon.client("cloudwatch"), daemon.client("elbv2")
        self._queue(daemon)
        vpc = daemon.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        self.vpc = vpc
        subnets = [
            daemon.client("ec2").create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for zone, cidr in (("us-west-1a", "10.9.0.0/24"), ("us-west-1b", "10.9.1.0/24"))
        ]
        arn = self.elb.create_load_balancer(Name="lb", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        self.balancer = arn.split(":loadbalancer/")[1]
        self.group = target_group(self.elb, vpc, "tg", deregistration_delay_s=5)
        self.elb.modify_target_group(TargetGroupArn=self.group, HealthCheckPath="/health")
        self.port = free_port()
        forward = {"Type": "forward", "TargetGroupArn": self.group}
        listener = {"LoadBalancerArn": arn, "Protocol": "HTTP", "Port": self.port, "DefaultActions": [forward]}
        self.listener = self.elb.create_listener(**listener)["Listeners"][0]["ListenerArn"]

    def _queue(self, daemon: Daemon) -> None:
        sns, self.sqs = daemon.client("sns"), daemon.client("sqs")
        self.topic = sns.create_topic(Name="alarms")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="alarms")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.heard: list[dict[str, Any]] = []

    def serve(self, name: str, status: int) -> None:
        self.shell.ecs.create_service(
            cluster="c",
            serviceName=name,
            taskDefinition=self.register(status),
            desiredCount=1,
            networkConfiguration=self.shell.daemon.network,
            loadBalancers=[{"targetGroupArn": self.group, "containerName": "c0", "containerPort": 8000}],
        )
        self.shell.until_steady(name)

    def register(self, status: int) -> str:
        container = {
            "command": [sys.executable, "-c", SERVER],
            "environment": [{"name": "STATUS", "value": str(status)}],
            "portMappings": [{"containerPort": 8000}],
        }
        return self.shell.register(container, family="server")

    def alarm(self, name: str, **settings: Any) -> None:
        self.watching.put_metric_alarm(
            AlarmName=name,
            AlarmActions=[self.topic],
            OKActions=[self.topic],
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            **settings,
        )

    def shown(self, name: str) -> dict[str, Any]:
        return dict(self.watching.describe_alarms(AlarmNames=[name])["MetricAlarms"][0])

    def until_state(self, name: str, state: str) -> dict[str, Any]:
        return until(
            lambda: (a := self.shown(name))["StateValue"] == state and a, f"{name} {state}: {self.shown(name)}"
        )

    def notification(self, name: str, state: str) -> dict[str, Any]:
        """The message of an alarm that went into a state."""

        def found() -> dict[str, Any] | None:
            for each in self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", []):
                self.heard.append(json.loads(each["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
            texts = [json.loads(each["Message"]) | {"Subject": each["Subject"]} for each in self.heard]
            return next((t for t in texts if (t["AlarmName"], t["NewStateValue"]) == (name, state)), None)

        return until(found, f"the message that {name} is {state}")

    @contextlib.contextmanager
    def traffic(self, path: str = "/") -> Iterator[None]:
        """Requests one after the other, all the while."""
        over = threading.Event()

        def send() -> None:
            while not over.wait(0.02):
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=30, trust_env=False)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield
        finally:
            over.set()
            sender.join()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data", speed=SPEED)
    try:
        yield Watched(daemon)
    finally:
        assert daemon.stop() == 0


def of_balancer(watched: Watched, name: str) -> dict[str, Any]:
    return {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": name,
        "Dimensions": [{"Name": "LoadBalancer", "Value": watched.balancer}],
    }


def test_errors_of_the_tasks_are_an_alarm_and_roll_a_deployment_back(watched: Watched) -> None:
    errors = of_balancer(watched, "HTTPCode_Target_5XX_Count")
    watched.alarm("errors", Statistic="Sum", Period=60, EvaluationPeriods=5, DatapointsToAlarm=1, Threshold=0, **errors)
    assert watched.shown("errors")["StateValue"] == "INSUFFICIENT_DATA"
    watched.serve("web", 200)
    with watched.traffic():
        watched.until_state("errors", "OK")
        watched.shell.ecs.update_service(
            cluster="c",
            service="web",
            taskDefinition=watched.register(500),
            deploymentConfiguration={"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}},
        )
        alarm = watched.until_state("errors", "ALARM")
        assert "greater than the threshold (0.0)" in alarm["StateReason"]
        assert alarm["StateReason"].endswith("(minimum 1 datapoint for OK -> ALARM transition).")
        message = watched.notification("errors", "ALARM")
        assert message["Subject"] == 'ALARM: "errors" in US West (N. California)'
        assert message["OldStateValue"] == "OK"
        assert message["Trigger"]["Dimensions"] == [{"value": watched.balancer, "name": "LoadBalancer"}]

        def ended() -> Any:
            [newest, *_] = watched.shell.ecs.list_service_deployments(cluster="c", service="web")["serviceDeployments"]
            return newest["status"] == "ROLLBACK_SUCCESSFUL"

        until(ended, "the way back", 60)
        assert watched.shell.until_steady("web")["taskDefinition"].endswith("server:1")
        watched.until_state("errors", "OK")
    history = watched.watching.describe_alarm_history(AlarmName="errors", HistoryItemType="StateUpdate")
    summaries = [item["HistorySummary"] for item in history["AlarmHistoryItems"]]
    assert summaries == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]


def test_metrics_of_the_load_balancer_are_shown_to_any_client(watched: Watched) -> None:
    begin = datetime.now(UTC) - timedelta(minutes=5)
    requests = of_balancer(watched, "RequestCount")
    queries = [
        {"Id": "requests", "MetricStat": {"Metric": requests, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "double", "Expression": "2 * FILL(requests, 0)"},
        {
            "Id": "slow",
            "MetricStat": {"Metric": of_balancer(watched, "TargetResponseTime"), "Period": 300, "Stat": "p95"},
        },
    ]
    if not watched.shell.ecs.list_services(cluster="c")["serviceArns"]:
        watched.serve("web", 200)  # only requests that a target gets are counted
    with watched.traffic():
        listed = until(lambda: watched.watching.list_metrics(**requests)["Metrics"], "the metric")
    assert requests in listed
    end = datetime.now(UTC) + timedelta(minutes=5)

    def both() -> tuple[dict[str, list[float]], list[dict[str, Any]]] | None:
        """Ask both ways, until no more requests are counted between the two."""
        found = watched.watching.get_metric_data(MetricDataQueries=queries, StartTime=begin, EndTime=end)
        values = {each["Id"]: each["Values"] for each in found["MetricDataResults"]}
        points = watched.watching.get_metric_statistics(
            Namespace=requests["Namespace"],
            MetricName=requests["MetricName"],
            Dimensions=requests["Dimensions"],
            StartTime=begin,
            EndTime=end,
            Period=300,
            Statistics=["Sum"],
            ExtendedStatistics=["p50"],
        )["Datapoints"]
        return (values, points) if sum(values["double"]) == 2 * sum(point["Sum"] for point in points) > 0 else None

    answers = until(both, "the same number of requests")
    assert answers is not None
    values, points = answers
    assert 0 < values["slow"][0] < 5
    assert all(point["Unit"] == "Count" and point["ExtendedStatistics"]["p50"] > 0 for point in points)


def test_requests_that_find_no_target_are_the_balancers_errors_and_not_counted(watched: Watched) -> None:
    empty = target_group(watched.elb, watched.vpc, "empty", deregistration_delay_s=5)
    watched.elb.create_rule(
        ListenerArn=watched.listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/empty"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": empty}],
    )
    errors = of_balancer(watched, "HTTPCode_ELB_503_Count")
    with watched.traffic("/empty"):
        until(lambda: watched.watching.list_metrics(**errors)["Metrics"], "the metric")
    group = [{"Name": "TargetGroup", "Value": empty.rsplit(":", 1)[1]}]
    assert watched.watching.list_metrics(Namespace="AWS/ApplicationELB", Dimensions=group)["Metrics"] == []


@pytest.mark.full  # it takes a processor from the tests beside it
def test_a_busy_task_is_an_alarm_of_its_services_cpu(watched: Watched) -> None:
    watched.shell.ecs.update_cluster_settings(cluster="c", settings=[{"name": "containerInsights", "value": "enabled"}])
    dimensions = [{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "busy"}]
    cpu = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": dimensions}
    watched.alarm("cpu", Statistic="Average", Period=60, EvaluationPeriods=2, Threshold=50, **cpu)
    tasks = {"Namespace": "ECS/ContainerInsights", "MetricName": "RunningTaskCount", "Dimensions": dimensions}
    watched.alarm(
        "per-task",
        EvaluationPeriods=1,
        Threshold=50,
        Metrics=[
            {"Id": "cpu", "MetricStat": {"Metric": cpu, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "tasks", "MetricStat": {"Metric": tasks, "Period": 60, "Stat": "Average"}, "ReturnData": False},
            {"Id": "each", "Expression": "FILL(cpu, 0) / tasks", "ReturnData": True},
        ],
    )
    busy = watched.shell.register({"command": ["sh", "-c", "while :; do :; done"]}, family="busy")
    watched.shell.ecs.create_service(
        cluster="c",
        serviceName="busy",
        taskDefinition=busy,
        desiredCount=1,
        networkConfiguration=watched.shell.daemon.network,
    )
    watched.until_state("cpu", "ALARM")
    watched.until_state("per-task", "ALARM")
    assert [query["Id"] for query in watched.notification("per-task", "ALARM")["Trigger"]["Metrics"]] == [
        "cpu",
        "tasks",
        "each",
    ]
    watched.shell.ecs.update_service(cluster="c", service="busy", desiredCount=0)
    watched.until_state("cpu", "OK")


def test_metrics_of_users_are_evaluated_and_a_set_state_lasts_until_then(watched: Watched) -> None:
    mine = {"Namespace": "Mine", "MetricName": "Depth"}
    watched.alarm("depth", ExtendedStatistic="p90", Period=60, EvaluationPeriods=1, Threshold=10, **mine)
    watched.until_state("depth", "OK")
    watched.watching.set_alarm_state(AlarmName="depth", StateValue="ALARM", StateReason="by hand")
    assert watched.notification("depth", "ALARM")["NewStateReason"] == "by hand"
    assert "no datapoints were received" in watched.until_state("depth", "OK")["StateReason"]

    def deep() -> bool:
        watched.watching.put_metric_data(
            Namespace="Mine", MetricData=[{"MetricName": "Depth", "Values": [1.0, 20.0], "Counts": [1.0, 9.0]}]
        )
        return watched.shown("depth")["StateValue"] == "ALARM"

    until(deep, "the alarm")
    assert "1 datapoint [20.0 (" in watched.shown("depth")["StateReason"]


def test_an_alarm_whose_expression_is_not_offered_says_so(watched: Watched) -> None:
    bands = [
        {"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}},
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m)", "ReturnData": True},
    ]
    bands[0]["ReturnData"] = False
    watched.alarm("band", EvaluationPeriods=1, Threshold=1, Metrics=bands)
    watched.watching.set_alarm_state(AlarmName="band", StateValue="OK", StateReason="by hand")
    alarm = watched.until_state("band", "INSUFFICIENT_DATA")
    assert "ANOMALY_DETECTION_BAND is not supported here" in alarm["StateReason"]
    assert alarm["EvaluationState"] == "EVALUATION_ERROR"


def test_lines_that_a_metric_filter_matches_are_an_alarm(watched: Watched) -> None:
    logs = watched.shell.logs
    logs.put_metric_filter(
        logGroupName=LOG_GROUP,
        filterName="errors",
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[{"metricNamespace": "Lines", "metricName": "Errors", "metricValue": "1"}],
    )
    lines = {"Namespace": "Lines", "MetricName": "Errors"}
    watched.alarm("lines", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=0, **lines)
    watched.until_state("lines", "OK")
    crying = watched.shell.register({"command": ["sh", "-c", 'echo \'{"level": "ERROR"}\'']}, family="crying")
    watched.shell.run(crying)
    assert watched.notification("lines", "ALARM")["Trigger"]["MetricName"] == "Errors"


def test_log_ins_that_fail_at_many_accounts_are_an_alarm_by_the_lines_of_the_backend(watched: Watched) -> None:
    """With the numbers of the Terraform (tests/terraform/test_monitoring.py)."""
    logs = watched.shell.logs
    logs.create_log_stream(logGroupName=LOG_GROUP, logStreamName="backend")
    watched.alarm(
        "credential-stuffing",
        Namespace="SpendSense/spendsense-local",
        MetricName=stuffing.ACCOUNTS,
        Dimensions=[{"Name": "Environment", "Value": "local"}],
        Statistic="Sum",
        Period=stuffing.WINDOW_S,
        EvaluationPeriods=1,
        Threshold=50,
    )
    watched.until_state("credential-stuffing", "OK")
    counted = AppMetrics("local", "SpendSense/spendsense-local")
    for _ in range(51):
        counted.count(stuffing.ACCOUNTS)
    event = {"timestamp": int(time.time() * 1000), "message": line_of(counted)}
    logs.put_log_events(logGroupName=LOG_GROUP, logStreamName="backend", logEvents=[event])
    assert watched.notification("credential-stuffing", "ALARM")["Trigger"]["MetricName"] == stuffing.ACCOUNTS
