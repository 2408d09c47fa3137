"""`spendsense approve` and `reject`, against scripted responses of ECS."""

from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from ops.aws.clients import Aws
from ops.daily import decision
from ops.errors import NotFound
from tests.unit.ops.scripted_cluster import HISTORY, Cluster

LOST = ConnectionClosedError(endpoint_url="http://127.0.0.1:1")
HOOKS = [
    {"hookId": "h1", "targetType": "PAUSE", "status": "AWAITING_ACTION"},
    {"hookId": "h2", "targetType": "PAUSE", "status": "SUCCEEDED"},
]


@pytest.fixture(autouse=True)
def paused(cluster: Cluster) -> Cluster:
    """A deployment that waits for a decision."""
    cluster.updated = True
    cluster.history |= {"lifecycleStage": "POST_TEST_TRAFFIC_SHIFT", "lifecycleHookDetails": HOOKS}
    cluster.ecs.on("ContinueServiceDeployment", {"serviceDeploymentArn": HISTORY})
    return cluster


@pytest.mark.parametrize(
    ("approve", "action", "ends"), [(True, "CONTINUE", "continues"), (False, "ROLLBACK", "is rolled back")]
)
def test_a_waiting_hook_is_answered(cluster: Cluster, scripted: Aws, *, approve: bool, action: str, ends: str) -> None:
    decided = decision.run(scripted, decision.Options(approve=approve))
    assert (decided.message, decided.as_json()["hooks"]) == (f"Deployment d7 {ends}", ["h1"])
    assert cluster.ecs.sent("ContinueServiceDeployment") == [
        {"serviceDeploymentArn": HISTORY, "hookId": "h1", "action": action}
    ]


@pytest.mark.parametrize("carries_out", [True, False])
def test_a_decision_whose_answer_was_lost_is_sent_once(cluster: Cluster, scripted: Aws, *, carries_out: bool) -> None:
    def decide(_: dict[str, Any]) -> dict[str, Any]:
        is_first = len(cluster.ecs.sent("ContinueServiceDeployment")) == 1
        if carries_out or not is_first:
            cluster.history["lifecycleHookDetails"] = HOOKS[1:]
        if is_first:
            raise LOST
        return {"serviceDeploymentArn": HISTORY}

    cluster.ecs.on("ContinueServiceDeployment", decide)
    decision.run(scripted, decision.Options(approve=True))
    assert len(cluster.ecs.sent("ContinueServiceDeployment")) == (1 if carries_out else 2)


def test_a_dry_run_decides_nothing(cluster: Cluster, scripted: Aws) -> None:
    assert decision.run(scripted, decision.Options(approve=True, dry_run=True)).as_json()["decided"] is False
    assert cluster.ecs.sent("ContinueServiceDeployment") == []


def test_without_a_paused_deployment_there_is_nothing_to_decide(cluster: Cluster, scripted: Aws) -> None:
    cluster.history["lifecycleHookDetails"] = HOOKS[1:]
    with pytest.raises(NotFound, match="no deployment waits for a decision"):
        decision.run(scripted, decision.Options(approve=True))


def test_a_hook_that_ends_meanwhile_is_said(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("ContinueServiceDeployment", {"__type": "ConflictException", "message": "it is not awaiting action"})
    with pytest.raises(NotFound, match="no longer waits for a decision"):
        decision.run(scripted, decision.Options(approve=True))


def test_the_stage_of_a_paused_deployment_says_so(scripted: Aws) -> None:
    assert str(decision.paused(scripted).shift_line).endswith("; paused until somebody approves or rejects it")


def test_a_deployment_that_has_ended_waits_for_no_decision(cluster: Cluster, scripted: Aws) -> None:
    cluster.history["status"] = "ROLLBACK_SUCCESSFUL"  # its hook may say that it waits for ever
    with pytest.raises(NotFound, match="no deployment waits for a decision"):
        decision.run(scripted, decision.Options(approve=True, dry_run=True))
