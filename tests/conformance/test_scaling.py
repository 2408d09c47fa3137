"""Application Auto Scaling of an ECS service: targets, policies, their alarms, and what is refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.cloud import Wire
from tests.conformance.stage import SLEEPER, Stage

fact = pytest.mark.fact

CPU = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
TRACKING = {"TargetValue": 70.0, "PredefinedMetricSpecification": CPU}


@dataclass(frozen=True)
class Scene:
    """A service without tasks as a scalable target from 0 to 4."""

    stage: Stage
    name: str

    @property
    def client(self) -> Any:
        return self.stage.cloud.client("application-autoscaling")

    @property
    def target(self) -> Wire:
        return {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": f"service/{self.stage.cluster}/{self.name}",
        }

    def track(self, **configuration: Any) -> Wire:
        """Put the target tracking policy `cpu`; -> the response."""
        answer = self.client.put_scaling_policy(
            **self.target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=TRACKING | configuration,
        )
        return dict(answer)

    def step(self, *steps: Wire, **configuration: Any) -> Wire:
        """Put the step scaling policy `step`; -> the response."""
        answer = self.client.put_scaling_policy(
            **self.target,
            PolicyName="step",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "StepAdjustments": list(steps)}
            | configuration,
        )
        return dict(answer)

    def alarms(self) -> dict[str, Wire]:
        """Return AlarmHigh and AlarmLow of the target tracking policy."""
        prefix = f"TargetTracking-{self.target['ResourceId']}-"
        found = self.stage.cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]
        return {alarm["AlarmName"].removeprefix(prefix).split("-")[0]: alarm for alarm in found}


@pytest.fixture
def scene(stage: Stage) -> Iterator[Scene]:
    with stage.service(stage.register(SLEEPER), 0) as name:
        scene = Scene(stage, name)
        scene.client.register_scalable_target(**scene.target, MinCapacity=0, MaxCapacity=4)
        stage.cloud.at_the_end(scene.client.deregister_scalable_target, **scene.target)
        yield scene


@fact("3/target")
def test_a_service_is_a_scalable_target(scene: Scene) -> None:
    ids = [scene.target["ResourceId"]]
    [target] = scene.client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=ids)["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 4)
    scene.track()
    scene.client.deregister_scalable_target(**scene.target)


@fact("3/no-service")
def test_a_target_needs_an_active_service(scene: Scene) -> None:
    missing = scene.target | {"ResourceId": f"service/{scene.stage.cluster}/none"}
    with scene.stage.cloud.refused("ValidationException"):
        scene.client.register_scalable_target(**missing, MinCapacity=0, MaxCapacity=4)


@fact("3/range")
def test_registering_brings_the_desired_count_into_the_range(scene: Scene) -> None:
    scene.client.register_scalable_target(**scene.target, MinCapacity=1)
    scene.stage.cloud.until(lambda: scene.stage.describe(scene.name)["desiredCount"] == 1, "one desired task")
    activities = scene.client.describe_scaling_activities(**scene.target)["ScalingActivities"]
    assert activities[0]["Description"] == "Setting desired count to 1."
    assert activities[0]["Cause"] == "minimum capacity was set to 1"


@fact("3/range-kept")
def test_a_client_may_set_a_desired_count_outside_the_range(scene: Scene) -> None:
    assert scene.stage.update(scene.name, desiredCount=5)["desiredCount"] == 5
    scene.stage.update(scene.name, desiredCount=0)


@fact("3/tracking", "3/tracking-alarms")
def test_a_target_tracking_policy_makes_its_alarms(scene: Scene) -> None:
    policy = scene.track()
    alarms = scene.alarms()
    assert set(alarms) == {"AlarmHigh", "AlarmLow"}
    assert {alarm["AlarmName"] for alarm in policy["Alarms"]} == {alarm["AlarmName"] for alarm in alarms.values()}
    names = ("ComparisonOperator", "Threshold", "EvaluationPeriods", "Period", "Statistic", "MetricName", "Namespace")
    metric = (60, "Average", "CPUUtilization", "AWS/ECS")
    assert {kind: tuple(alarm[name] for name in names) for kind, alarm in alarms.items()} == {
        "AlarmHigh": ("GreaterThanThreshold", 70.0, 3, *metric),
        "AlarmLow": ("LessThanThreshold", 63.0, 15, *metric),
    }
    dimensions = {each["Name"]: each["Value"] for each in alarms["AlarmHigh"]["Dimensions"]}
    assert dimensions == {"ClusterName": scene.stage.cluster, "ServiceName": scene.name}
    for alarm in alarms.values():
        assert alarm["AlarmDescription"].startswith("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy")
        assert alarm["AlarmActions"][0].startswith(policy["PolicyARN"])


@fact("3/put-again")
def test_a_policy_put_again_is_the_same_policy(scene: Scene) -> None:
    first = scene.track()
    assert scene.track(TargetValue=50.0)["PolicyARN"] == first["PolicyARN"]
    assert {kind: alarm["Threshold"] for kind, alarm in scene.alarms().items()} == {
        "AlarmHigh": 50.0,
        "AlarmLow": 45.0,
    }


@fact("3/deregister")
def test_a_deregistered_target_takes_its_policies_along(scene: Scene) -> None:
    scene.track()
    scene.client.deregister_scalable_target(**scene.target)
    target = {key: scene.target[key] for key in ("ServiceNamespace", "ResourceId")}
    assert scene.client.describe_scaling_policies(**target)["ScalingPolicies"] == []
    scene.stage.cloud.until(lambda: not scene.alarms(), "its alarms to go")


@fact("3/no-target")
def test_a_policy_needs_its_target_and_a_deletion_its_policy(scene: Scene) -> None:
    with scene.stage.cloud.refused("ObjectNotFoundException"):
        scene.client.delete_scaling_policy(**scene.target, PolicyName="none")
    scene.client.deregister_scalable_target(**scene.target)
    with scene.stage.cloud.refused("ObjectNotFoundException"):
        scene.track()


@fact("3/steps")
@pytest.mark.parametrize(
    "steps",
    [
        [(None, None)],
        [(0, 10)],
        [(-10, 0)],
        [(0, 10), (20, None)],
        [(0, 10), (5, None)],
        [(0, None), (10, None)],
    ],
)
def test_steps_that_are_refused(scene: Scene, steps: list[tuple[float | None, float | None]]) -> None:
    with scene.stage.cloud.refused("ValidationException"):
        scene.step(*map(adjustment, steps))


@fact("3/steps")
def test_steps_that_are_taken(scene: Scene) -> None:
    created = scene.step(*map(adjustment, [(0, 10), (10, None)]))
    assert ":policyName/step" in created["PolicyARN"]


@fact("3/activities", "3/not-scaled")
@pytest.mark.full
def test_an_alarm_scales_out_until_the_maximum_and_says_so(scene: Scene) -> None:
    cloud, alarm = scene.stage.cloud, scene.stage.cloud.new_name("alarm")
    cloudwatch = cloud.client("cloudwatch")
    scene.client.register_scalable_target(**scene.target, MinCapacity=0, MaxCapacity=1)
    policy = scene.step({"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}, Cooldown=60)
    metric = {"Namespace": "conformance", "MetricName": scene.name}
    cloudwatch.put_metric_alarm(
        AlarmName=alarm,
        **metric,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=50.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    cloud.at_the_end(cloudwatch.delete_alarms, AlarmNames=[alarm])

    def newest(**wanted: Any) -> Wire | None:
        data = [{"MetricName": metric["MetricName"], "Value": 70.0}]
        cloudwatch.put_metric_data(Namespace=metric["Namespace"], MetricData=data)
        found = scene.client.describe_scaling_activities(**scene.target, IncludeNotScaledActivities=True)
        return next((dict(each) for each in found["ScalingActivities"] if each | wanted == each), None)

    cause = f"monitor alarm {alarm} in state ALARM triggered policy step"
    scaled = cloud.until(lambda: newest(StatusCode="Successful", Cause=cause), "a scaling activity", 900)
    assert scaled is not None
    assert scaled["Description"] == "Setting desired count to 1."
    assert scaled["StatusMessage"] == "Successfully set desired count to 1. Change successfully fulfilled by ecs."
    assert len(scene.stage.describe(scene.name)["deployments"]) == 1
    full = cloud.until(lambda: newest(StatusCode="Failed", Cause=cause), "an activity that is not scaled", 900)
    assert full is not None
    assert full["NotScaledReasons"] == [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 1}]


def adjustment(bounds: tuple[float | None, float | None]) -> Wire:
    """Return a step that adds one task between two bounds."""
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    wire: Wire = {name: bound for name, bound in zip(names, bounds, strict=True) if bound is not None}
    return wire | {"ScalingAdjustment": 1}
