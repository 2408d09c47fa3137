"""Doubts about a deployment that ECS calls complete: alarms, and 5xx responses of the new revision."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import Cluster, deployment, run

pytestmark = pytest.mark.usefixtures("no_waiting")

NAME = "spendsense-local-error-rate-surge"
REASON = "Threshold Crossed: 2 datapoints [2.5, 1.5] were greater than the threshold (1.0)."
STATES = {"fine": "OK", "red": "ALARM", "new": "INSUFFICIENT_DATA"}


@pytest.fixture
def watched(cluster: Cluster) -> Cluster:
    """A service whose deployments an alarm watches."""
    alarms = {"alarmNames": [NAME], "enable": True, "rollback": True}
    cluster.configuration = cluster.configuration | {"alarms": alarms}
    return cluster


@pytest.fixture
def alarm_is(scripted: Aws) -> Any:
    """Script the alarm's successive states in CloudWatch; None: it does not exist."""
    stubber = Stubber(scripted.cloudwatch)
    stubber.activate()

    def answer(*states: str | None) -> None:
        for state in states:
            found = [] if state is None else [{"AlarmName": NAME, "StateValue": STATES[state], "StateReason": REASON}]
            stubber.add_response("describe_alarms", {"MetricAlarms": found})

    return answer


def deploy(cluster: Cluster, aws: Aws) -> Any:
    cluster.after_update = [cluster.complete]
    result = run(aws)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    return result


def test_a_deployment_without_doubts_reports_none(watched: Cluster, scripted: Aws, alarm_is: Any) -> None:
    alarm_is("fine", "fine")
    result = deploy(watched, scripted)
    assert result.message.startswith("Deployed: revision 7 serves")
    assert result.as_json()["doubts"]["alarms"]["watching"] == [NAME]


def test_an_alarm_that_was_in_alarm_before_is_named_before_and_after(
    watched: Cluster, scripted: Aws, alarm_is: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    alarm_is("red", "red")
    result = deploy(watched, scripted)
    words = f"alarm {NAME} was in ALARM before the deployment began: ECS then ignores its alarms"
    assert words in capsys.readouterr().err
    assert result.message.startswith("Deployed, but")
    assert words in result.message
    assert result.as_json()["doubts"]["alarms"]["red_before"] == [NAME]


def test_an_alarm_that_is_missing_is_named(watched: Cluster, scripted: Aws, alarm_is: Any) -> None:
    alarm_is(None, None)
    result = deploy(watched, scripted)
    assert f"alarm {NAME} does not exist in CloudWatch" in result.message
    assert result.as_json()["doubts"]["alarms"]["missing"] == [NAME]


def test_an_alarm_that_goes_off_is_named(watched: Cluster, scripted: Aws, alarm_is: Any) -> None:
    alarm_is("new", "red")
    assert f"alarm {NAME} is in ALARM now" in deploy(watched, scripted).message


def test_the_alarm_that_rolled_the_deployment_back_is_named(watched: Cluster, scripted: Aws, alarm_is: Any) -> None:
    def go_back() -> None:
        watched.history |= {
            "status": "ROLLBACK_SUCCESSFUL",
            "statusReason": "Service deployment rolled back because of alarm.",
            "alarms": {"status": "TRIGGERED", "alarmNames": [NAME], "triggeredAlarmNames": [NAME]},
        }
        watched.roll_back()

    alarm_is("fine", "red", "fine")
    watched.after_update = [go_back]
    result = run(scripted)
    assert result.cause is not None
    assert result.cause.evidence == f"{NAME}: {REASON}"
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert f"alarm {NAME} went off" in result.message
    assert result.as_json()["doubts"]["alarms"]["fired"] == [NAME]  # type: ignore[index]


def test_a_service_without_alarms_says_so(cluster: Cluster, scripted: Aws) -> None:
    result = deploy(cluster, scripted)
    assert result.message.startswith("Deployed: revision 7 serves")
    assert "no alarm watched this deployment" in result.message


def test_5xx_responses_of_the_new_revision_are_counted_by_route(cluster: Cluster, scripted: Aws) -> None:
    line = json.dumps({"action": "request_served", "method": "GET", "route": "/version", "status": 500})
    pages = [
        {"events": [{"message": line}] * 2, "nextToken": "more"},
        {"events": [{"message": line}, {"message": "\x1b[31mno JSON"}]},
    ]
    cluster.logs.on("FilterLogEvents", lambda _: pages.pop(0))
    result = deploy(cluster, scripted)
    assert "4 responses with 5xx from the new revision: GET /version 500 (3), a request (1)" in result.message
    assert result.message.startswith("Deployed, but")
    assert "spendsense rollback" in result.next_steps
    request = cluster.logs.sent("FilterLogEvents")[0]
    assert request["logGroupName"] == "/ecs/spendsense-backend/access"
    assert '$.revision = "111111111111"' in request["filterPattern"]


def test_without_permission_for_alarms_or_logs_the_verdict_says_so(watched: Cluster, scripted: Aws) -> None:
    stubber = Stubber(scripted.cloudwatch)
    for _ in range(2):
        stubber.add_client_error("describe_alarms", "AccessDenied")
    stubber.activate()
    watched.logs.on("FilterLogEvents", {"__type": "AccessDeniedException", "message": "no"})
    result = deploy(watched, scripted)
    assert "the alarms' states could not be read" in result.message
    assert "its 5xx responses could not be read" in result.message


def stat(period_s: int) -> dict[str, Any]:
    return {"Metric": {"MetricName": "RequestCount"}, "Period": period_s, "Stat": "Sum"}


def baking(cluster: Cluster) -> None:
    """Let all tasks be new ones while ECS waits for the alarms."""
    cluster.complete()
    cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS")]


@pytest.mark.parametrize(
    ("alarm", "span"),
    [
        ({"Period": 60, "EvaluationPeriods": 3}, "36 s"),
        ({"EvaluationPeriods": 2, "Metrics": [{"Id": "a", "MetricStat": stat(60)}, {"Id": "e"}]}, "24 s"),
        (
            {"EvaluationPeriods": 1, "Metrics": [{"Id": "a", "MetricStat": stat(60)}, {"Id": "q", "Period": 300}]},
            "60 s",
        ),
        ({}, ""),
        (None, ""),
    ],
)
def test_waiting_for_alarms_is_reported_once_with_its_expected_end(
    watched: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str], alarm: dict[str, Any] | None, span: str
) -> None:
    stubber = Stubber(scripted.cloudwatch)
    stubber.activate()
    found = {"MetricAlarms": [{"AlarmName": NAME, "StateValue": "OK"} | (alarm or {})]}
    stubber.add_response("describe_alarms", found)
    if alarm is None:
        stubber.add_client_error("describe_alarms", "AccessDenied")
    else:
        stubber.add_response("describe_alarms", found)
    stubber.add_response("describe_alarms", found)
    watched.after_update = [lambda: baking(watched), lambda: baking(watched), watched.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    [reported] = [
        line for line in capsys.readouterr().err.splitlines() if "all tasks are running; watching whether alarm" in line
    ]
    assert NAME in reported
    assert reported.endswith(f"({span})" if span else "goes off")
    assert ("until about" in reported) == bool(span)


def test_alarms_are_not_mentioned_when_none_is_watching(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [lambda: baking(cluster), cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert "watching whether" not in capsys.readouterr().err
