"""Services that scale by measured or given metrics: a real local cloud in which a minute takes a second."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.localcloud.ecs.daemon import Shell, start, until

DIMENSIONS = [{"Name": "Of", "Value": "test"}]


@dataclass(frozen=True)
class Scene:
    """Services of one task as scalable targets from 1 to 3."""

    shell: Shell

    def __post_init__(self) -> None:
        self.shell.register({"command": ["sleep", "600"]}, family="sleeper")

    @property
    def scaling(self) -> Any:
        return self.shell.daemon.client("application-autoscaling")

    @property
    def cloudwatch(self) -> Any:
        return self.shell.daemon.client("cloudwatch")

    def target(self, service: str) -> dict[str, Any]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/c/{service}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }

    def serve(self, service: str, definition: str = "sleeper") -> None:
        self.shell.ecs.create_service(
            cluster="c",
            serviceName=service,
            taskDefinition=definition,
            desiredCount=1,
            networkConfiguration=self.shell.daemon.network,
        )
        self.shell.until_steady(service)
        self.scaling.register_scalable_target(**self.target(service), MinCapacity=1, MaxCapacity=3)

    def track(self, service: str, **configuration: Any) -> None:
        self.scaling.put_scaling_policy(
            **self.target(service),
            PolicyName="tracking",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=configuration,
        )

    def step(self, service: str, adjustment: int) -> str:
        """Put a policy above its alarm's threshold; return its ARN."""
        answer = self.scaling.put_scaling_policy(
            **self.target(service),
            PolicyName=f"by {adjustment}",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={
                "AdjustmentType": "ChangeInCapacity",
                "Cooldown": 60,
                "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": adjustment}],
            },
        )
        return str(answer["PolicyARN"])

    def put(self, **values: float) -> None:
        data = [{"MetricName": name, "Value": value, "Dimensions": DIMENSIONS} for name, value in values.items()]
        self.cloudwatch.put_metric_data(Namespace="Test", MetricData=data)

    def until_scaled(self, service: str, count: int, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait until this number of tasks is desired and running, and the activity is successful."""

        def scaled() -> bool:
            meanwhile()
            shown = self.shell.service(service)
            return (shown["desiredCount"], shown["runningCount"]) == (count, count) and (
                self.activities(service)[0]["StatusCode"] == "Successful"
            )

        until(scaled, f"{count} tasks of {service}; activities {self.activities(service)}", 60.0)

    def activities(self, service: str) -> list[dict[str, Any]]:
        found = self.scaling.describe_scaling_activities(**self.target(service))
        return list(found["ScalingActivities"])

    def metric(self, name: str) -> dict[str, Any]:
        """Return one of the test's own metrics, as part of metric math."""
        metric = {"Namespace": "Test", "MetricName": name, "Dimensions": DIMENSIONS}
        return {"Id": name, "MetricStat": {"Metric": metric, "Stat": "Average"}, "ReturnData": False}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data", speed=60)
    try:
        yield Scene(Shell(daemon))
    finally:
        assert daemon.stop() == 0


def test_step_policies_scale_out_and_in_by_alarms_of_metric_math(scene: Scene) -> None:
    scene.serve("stepped")
    for name, adjustment, expression in (("busy", 1, "IF(load > 70, 1, 0)"), ("idle", -1, "IF(load < 30, 1, 0)")):
        load = scene.metric("load")
        load["MetricStat"]["Period"] = 60
        scene.cloudwatch.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            Threshold=1,
            EvaluationPeriods=2,
            TreatMissingData="notBreaching",
            AlarmActions=[scene.step("stepped", adjustment)],
            Metrics=[{"Id": "e", "Expression": expression, "ReturnData": True}, load],
        )
    scene.until_scaled("stepped", 3, lambda: scene.put(load=90))  # one by one: the alarm notifies repeatedly
    assert [each["Description"] for each in scene.activities("stepped")] == [
        "Setting desired count to 3.",
        "Setting desired count to 2.",
    ]
    assert scene.activities("stepped")[0]["Cause"] == "monitor alarm busy in state ALARM triggered policy by 1"
    scene.until_scaled("stepped", 1, lambda: scene.put(load=10))
    assert "idle" in scene.activities("stepped")[0]["Cause"]
    assert len(scene.shell.service("stepped")["deployments"]) == 1


def test_target_tracking_holds_what_metric_math_computes(scene: Scene) -> None:
    scene.serve("tracked")
    expression = {"Id": "each", "Expression": "FILL(requests, 0) / tasks", "ReturnData": True}
    metrics = [expression, scene.metric("requests"), scene.metric("tasks")]
    scene.track(
        "tracked",
        TargetValue=100.0,
        ScaleOutCooldown=60,
        CustomizedMetricSpecification={"Metrics": metrics},
    )
    scene.until_scaled("tracked", 3, lambda: scene.put(requests=250, tasks=1))
    assert "-AlarmHigh-" in scene.activities("tracked")[0]["Cause"]
    assert len(scene.activities("tracked")) == 1  # at once, not one by one


@pytest.mark.full  # it takes CPU from the tests beside it
def test_target_tracking_follows_the_real_load_of_the_processors(scene: Scene, tmp_path: Path) -> None:
    """A task has a quarter of a virtual CPU: one that works half the time is far above 70 %."""
    work = tmp_path / "work"
    work.touch()
    burn = "import time; end = time.monotonic() + .05\nwhile time.monotonic() < end: pass"
    script = f"while :; do if [ -e {work} ]; then {{ python3 -c '{burn}'; sleep 0.05; }}; else sleep 0.1; fi; done"
    scene.shell.register({"command": ["sh", "-c", script]}, family="worker")
    scene.serve("working", "worker")
    scene.track(
        "working",
        TargetValue=70.0,
        ScaleInCooldown=60,
        PredefinedMetricSpecification={"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    )
    scene.scaling.register_scalable_target(**scene.target("working"), MinCapacity=1, MaxCapacity=2)
    scene.until_scaled("working", 2)
    work.unlink()
    scene.until_scaled("working", 1)
    assert "-AlarmLow-" in scene.activities("working")[0]["Cause"]
