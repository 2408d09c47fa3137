"""Deploys that are refused: another is in progress, or a recovery."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.errors import DeployRefused
from ops.failure_class import FailureClass
from ops.rollout.verdict import Verdict
from tests.unit.ops.deploying.scripted_history import ServiceWithHistory
from tests.unit.ops.scripted_cluster import Cluster, deployment, run


def test_nothing_is_deployed_while_a_recovery_is_in_progress(cluster: Cluster, scripted: Aws) -> None:
    began = {"id": "1", "began_at": "2026-01-01T00:00:00+00:00"}
    cluster.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(began)}})
    with pytest.raises(DeployRefused, match="a recovery has been in progress since 2026-01-01"):
        run(scripted, force=True)
    assert cluster.ecs.sent("RegisterTaskDefinition") == []


def test_the_first_deploy_need_not_wait_for_tasks_that_have_no_image(cluster: Cluster, scripted: Aws) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    cluster.deployments = [deployment(1, "PRIMARY", "IN_PROGRESS")]
    cluster.after_update = [cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED


def test_a_deploy_is_refused_while_another_is_in_progress(cluster: Cluster, scripted: Aws) -> None:
    cluster.deployments = [deployment(5, "PRIMARY", "IN_PROGRESS")]
    with pytest.raises(DeployRefused, match="deployment ecs-svc/5 of revision 5 is in progress"):
        run(scripted)
    cluster.after_update = [cluster.complete]
    assert run(scripted, force=True).verdict is Verdict.DEPLOYED


def test_the_later_of_two_simultaneous_deploys_does_not_replace_the_first(cluster: Cluster, scripted: Aws) -> None:
    def somebody_else_was_faster(request: dict[str, Any]) -> dict[str, Any]:
        cluster.deployments = [deployment(5, "PRIMARY", "IN_PROGRESS"), deployment(4, "ACTIVE", "COMPLETED")]
        return cluster.register(request)

    cluster.ecs.on("RegisterTaskDefinition", somebody_else_was_faster)
    with pytest.raises(DeployRefused, match="deployment ecs-svc/5 of revision 5 is in progress"):
        run(scripted)
    assert cluster.ecs.sent("UpdateService") == []


def test_a_rollback_by_ecs_is_named_with_what_can_be_done(scripted: Aws, wire: type) -> None:
    service = ServiceWithHistory(scripted, wire)
    service.happened(7)
    service.happened(8, "ROLLBACK_IN_PROGRESS", "it failed")
    service.runs(7, "IN_PROGRESS")
    with pytest.raises(
        DeployRefused, match="ECS is rolling deployment d2 of revision 8 back to revision 7: it"
    ) as refused:
        run(scripted)
    assert refused.value.failure_class is FailureClass.OTHER_DEPLOY
    assert "rollback" not in str(refused.value.next_step)
    assert "spendsense deploy --force" in str(refused.value.next_step)
    assert service.ecs.sent("RegisterTaskDefinition") == []
