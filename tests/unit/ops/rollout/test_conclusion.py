"""The message about the end of a deploy: what serves, why, and what was waited for."""

import pytest

from ops.aws.clients import Aws
from ops.rollout.verdict import Verdict
from ops.signals import standing
from tests.unit.ops.scripted_cluster import Cluster, deployment, run

pytestmark = pytest.mark.usefixtures("no_waiting")


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
        "next_step": None,
    }
    streams = [request["logStreamName"] for request in cluster.logs.sent("GetLogEvents")]
    assert streams[:2] == ["backend/backend/migration", "backend/backend/crash1"]


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
    assert any("wait --timeout 1" in step for step in result.next_steps)


def test_a_deployment_stuck_on_its_percentages_has_to_be_replaced(cluster: Cluster, scripted: Aws) -> None:
    """They fit the number of tasks that there were when it began: somebody has changed that."""
    stuck = "(service s) was unable to stop or start tasks during a deployment because of the service deployment ..."
    cluster.after_update = [lambda: cluster.say(9, stuck)]
    result = run(scripted, timeout_s=0.5)
    assert result.verdict is Verdict.TIMED_OUT
    assert any("deploy --force" in step for step in result.next_steps)
    assert not any("--timeout" in step for step in result.next_steps)


def test_a_signal_after_the_end_says_what_serves_and_not_that_nothing_was_deployed(
    cluster: Cluster, scripted: Aws
) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    assert standing()[0].startswith("Deployed: revision 7 serves")


def test_a_deployment_that_somebody_rolled_back_did_not_fail(cluster: Cluster, scripted: Aws) -> None:
    def take_back() -> None:
        cluster.roll_back()
        reason = "Service deployment rolled back because of user: stopped by user."
        cluster.history |= {"status": "ROLLBACK_SUCCESSFUL", "statusReason": reason}

    cluster.after_update = [take_back]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert result.message.startswith(
        "Not deployed: somebody rolled revision 7 back while it was being deployed; revision 6 serves"
    )
    assert result.as_json()["class"] == "other_deploy"
    assert any("then repeat" in step for step in result.next_steps)


@pytest.mark.parametrize("has_replaced_all", [True, False])
def test_a_deployment_that_somebody_stopped_says_what_serves(
    cluster: Cluster, scripted: Aws, *, has_replaced_all: bool
) -> None:
    def stop() -> None:
        old = [] if has_replaced_all else [deployment(6, "ACTIVE", "COMPLETED")]
        cluster.deployments = [deployment(7, "PRIMARY", "FAILED"), *old]
        cluster.history |= {"status": "STOPPED", "statusReason": "Service deployment stopped by user."}

    cluster.after_update = [stop]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.FAILED, 1)
    assert result.message.startswith("Stopped by somebody")
    serves = "revision 7 serves, but ECS did not complete the deployment"
    assert (serves if has_replaced_all else "serving: revision 7 (2 tasks), revision 6 (2 tasks)") in result.message
    assert result.as_json()["class"] == "other_deploy"


def test_a_deployment_that_somebody_rejected_is_not_called_a_failure_of_its_own(
    cluster: Cluster, scripted: Aws
) -> None:
    def be_rejected() -> None:
        cluster.roll_back()
        hook = {"hookId": "h1", "targetType": "PAUSE", "status": "FAILED"}
        cluster.history |= {"status": "ROLLBACK_SUCCESSFUL", "lifecycleHookDetails": [hook]}

    cluster.after_update = [lambda: None, be_rejected]
    result = run(scripted)
    assert result.message.startswith("Not deployed: somebody rolled revision 7 back while it was being deployed")
    assert result.as_json()["class"] == "other_deploy"


def test_a_deployment_that_is_paused_at_the_time_limit_names_approve_and_reject(
    cluster: Cluster, scripted: Aws
) -> None:
    cluster.history["lifecycleHookDetails"] = [{"hookId": "h1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}]
    result = run(scripted, timeout_s=0.5)
    assert any("`spendsense approve`" in step and "`spendsense reject`" in step for step in result.next_steps)
