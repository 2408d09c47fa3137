"""`spendsense wait`, against scripted responses of ECS."""

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.daily import wait
from tests.unit.ops.scripted_cluster import Cluster, deployment, task

pytestmark = pytest.mark.usefixtures("no_waiting")


def run(aws: Aws, timeout_s: float = 60.0) -> wait.Waited:
    return wait.run(aws, wait.Options(timeout_s=timeout_s), Console())


def test_a_steady_service_is_not_waited_for(cluster: Cluster, scripted: Aws) -> None:
    found = run(scripted)
    assert (found.ok, found.exit_code) == (True, 0)
    assert found.message == "Steady: revision 6, 2 of 2 tasks are running"
    assert len(cluster.ecs.sent("DescribeServices")) == 1


def test_waiting_ends_once_the_last_task_runs(cluster: Cluster, scripted: Aws) -> None:
    late = cluster.running.pop()
    cluster.updated, cluster.after_update = True, [lambda: None, lambda: cluster.running.append(late)]
    assert run(scripted).as_json()["running"] == 2
    assert len(cluster.ecs.sent("DescribeServices")) == 2


def test_a_failed_deployment_is_not_waited_for(cluster: Cluster, scripted: Aws) -> None:
    cluster.deployments = [deployment(7, "PRIMARY", "FAILED") | {"rolloutStateReason": "tasks failed to start."}]
    found = run(scripted)
    assert (found.exit_code, found.message) == (
        1,
        "The deployment of revision 7 has failed: tasks failed to start.",
    )
    first, *_ = found.as_json()["next_steps"]  # type: ignore[misc, attr-defined]
    assert first == "return to what served before: `spendsense rollback`; or replace it: `spendsense deploy`"


def test_the_time_limit_names_the_last_event(cluster: Cluster, scripted: Aws) -> None:
    cluster.running.append(task("more", 6, "image"))
    cluster.say(1, "has started 1 tasks")
    found = run(scripted, timeout_s=0.1)
    assert (found.exit_code, found.message) == (1, "Not steady within 0.1 s: last event: has started 1 tasks")


def test_a_deployment_that_waits_for_a_decision_is_named_with_both(cluster: Cluster, scripted: Aws) -> None:
    cluster.updated = True
    cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS")]
    cluster.history["lifecycleHookDetails"] = [{"hookId": "h1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}]
    found = run(scripted, timeout_s=0.1)
    assert "is paused until somebody approves or rejects it" in found.message
    assert found.next_steps[0] == "let it continue: `spendsense approve`; or have ECS roll it back: `spendsense reject`"
