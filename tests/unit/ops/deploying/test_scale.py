"""The number of tasks: the bounds of Application Auto Scaling and the desired count of ECS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import scale
from ops.environment import Environment, EnvironmentName
from ops.errors import DeployRefused, Misuse, NotFound
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import ARN, OLD_IMAGE, Cluster, deployment, task

pytestmark = pytest.mark.usefixtures("no_waiting")

RESOURCE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/spendsense-local/spendsense-backend",
    "ScalableDimension": "ecs:service:DesiredCount",
}


@pytest.fixture
def scaled(cluster: Cluster) -> Cluster:
    """A service that scales between 2 and 4 tasks; 2 run."""
    return with_target(cluster)


def with_target(cluster: Cluster) -> Cluster:
    cluster.autoscaling.on("DescribeScalableTargets", {"ScalableTargets": [{"MinCapacity": 2, "MaxCapacity": 4}]})
    cluster.autoscaling.on("RegisterScalableTarget", {})
    cluster.autoscaling.on("DescribeScalingActivities", {"ScalingActivities": []})
    cluster.ecs.on("UpdateService", lambda request: update(cluster, request))
    return cluster


def update(cluster: Cluster, request: dict[str, Any]) -> dict[str, Any]:
    cluster.desired, cluster.updated = request["desiredCount"], True
    return {"service": cluster.service()}


def run(aws: Aws, **expected: Any) -> scale.Scaled:
    return scale.run(aws, scale.Options(**{"timeout_s": 60.0, **expected}), Console())


def starts(cluster: Cluster, count: int) -> None:
    cluster.running = [task(f"t{number}", 6, OLD_IMAGE) for number in range(count)]


def scales_in(cluster: Cluster) -> None:
    cluster.desired = 2
    starts(cluster, 2)


def effects(cluster: Cluster) -> list[str]:
    names = [name for name, _ in [*cluster.ecs.requests, *cluster.autoscaling.requests]]
    return [name for name in names if name in {"UpdateService", "RegisterScalableTarget"}]


def test_without_options_it_shows_the_current_numbers(scaled: Cluster, scripted: Aws) -> None:
    shown = run(scripted)
    assert shown.message == "2 of 2 desired tasks are running; scaling keeps 2 to 4 tasks"
    assert (shown.exit_code, effects(scaled)) == (0, [])


def test_it_is_steady_when_the_desired_tasks_are_running(scaled: Cluster, scripted: Aws) -> None:
    scaled.after_update = [lambda: None, lambda: starts(scaled, 3), lambda: starts(scaled, 4)]
    result = run(scripted, desired=4)
    assert (result.exit_code, result.desired, result.running) == (0, 4, 4)
    assert scaled.ecs.sent("UpdateService")[0]["desiredCount"] == 4
    assert effects(scaled) == ["UpdateService"]
    assert result.as_json()["changes"] == ["~ desired: 2 -> 4"]
    assert any("scale --suspend" in note for note in result.notes)


def test_targets_are_compared_with_the_present_number_of_tasks(scaled: Cluster, scripted: Aws) -> None:
    group = "arn:aws:elasticloadbalancing:us-west-1:123456789012:targetgroup/spendsense-local/0123456789abcdef"
    scaled.load_balancers = [{"targetGroupArn": group, "containerName": "backend", "containerPort": 8000}]
    scaled.elbv2.deactivate()
    balancer = Stubber(scripted.elbv2)
    for states in (["healthy"] * 2, ["healthy", "healthy", "initial"], ["healthy"] * 2):
        targets = [
            {"Target": {"Id": f"10.0.0.{number}", "Port": 8000}, "TargetHealth": {"State": state}}
            for number, state in enumerate(states)
        ]
        balancer.add_response("describe_target_health", {"TargetHealthDescriptions": targets})

    scaled.after_update = [lambda: None, lambda: starts(scaled, 3), lambda: scales_in(scaled)]
    with balancer:
        result = run(scripted, desired=3)
    assert (result.exit_code, result.desired) == (1, 2)
    assert result.outcome is not None
    assert result.outcome.verdict is Verdict.DEPLOYED


def test_a_deployment_in_progress_can_continue_with_fewer_tasks(scaled: Cluster, scripted: Aws) -> None:
    scaled.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
    scaled.desired, scaled.configuration = 3, {"minimumHealthyPercent": 100, "maximumPercent": 134}
    run(scripted, desired=2, timeout_s=0.5)
    (request,) = scaled.ecs.sent("UpdateService")
    assert request["deploymentConfiguration"] == {"minimumHealthyPercent": 100, "maximumPercent": 150}


def test_a_service_that_does_not_become_steady_is_a_failure_with_its_reason(scaled: Cluster, scripted: Aws) -> None:
    scaled.after_update = [lambda: scaled.say(1, "(service s) was unable to place a task.")]
    result = run(scripted, desired=4, timeout_s=0.5)
    assert result.exit_code == 1
    assert "waited for 4 running tasks (2 running, 0 pending)" in result.message
    assert "unable to place a task" in result.message


def test_a_deployment_of_somebody_else_may_be_rolled_back_while_the_number_is_reached(
    scaled: Cluster, scripted: Aws
) -> None:
    in_progress(scaled)
    scaled.after_update = [scaled.crash, scaled.roll_back, lambda: starts(scaled, 3)]
    result = run(scripted, desired=3)
    assert (result.exit_code, result.desired, result.running) == (0, 3, 3), result.message
    assert result.message.startswith("Steady: 3 of 3 desired tasks are running")
    said = "the deployment of revision 7, which was in progress, failed or was stopped, and ECS rolled it back"
    assert result.notes[0].startswith(said)
    assert result.notes[0].endswith("revision 6 serves")
    assert list(result.notes) == result.as_json()["notes"]


def test_a_deployment_that_has_failed_is_named_with_the_way_out(scaled: Cluster, scripted: Aws) -> None:
    scaled.deployments = [deployment(7, "PRIMARY", "FAILED") | {"rolloutStateReason": "stopped by user."}]
    result = run(scripted, desired=3)
    assert result.exit_code == 1
    assert result.message.startswith("Not steady because the deployment of revision 7 has failed: stopped by user; 2")
    assert "`spendsense rollback`" in result.notes[0]


def test_the_number_is_reached_although_another_deployment_takes_over(scaled: Cluster, scripted: Aws) -> None:
    in_progress(scaled)
    scaled.after_update = [lambda: takes_over(scaled), lambda: None, lambda: takes_over(scaled, "COMPLETED", tasks=3)]
    result = run(scripted, desired=3)
    assert (result.exit_code, result.running) == (0, 3), result.message
    assert "another deployment took over meanwhile: the service is set to revision 8" in result.notes


def test_a_deployment_that_takes_over_is_waited_for_until_the_deadline(scaled: Cluster, scripted: Aws) -> None:
    in_progress(scaled)
    scaled.after_update = [lambda: takes_over(scaled)]
    result = run(scripted, desired=3, timeout_s=0.5)
    assert result.exit_code == 1
    assert result.message.startswith("Not steady within 0.5 s: waited for deployment ecs-svc/8 to complete")


def in_progress(cluster: Cluster) -> None:
    cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]


def takes_over(cluster: Cluster, state: str = "IN_PROGRESS", *, tasks: int = 2) -> None:
    cluster.definition["taskDefinitionArn"] = f"{ARN}:8"
    cluster.deployments = [deployment(8, "PRIMARY", state)]
    cluster.running = [task(f"t{number}", 8, OLD_IMAGE) for number in range(tasks)]


def test_new_bounds_move_the_desired_count(scaled: Cluster, scripted: Aws) -> None:
    scaled.after_update = [lambda: starts(scaled, 3)]
    assert run(scripted, minimum=3, maximum=6).desired == 3
    (request,) = scaled.autoscaling.sent("RegisterScalableTarget")
    assert request == RESOURCE | {
        "MinCapacity": 3,
        "MaxCapacity": 6,
        "SuspendedState": dict.fromkeys(
            ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
        ),
    }


def test_scaling_is_suspended_without_a_change_of_the_count(scaled: Cluster, scripted: Aws) -> None:
    result = run(scripted, suspended=True)
    assert (result.exit_code, effects(scaled)) == (0, ["RegisterScalableTarget"])
    assert "scaling is suspended until `spendsense scale --resume`" in result.notes


@pytest.mark.parametrize(
    ("expected", "words", "step"),
    [
        ({"desired": 9}, "scaling keeps 2 to 4 tasks, and would set the number back to 4", "scale --max 9 --desired 9"),
        ({"desired": 0}, "scaling keeps 2 to 4 tasks, and would set the number back to 2", "scale --min 0 --desired 0"),
        ({"maximum": 1}, "scale: the minimum of 2 tasks is above the maximum of 1", "scale --min 1 --max 1"),
    ],
)
def test_impossible_numbers_are_refused_with_a_next_step(
    scaled: Cluster, scripted: Aws, expected: dict[str, int], words: str, step: str
) -> None:
    with pytest.raises(Misuse, match=words) as refused:
        run(scripted, **expected)
    assert step in str(refused.value.next_step)
    assert effects(scaled) == []


def test_bounds_whose_count_ecs_refuses_are_restored(scaled: Cluster, scripted: Aws) -> None:
    refusal = {"__type": "InvalidParameterException", "message": "Desired count exceeds limit."}
    scaled.ecs.on("UpdateService", refusal)
    with pytest.raises(ClientError, match="Desired count exceeds limit"):
        run(scripted, minimum=6000, maximum=6000)
    sent = [(each["MinCapacity"], each["MaxCapacity"]) for each in scaled.autoscaling.sent("RegisterScalableTarget")]
    assert sent == [(6000, 6000), (2, 4)]


def test_a_dry_run_and_unchanged_numbers_have_no_effect(scaled: Cluster, scripted: Aws) -> None:
    assert run(scripted, desired=3, dry_run=True).changes == ("~ desired: 2 -> 3",)
    assert run(scripted, desired=2, minimum=2).message == "The numbers are already as requested: nothing was changed."
    assert effects(scaled) == []


def test_without_automatic_scaling_only_the_count_can_be_set(scaled: Cluster, scripted: Aws) -> None:
    scaled.autoscaling.on("DescribeScalableTargets", {"ScalableTargets": []})
    with pytest.raises(NotFound, match="has no automatic scaling"):
        run(scripted, minimum=1)
    scaled.after_update = [lambda: starts(scaled, 9)]
    assert run(scripted, desired=9).exit_code == 0


def test_nothing_is_scaled_during_a_recovery(scaled: Cluster, scripted: Aws) -> None:
    began = {"id": "1", "began_at": "2026-01-01T00:00:00+00:00"}
    scaled.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(began)}})
    with pytest.raises(DeployRefused, match="a recovery has been in progress since"):
        run(scripted, desired=3)
    assert effects(scaled) == []


def test_on_aws_it_says_that_terraform_resets_the_bounds(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    aws = Aws(Environment(name=EnvironmentName.PROD, region="us-west-1"))
    with_target(Cluster(aws, wire))
    assert any("terraform apply` resets the bounds" in note for note in run(aws, maximum=8).notes)


def test_more_tasks_that_could_not_start_are_refused_and_fewer_are_not(scaled: Cluster, scripted: Aws) -> None:
    scaled.logs.on("DescribeLogGroups", {"logGroups": []})
    with pytest.raises(DeployRefused, match="/ecs/spendsense-backend: does not exist"):
        run(scripted, desired=4)
    assert effects(scaled) == []
    scaled.desired = 4
    starts(scaled, 4)
    scaled.after_update = [lambda: starts(scaled, 2)]
    assert run(scripted, desired=2).exit_code == 0
