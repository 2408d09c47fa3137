"""The changes that a deploy makes, and the deploys that are refused."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.aws.service import describe_service
from ops.console import Console
from ops.deploying import deploy
from ops.deploying.result import DeployResult
from ops.errors import NotFound
from ops.rollout.follow import Outcome
from ops.rollout.proof import Kind, Phase, Response, prove
from ops.rollout.verdict import Verdict
from tests.unit.ops.deploying.scripted_history import ServiceWithHistory, image
from tests.unit.ops.scripted_cluster import NEW_IMAGE, Cluster, run


def test_a_deploy_succeeds_when_its_revision_is_all_that_serves(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [lambda: None, lambda: None, cluster.complete]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert (result.revision, result.previous_revision) == (7, 6)
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]["containerDefinitions"][0]
    assert registered["image"] == NEW_IMAGE
    assert {"name": "APP_REVISION", "value": "1" * 12} in registered["environment"]


def test_a_task_definition_that_terraform_registered_since_is_the_base(cluster: Cluster, scripted: Aws) -> None:
    cluster.newest = copy.deepcopy(cluster.definition) | {"revision": 8, "cpu": "1024"}
    assert '+ cpu: "1024"' in run(scripted, dry_run=True).changes
    cluster.after_update = [cluster.complete]
    run(scripted)
    registered = cluster.ecs.sent("RegisterTaskDefinition")[0]
    assert (registered["cpu"], registered["containerDefinitions"][0]["image"]) == ("1024", NEW_IMAGE)
    assert registered["tags"] == [{"key": "project", "value": "spendsense"}]


def test_the_first_deploy_starts_the_minimum_of_tasks_that_scaling_keeps(
    cluster: Cluster, scripted: Aws, source: Path
) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    cluster.desired, cluster.running = 0, []
    cluster.autoscaling.on("DescribeScalableTargets", {"ScalableTargets": [{"MinCapacity": 2, "MaxCapacity": 4}]})
    planned = run(scripted, image=None, source=source, dry_run=True)
    assert "~ desiredCount: 0 -> 2" in planned.changes
    assert "the new image, the first to be deployed, expects " in planned.message
    cluster.after_update = [cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert cluster.ecs.sent("UpdateService")[0]["desiredCount"] == 2


def test_the_first_deploy_is_not_watched_by_alarms_and_gives_scaling_its_minimum(
    cluster: Cluster, scripted: Aws
) -> None:
    cluster.definition["containerDefinitions"][0]["image"] = "registry/spendsense-backend:never-deployed"
    cluster.desired, cluster.running = 0, []
    waiting = {"image": "registry/spendsense-backend:never-deployed", "revision": "never-deployed", "min_capacity": 2}

    def parameter(request: dict[str, Any]) -> dict[str, Any]:
        if request["Name"] != "/spendsense-local/deployed":
            return {"__type": "ParameterNotFound"}
        return {"Parameter": {"Value": json.dumps(waiting)}}

    cluster.ssm.on("GetParameter", parameter)
    cluster.autoscaling.on("DescribeScalableTargets", {"ScalableTargets": [{"MinCapacity": 0, "MaxCapacity": 4}]})
    cluster.autoscaling.on("RegisterScalableTarget", {})
    cluster.after_update = [cluster.complete]
    alarms = {"alarmNames": ["error-rate-surge"], "enable": True, "rollback": True}
    cluster.configuration["alarms"] = alarms
    assert run(scripted).verdict is Verdict.DEPLOYED
    first, last = cluster.ecs.sent("UpdateService")
    assert first["desiredCount"] == 2
    # ECS would wait for them, and there is nothing to return to.
    assert first["deploymentConfiguration"]["alarms"] == alarms | {"enable": False}
    assert last["deploymentConfiguration"]["alarms"] == alarms
    assert "taskDefinition" not in last
    (registered,) = cluster.autoscaling.sent("RegisterScalableTarget")
    assert (registered["MinCapacity"], registered["MaxCapacity"]) == (2, 4)


def test_a_service_that_somebody_stopped_stays_stopped(cluster: Cluster, scripted: Aws) -> None:
    cluster.desired = 0
    assert not any("desiredCount" in line for line in run(scripted, dry_run=True).changes)


@pytest.mark.parametrize(("desired", "maximum"), [(1, 200), (3, 134), (7, 115), (10, 110)])
def test_tasks_are_replaced_one_at_a_time(cluster: Cluster, scripted: Aws, desired: int, maximum: int) -> None:
    cluster.desired = desired
    assert desired * maximum // 100 == desired + 1
    assert f"~ maximumPercent: 150 -> {maximum}" in run(scripted, dry_run=True).changes


def test_a_dry_run_shows_the_changes_and_has_no_effect(cluster: Cluster, scripted: Aws) -> None:
    result = run(scripted, dry_run=True)
    assert result.exit_code == 0
    assert any(line.startswith("~ containerDefinitions[backend].image") for line in result.changes)
    effects = {"RegisterTaskDefinition", "RunTask", "UpdateService"}
    assert effects.isdisjoint(name for name, _ in cluster.ecs.requests)


def test_a_dry_run_leaves_the_registry_as_it_is(cluster: Cluster, scripted: Aws, source: Path) -> None:
    result = run(scripted, image=None, source=source, dry_run=True)
    assert result.image.startswith("registry/spendsense-backend@sha256:")
    assert [name for name, _ in cluster.ecr.requests] == ["DescribeRepositories"]


def test_a_missing_service_is_named(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("DescribeServices", {"services": [], "failures": [{"reason": "MISSING"}]})
    with pytest.raises(NotFound, match="no service spendsense-backend in cluster spendsense-local"):
        run(scripted)


def whose_requests_fail(aws: Aws) -> DeployResult:
    """The result of a deploy of revision 7."""
    failed = Response(phase=Phase.AFTER, kind=Kind.FAILED, took_s=0.1, what="GET /version 500")
    outcome = Outcome(
        verdict=Verdict.DEPLOYED,
        service=describe_service(aws),
        failures=(),
        events=(),
        waited_for="nothing",
        proof=prove("http://service", [failed] * 4),
    )
    assert deploy.fails_while_set(outcome)
    return DeployResult(
        verdict=Verdict.REQUESTS_FAILED,
        message="Deployed, but requests fail",
        image=image(7),
        revision=7,
        previous_revision=5,
        phases_s={},
        outcome=outcome,
    )


def test_a_revision_whose_requests_fail_is_rolled_back_when_that_is_requested(
    service_history: ServiceWithHistory, scripted: Aws, console: Console
) -> None:
    service_history.after_update = [lambda: service_history.ends("SUCCESSFUL", 5)]
    shipped = whose_requests_fail(scripted)
    result = deploy.rolled_back(scripted, shipped, deploy.Options(timeout_s=60.0), console)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert result.message.splitlines() == [
        "Not deployed: revision 7 was rolled back to revision 5, which serves",
        "4 of 4 requests through the load balancer failed: GET /version 500 (4)",
    ]


def test_a_revision_whose_requests_fail_stays_when_there_is_nothing_to_return_to(
    service_history: ServiceWithHistory, scripted: Aws, console: Console
) -> None:
    service_history.deployed = service_history.deployed[:1]
    shipped = whose_requests_fail(scripted)
    result = deploy.rolled_back(scripted, shipped, deploy.Options(timeout_s=60.0), console)
    assert (result.verdict, result.exit_code) == (Verdict.REQUESTS_FAILED, 1)
    first, second = result.message.splitlines()
    assert first == "Deployed, but requests fail"
    assert second.startswith("Not rolled back: nothing served before revision 7")
    assert "rollback --to REVISION" in result.next_steps[0]
