"""The end of a deploy, and its output on the way: events, failures, time, a rollback."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from ops.aws.clients import Aws
from ops.errors import AwsRefused, NotReachable
from ops.rollout.strategy import Strategy, StrategyOptions
from ops.rollout.verdict import Verdict
from ops.signals import standing
from tests.unit.ops.scripted_cluster import Cluster, deployment, run


def test_only_new_events_are_reported(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    result = run(scripted)
    assert [event["message"] for event in result.as_json()["events"]] == [  # type: ignore[attr-defined]
        "(service s) (deployment ecs-svc/7) deployment completed."
    ]


def test_a_rollback_is_a_failure_that_says_what_serves_and_why(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert "rolled back to revision 6, which serves" in result.message
    first = result.as_json()["failures"][0]  # type: ignore[index]
    assert first == {
        "task": "crash1",
        "stopped_reason": "Essential container in task exited",
        "stop_code": "EssentialContainerExited",
        "exit_code": 1,
        "container_reason": None,
        "log": ["Traceback ..."],
    }
    streams = [request["logStreamName"] for request in cluster.logs.sent("GetLogEvents")]
    assert streams[:2] == ["backend/backend/migration", "backend/backend/crash1"]


def test_a_repeated_cause_is_reported_once_and_scaling_in_is_no_failure(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    result = run(scripted)
    progress = capsys.readouterr().err
    assert progress.count("Traceback ...") == 1
    assert "task crash2 failed the same way (2 so far)" in progress
    assert result.outcome is not None
    assert [failure.task for failure in result.outcome.failures] == ["crash1", "crash2"]


def test_with_a_desired_count_of_zero_no_revision_is_said_to_serve(cluster: Cluster, scripted: Aws) -> None:
    def complete_without_tasks() -> None:
        cluster.deployments = [deployment(7, "PRIMARY", "COMPLETED") | {"desiredCount": 0, "runningCount": 0}]
        cluster.running = []

    cluster.desired, cluster.running = 0, []
    cluster.after_update = [complete_without_tasks]
    result = run(scripted)
    assert result.exit_code == 0
    assert result.message.startswith("Deployed: revision 7 is set, but the desired count is 0")


def test_a_timeout_says_what_was_waited_for_and_what_serves(cluster: Cluster, scripted: Aws) -> None:
    result = run(scripted, timeout_s=0.5)
    assert (result.verdict, result.exit_code) == (Verdict.TIMED_OUT, 1)
    assert "waited for deployment ecs-svc/7 to complete" in result.message
    assert "revision 6 (2 tasks)" in result.message
    assert any("deploy --timeout 1" in step for step in result.next_steps)


def test_a_deployment_stuck_on_its_percentages_has_to_be_replaced(cluster: Cluster, scripted: Aws) -> None:
    """They fit the number of tasks that there were when it began: somebody has changed that."""
    stuck = "(service s) was unable to stop or start tasks during a deployment because of the service deployment ..."
    cluster.after_update = [lambda: cluster.say(9, stuck)]
    result = run(scripted, timeout_s=0.5)
    assert result.verdict is Verdict.TIMED_OUT
    assert any("deploy --force" in step for step in result.next_steps)
    assert not any("--timeout" in step for step in result.next_steps)


def test_a_signal_leaves_the_deployment_running_and_says_so(cluster: Cluster, scripted: Aws) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    cluster.after_update = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert standing() == (
        "deployment ecs-svc/7 of revision 7 continues",
        "look at it:   spendsense status",
        "roll it back: spendsense rollback",
    )


def test_a_signal_after_the_end_says_what_serves_and_not_that_nothing_was_deployed(
    cluster: Cluster, scripted: Aws
) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    assert standing()[0].startswith("Deployed: revision 7 serves")


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


THROTTLED = {"__type": "ThrottlingException", "message": "Rate exceeded"}


def gone(_: dict[str, Any]) -> dict[str, Any]:
    raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize("hiccup", [lambda _: THROTTLED, gone], ids=["throttled", "gone"])
@pytest.mark.parametrize(
    "operation", ["DescribeServices", "DescribeServiceDeployments", "ListTasks", "DescribeTasks", "GetLogEvents"]
)
def test_a_hiccup_is_outlasted_and_reported(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str], operation: str, hiccup: Any
) -> None:
    wire: Any = cluster.logs if operation == "GetLogEvents" else cluster.ecs
    answers = wire.answer_of(operation)
    left = 10

    def trouble(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if not cluster.updated or left == 0:
            return answers(request)  # type: ignore[no-any-return]
        left -= 1
        return hiccup(request)  # type: ignore[no-any-return]

    wire.on(operation, trouble)
    cluster.after_update = [lambda: None, cluster.crash, lambda: None, cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    told = capsys.readouterr().err
    assert told.count("waiting until AWS answers again") >= 1
    assert "AWS answers again, after" in told
    assert left == 0


def test_a_hiccup_beyond_the_time_limit_is_named_and_the_deployment_continues(cluster: Cluster, scripted: Aws) -> None:
    def begin_trouble() -> None:
        cluster.ecs.on("DescribeTasks", THROTTLED)

    cluster.after_update = [begin_trouble]
    with pytest.raises(NotReachable, match="Rate exceeded; deployment ecs-svc/7 of revision 7 continues") as raised:
        run(scripted, timeout_s=2.0)
    assert "spendsense status" in str(raised.value.next_step)


def test_a_lasting_refusal_ends_the_watch_and_is_named(cluster: Cluster, scripted: Aws) -> None:
    def expire() -> None:
        cluster.ecs.on("ListTasks", {"__type": "ExpiredTokenException", "message": "The token has expired"})

    cluster.after_update = [expire]
    with pytest.raises(AwsRefused, match="The token has expired; deployment ecs-svc/7 of revision 7 continues"):
        run(scripted)


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_update_whose_answer_is_lost_is_repeated_only_if_it_was_not_carried_out(
    cluster: Cluster, scripted: Aws, *, carried_out: bool
) -> None:
    update = cluster.ecs.answer_of("UpdateService")
    left = 3

    def lose(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if left == 0:
            return update(request)
        if carried_out and not cluster.updated:
            update(request)
        left -= 1
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1:1")

    cluster.ecs.on("UpdateService", lose)
    cluster.after_update = [lambda: None, cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert len(cluster.ecs.sent("UpdateService")) == (1 if carried_out else 4)
