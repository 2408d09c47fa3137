"""Scaling on alarms: real policies and a real UpdateService, with simulated tasks and time."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.autoscaling.engine import Scaling
from localcloud.autoscaling.scheduled import ScheduledScaling
from localcloud.autoscaling.services import EcsServices
from localcloud.autoscaling.targets import ScalableTargets
from localcloud.ecs.api import EcsApi
from localcloud.ecs.model.tasks import Cluster
from localcloud.endpoint.server import Endpoint
from localcloud.host import Host
from tests.integration.localcloud.autoscaling.scaling_scene import WHAT, Overlay, Scene
from tests.unit.localcloud.ecs.world import World

CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
STEP = {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}
MEMORY = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageMemoryUtilization"}}


@pytest.fixture
async def scene(cloud_in: Any, tmp_path: Path) -> AsyncIterator[Scene]:
    world = World(tmp_path, desired=1)
    world.service.wire["loadBalancers"] = []
    world.control.store.clusters["c"] = Cluster(arn=world.service.cluster_arn, name="c")
    world.deploy("good")
    created: dict[str, Any] = {}

    def ecs(host: Host) -> Overlay:
        created["api"] = EcsApi(host, world.control)
        return Overlay(created["api"])

    def autoscaling(host: Host) -> Overlay:
        endpoint = Endpoint(host.moto, {"ecs": created["api"]}, {})
        services = EcsServices(world.control.store, endpoint.answer, region=host.region, account_id=host.account_id)
        created["scaling"] = Scaling(replace(host, clock=world.clock), services)
        scheduled = ScheduledScaling(host, created["scaling"])
        overlay = ScalableTargets(host, services, created["scaling"], scheduled)
        return Overlay(overlay, created["scaling"], scheduled)

    async with contextlib.AsyncExitStack() as stack:
        parts = {"ecs": ecs, "application-autoscaling": autoscaling}
        cloud = await stack.enter_async_context(cloud_in(tmp_path, parts))
        world.pass_time(60.0)
        scene = Scene(cloud, world, created["scaling"])
        await scene.call("register_scalable_target", MinCapacity=1, MaxCapacity=10)
        yield scene


async def test_a_step_policy_scales_out_and_in_with_its_cooldown(scene: Scene) -> None:
    one = {"AdjustmentType": "ChangeInCapacity", "Cooldown": 120}
    out = await scene.put(
        "Step", "out", **one, StepAdjustments=[{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 2}]
    )
    inward = await scene.put(
        "Step", "in", **one, StepAdjustments=[{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}]
    )
    await scene.tell(out, 80.0)
    activity = await scene.scaled(3)
    assert activity["Cause"] == "monitor alarm busy in state ALARM triggered policy out"
    assert activity["StatusMessage"] == "Successfully set desired count to 3. Change successfully fulfilled by ecs."
    assert activity["EndTime"] >= activity["StartTime"]
    await scene.tell(out, 80.0)
    await scene.tell(inward, 60.0, name="idle")  # notified too, but out goes first and waits for its cooldown
    await scene.tell(out, 80.0)
    scene.world.pass_time(121.0)
    await scene.tell(out, 80.0)
    await scene.scaled(5)
    await scene.tell(inward, 60.0, name="idle")
    await scene.scaled(4)
    assert [each["Description"][-2] for each in await scene.activities()] == ["4", "5", "3"]


async def test_target_tracking_scales_out_for_one_policy_and_in_for_all(scene: Scene) -> None:
    cpu = await scene.put("TargetTracking", "cpu", TargetValue=70.0, ScaleOutCooldown=60, ScaleInCooldown=60, **CPU)
    memory = await scene.put("TargetTracking", "memory", TargetValue=80.0, **MEMORY)
    await scene.tell(cpu, 100.0, 210.0)
    assert "AlarmHigh" in (await scene.scaled(3))["Cause"]
    await scene.set_low(cpu, "ALARM")
    await scene.tell(cpu, 10.0, 20.0, kind="AlarmLow")
    await scene.set_low(memory, "ALARM")
    await scene.tell(memory, 41.0, kind="AlarmLow")
    assert "triggered policy memory" in (await scene.scaled(2))["Cause"]  # ceil(3 x 41 / 80), more than cpu's 1


async def test_a_deployment_is_not_scaled_in(scene: Scene) -> None:
    policy = await scene.put("TargetTracking", "cpu", TargetValue=70.0, **CPU)
    await scene.tell(policy, 210.0)
    await scene.scaled(3)
    scene.world.deploy("good")
    await scene.tell(policy, 1.0, kind="AlarmLow")
    activity = await scene.until_newest(NotScaledReasons=[{"Code": "TargetServicePutResourceAsUnscalable"}])
    assert activity["Description"] == "Attempting to scale due to alarm triggered"
    assert len(await scene.activities()) == 1
    scene.world.settle(300.0)
    await scene.tell(policy, 1.0, kind="AlarmLow")
    await scene.scaled(1)
    assert len(scene.world.service.service_deployments) == 2  # scaling started none


async def test_at_the_maximum_it_says_why_nothing_happens(scene: Scene) -> None:
    await scene.call("register_scalable_target", MinCapacity=1, MaxCapacity=1)
    policy = await scene.put("TargetTracking", "cpu", TargetValue=70.0, **CPU)
    await scene.tell(policy, 140.0)
    await scene.until_newest(StatusCode="Failed", NotScaledReasons=[{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 1}])
    assert await scene.activities() == []


async def test_registering_brings_the_desired_count_into_the_range(scene: Scene) -> None:
    await scene.call("register_scalable_target", MinCapacity=2)
    assert (await scene.scaled(2))["Cause"] == "minimum capacity was set to 2"
    scene.world.service.desired_count = 6
    await scene.call("register_scalable_target", MaxCapacity=4)
    assert (await scene.scaled(4))["Cause"] == "maximum capacity was set to 4"


async def test_a_count_set_after_the_range_is_scaled_by_alarms_alone(scene: Scene) -> None:
    await scene.call("register_scalable_target", MinCapacity=2)
    await scene.scaled(2)
    out = await scene.put("Step", "out", AdjustmentType="ChangeInCapacity", StepAdjustments=[STEP])
    scene.world.service.desired_count = 1
    scene.scaling.range_changed(WHAT["ResourceId"])
    scene.world.service.desired_count = 0  # by another client, before scaling has acted
    await scene.tell(out, 80.0)
    await scene.until_newest(Cause="monitor alarm busy in state ALARM triggered policy out")
    assert len(await scene.activities()) == 2, "the registration's and the policy's"


async def test_suspending_scaling_brings_the_desired_count_into_the_range(scene: Scene) -> None:
    """RegisterScalableTarget does it even without a minimum or a maximum."""
    await scene.call("register_scalable_target", MinCapacity=2)
    await scene.scaled(2)
    scene.world.service.desired_count = 0
    await scene.call("register_scalable_target", SuspendedState={"DynamicScalingOutSuspended": True})
    assert (await scene.until_newest(StatusCode="InProgress"))["Cause"] == "minimum capacity was set to 2"


async def test_a_count_set_by_somebody_else_overrides_the_activity(scene: Scene) -> None:
    await scene.call("register_scalable_target", MinCapacity=3)
    await scene.until_newest(StatusCode="InProgress")
    scene.world.service.desired_count = 5
    activity = await scene.until_newest(StatusCode="Overridden")
    assert activity["StatusMessage"] == "Successfully set desired count to 3. Found it was later changed to 5."


async def test_scaling_after_a_rollback_does_not_deploy_again_what_failed(scene: Scene) -> None:
    """The service keeps the settings of the failed deployment; only its tasks are the old ones again."""
    scene.world.service.wire["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": ["subnet-failed"]}}
    await scene.call("register_scalable_target", MinCapacity=2)
    await scene.scaled(2)
    assert len(scene.world.service.service_deployments) == 1


async def test_a_policy_put_again_keeps_its_arn_and_alarms(scene: Scene) -> None:
    first = await scene.put("TargetTracking", "cpu", TargetValue=70.0, **CPU)
    again = await scene.put("TargetTracking", "cpu", TargetValue=50.0, **CPU)
    assert again["PolicyARN"] == first["PolicyARN"]
    assert again["Alarms"] == first["Alarms"]
    alarms = (await scene.cloud.call("cloudwatch", "describe_alarms"))["MetricAlarms"]
    assert {alarm["AlarmName"].split("-")[2]: alarm["Threshold"] for alarm in alarms} == {
        "AlarmHigh": 50.0,
        "AlarmLow": 45.0,
    }
    assert all(alarm["AlarmActions"][0].startswith(first["PolicyARN"]) for alarm in alarms)


async def test_a_deregistered_target_takes_policies_and_alarms_with_it(scene: Scene) -> None:
    await scene.put("TargetTracking", "cpu", TargetValue=70.0, **CPU)
    await scene.call("deregister_scalable_target")
    assert (await scene.cloud.call("cloudwatch", "describe_alarms"))["MetricAlarms"] == []
    left = await scene.cloud.call("application-autoscaling", "describe_scaling_policies", ServiceNamespace="ecs")
    assert left["ScalingPolicies"] == []
    for operation, more in (("deregister_scalable_target", {}), ("delete_scaling_policy", {"PolicyName": "cpu"})):
        with pytest.raises(ClientError, match="ObjectNotFoundException"):
            await scene.call(operation, **more)
    with pytest.raises(ClientError, match=r"ObjectNotFoundException.*No scalable target registered for"):
        await scene.put("TargetTracking", "cpu", TargetValue=70.0, **CPU)


async def test_steps_with_a_gap_and_a_minimum_above_the_maximum_are_refused(scene: Scene) -> None:
    gap = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 2},
    ]
    with pytest.raises(ClientError, match=r"ValidationException.*Step adjustment intervals cannot have gaps"):
        await scene.put("Step", "out", AdjustmentType="ChangeInCapacity", StepAdjustments=gap)
    with pytest.raises(ClientError, match="ValidationException"):
        await scene.call("register_scalable_target", MinCapacity=11)


TRACKING = {"TargetValue": 50.0, **CPU}
CUSTOM = {"MetricName": "m", "Namespace": "n", "Statistic": "Sum"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"PolicyType": "PredictiveScaling"},
        {"PolicyType": "StepScaling"},
        {"PolicyType": "TargetTrackingScaling"},
        *(
            {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration}
            for configuration in (
                {"TargetValue": 50.0},
                {**TRACKING, "TargetValue": 0.0},
                {**TRACKING, "ScaleInCooldown": -1},
                {**TRACKING, "CustomizedMetricSpecification": CUSTOM},
                {"TargetValue": 50.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "foo"}},
                {"TargetValue": 50.0, "CustomizedMetricSpecification": {"MetricName": "m"}},
            )
        ),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_and_others_continue(scene: Scene, parameters: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        await scene.call("put_scaling_policy", PolicyName="wrong", **parameters)
    assert (await scene.call("describe_scaling_policies"))["ScalingPolicies"] == []
    await scene.put("TargetTracking", "right", **TRACKING)


async def test_missing_resources_and_invalid_tokens_are_reported(scene: Scene) -> None:
    with pytest.raises(ClientError, match="ObjectNotFoundException"):
        await scene.call("delete_scheduled_action", ScheduledActionName="none")
    with pytest.raises(ClientError, match="InvalidNextTokenException"):
        await scene.call("describe_scaling_policies", NextToken="nowhere")


async def test_a_target_shows_for_each_activity_whether_it_is_suspended(scene: Scene) -> None:
    described = await scene.cloud.call("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")
    assert set(described["ScalableTargets"][0]["SuspendedState"].values()) == {False}
    await scene.call("register_scalable_target", SuspendedState={"DynamicScalingInSuspended": True})
    described = await scene.cloud.call("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")
    assert described["ScalableTargets"][0]["SuspendedState"] == {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": False,
    }


async def test_policies_are_found_by_their_names_and_ten_at_a_time(scene: Scene) -> None:
    names = [f"p{number}" for number in range(12)]
    for name in names:
        await scene.put("Step", name, AdjustmentType="ChangeInCapacity", StepAdjustments=[STEP])
    named = await scene.call("describe_scaling_policies", PolicyNames=["p3", "none"])
    assert [each["PolicyName"] for each in named["ScalingPolicies"]] == ["p3"]
    first = await scene.call("describe_scaling_policies")
    rest = await scene.call("describe_scaling_policies", NextToken=first["NextToken"])
    pages = [[each["PolicyName"] for each in page["ScalingPolicies"]] for page in (first, rest)]
    assert (len(pages[0]), sorted(pages[0] + pages[1])) == (10, sorted(names))
    assert "NextToken" not in rest
    # A name that contains the other's is another service.
    other = WHAT | {"ResourceId": "service/c/service"}
    found = await scene.cloud.call("application-autoscaling", "describe_scaling_policies", **other)
    assert found["ScalingPolicies"] == []


async def test_a_scheduled_action_changes_the_range_when_it_is_due(scene: Scene) -> None:
    action = {"ScheduledActionName": "morning", "ScalableTargetAction": {"MinCapacity": 4}}
    with pytest.raises(ClientError, match="ValidationException"):
        await scene.call("put_scheduled_action", **action, Schedule="rate(1 minutes)")
    await scene.call("put_scheduled_action", **action, Schedule="rate(5 minutes)", StartTime=soon())
    assert (await scene.scaled(4))["Cause"] == "minimum capacity was set to 4"
    named = {"ServiceNamespace": "ecs"}
    client = "application-autoscaling"
    [target] = (await scene.cloud.call(client, "describe_scalable_targets", **named))["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (4, 10)
    [shown] = (await scene.cloud.call(client, "describe_scheduled_actions", **named))["ScheduledActions"]
    assert shown["Schedule"] == "rate(5 minutes)"


def soon() -> datetime:
    """Return a moment shortly from now in whole seconds, as clients send times."""
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=2)
