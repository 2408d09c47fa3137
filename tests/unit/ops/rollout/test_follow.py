"""The watch of a deploy: its events and stages."""

import json

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.rollout.follow import BAKING_POLL_INTERVAL_S
from ops.rollout.strategy import Strategy, StrategyOptions
from ops.rollout.verdict import Verdict
from ops.waiter import Deadline
from tests.unit.ops.scripted_cluster import Cluster, deployment, run, stopped

ECS_ROLE = {
    "Path": "/",
    "RoleName": "role",
    "RoleId": "A" * 16,
    "Arn": "arn:aws:iam::123456789012:role/role",
    "CreateDate": "2026-01-01T00:00:00Z",
    "AssumeRolePolicyDocument": '{"Principal": {"Service": "ecs.amazonaws.com"}}',
}


def test_only_new_events_are_reported(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    result = run(scripted)
    assert [event["message"] for event in result.as_json()["events"]] == [  # type: ignore[attr-defined]
        "(service s) (deployment ecs-svc/7) deployment completed."
    ]


def test_tasks_that_had_stopped_before_are_read_once(cluster: Cluster, scripted: Aws) -> None:
    before = stopped("before", 1, "Essential container in task exited")

    def crash() -> None:
        cluster.crash()
        cluster.stopped.append(before)

    cluster.stopped = [before]
    cluster.after_update = [lambda: None, crash, cluster.complete]
    reported = json.dumps(run(scripted).as_json()["failures"])
    read = [arn.rpartition("/")[2] for request in cluster.ecs.sent("DescribeTasks") for arn in request["tasks"]]
    assert read.count("before") == 1
    assert "crash1" in reported
    assert "before" not in reported


def test_a_deployment_that_waits_for_alarms_is_read_less_often(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.configuration["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    pauses: list[float] = []
    monkeypatch.setattr(Deadline, "pause", lambda _, interval_s: pauses.append(interval_s))

    def bake() -> None:
        cluster.complete()
        cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS")]

    cluster.after_update = [lambda: None, bake, cluster.complete]
    with Stubber(scripted.cloudwatch) as cloudwatch:
        for _ in range(3):
            cloudwatch.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": "errors", "StateValue": "OK"}]})
        assert run(scripted).verdict is Verdict.DEPLOYED
    usual = scripted.environment.poll_interval_s
    assert pauses[-2:] == [usual, BAKING_POLL_INTERVAL_S]


def test_the_cause_is_said_before_the_alarms_of_a_rollback_are_watched_to_their_end(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.configuration["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    monkeypatch.setattr(Deadline, "pause", lambda *_: None)
    said_meanwhile: list[str] = []

    def baking() -> None:
        cluster.roll_back()
        cluster.deployments = [deployment(6, "PRIMARY", "IN_PROGRESS")]

    def rolled_back() -> None:
        said_meanwhile.append(capsys.readouterr().err)
        cluster.roll_back()

    cluster.after_update = [cluster.crash, baking, rolled_back]
    with Stubber(scripted.cloudwatch) as cloudwatch:
        for _ in range(3):
            cloudwatch.add_response("describe_alarms", {"MetricAlarms": [{"AlarmName": "errors", "StateValue": "OK"}]})
        result = run(scripted)
    assert result.verdict is Verdict.ROLLED_BACK
    [said] = said_meanwhile
    assert f"The new tasks of revision 7 failed: {result.as_json()['cause']}" in said
    assert "all old tasks are running; watching whether alarm errors goes off" in said
    assert "Not deployed" not in said


def test_the_strategy_stays_unless_another_is_requested(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    assert run(scripted).strategy is Strategy.ROLLING
    assert set(cluster.ecs.sent("UpdateService")[0]) == {"cluster", "service", "taskDefinition"}


def test_a_traffic_shift_is_requested_with_its_settings_and_followed_by_stage(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    advanced = {"alternateTargetGroupArn": "other", "productionListenerRule": "rule", "roleArn": "role"}
    cluster.load_balancers = [{"containerName": "backend", "containerPort": 8000, "advancedConfiguration": advanced}]

    def bake() -> None:
        cluster.history |= {"lifecycleStage": "BAKE_TIME"}
        cluster.history["targetServiceRevision"] = {"requestedProductionTrafficWeight": 100}

    def succeed() -> None:
        cluster.history["status"] = "SUCCESSFUL"
        cluster.complete()

    cluster.after_update = [bake, lambda: None, succeed]
    cluster.elbv2.deactivate()
    with Stubber(scripted.elbv2) as elbv2, Stubber(scripted.iam) as iam:  # verify asks for listener and role
        elbv2.add_client_error("describe_load_balancers", "LoadBalancerNotFound")  # so nobody sends requests
        elbv2.add_response("describe_load_balancers", {"LoadBalancers": [{"LoadBalancerArn": "it", "DNSName": "it"}]})
        listener = {"Protocol": "HTTP", "Port": 80, "DefaultActions": [{"Type": "forward"}]}
        elbv2.add_response("describe_listeners", {"Listeners": [listener]})
        iam.add_response("get_role", {"Role": ECS_ROLE})
        result = run(scripted, strategy=StrategyOptions(strategy=Strategy.BLUE_GREEN, bake_minutes=3))
    assert (result.verdict, result.as_json()["strategy"]) == (Verdict.DEPLOYED, "blue-green")
    (request,) = cluster.ecs.sent("UpdateService")
    assert request["deploymentConfiguration"] == {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 3,
        "maximumPercent": 150,
    }
    assert "BAKE_TIME: the new revision has 100 % of the traffic" in capsys.readouterr().err


def test_a_shift_that_was_rolled_back_is_a_failure_with_its_reason(cluster: Cluster, scripted: Aws) -> None:
    def go_back() -> None:
        cluster.history |= {
            "status": "ROLLBACK_SUCCESSFUL",
            "lifecycleStage": "SCALE_UP",
            "statusReason": "Service deployment rolled back because of circuit breaker: tasks failed to start.",
        }
        cluster.roll_back()

    cluster.after_update = [cluster.crash, go_back]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert "circuit breaker: tasks failed to start" in result.message
