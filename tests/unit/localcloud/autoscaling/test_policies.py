"""The request of one policy: rounding, bounds, and what PutScalingPolicy refuses."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.autoscaling.checks import step_fault
from localcloud.autoscaling.model import AdjustmentType, Step, StepPolicy
from localcloud.autoscaling.policies import matching_step, percent_change, stepped, tracked_in, tracked_out
from localcloud.autoscaling.tracking_alarms import tracking_alarms, tracking_fault


def policy(*steps: tuple[int, float | None, float | None], kind: str = "ChangeInCapacity", **more: Any) -> StepPolicy:
    """Make a policy from steps (adjustment, lower, upper)."""
    created = tuple(Step(adjustment=adjustment, lower=lower, upper=upper) for adjustment, lower, upper in steps)
    return StepPolicy(name="p", adjustment_type=AdjustmentType(kind), steps=created, **more)


@pytest.mark.parametrize(
    ("base", "value", "target", "wanted"),
    [
        (2, 71.0, 70.0, 3),
        (3, 140.0, 70.0, 6),
        (3, 70.0, 70.0, 3),
        (10, 75.0, 70.0, 11),
        (1, 700.0, 70.0, 10),
        (0, 100.0, 70.0, 2),
    ],
)
def test_target_tracking_scales_out_in_proportion_rounded_up(
    base: int, value: float, target: float, wanted: int
) -> None:
    assert tracked_out(base, [1.0, value], target) == wanted


def test_target_tracking_scales_in_to_what_the_busiest_minute_needs() -> None:
    assert tracked_in(10, [5.0, 35.0, 7.0], 70.0) == 5
    assert tracked_in(10, [62.0] * 15, 70.0) == 9
    assert tracked_in(2, [62.0] * 15, 70.0) == 2
    assert tracked_in(10, [0.0] * 15, 70.0) == 0


@pytest.mark.parametrize(
    ("base", "percent", "magnitude", "change"),
    [
        (10, 25, 0, 2),  # 2.5: above 1, rounded down
        (2, 10, 0, 1),  # 0.2: between 0 and 1, rounded up
        (2, -10, 0, -1),  # -0.2: between -1 and 0, rounded to -1
        (10, -25, 0, -2),  # -2.5: toward zero
        (4, 25, 2, 2),  # AWS's example of MinAdjustmentMagnitude
        (4, -25, 2, -2),
        (40, 25, 2, 10),
        (10, 0, 2, 0),
        (0, 50, 2, 0),
    ],
)
def test_a_percentage_is_rounded_as_aws_does(base: int, percent: int, magnitude: int, change: int) -> None:
    assert percent_change(base, percent, magnitude) == change


@pytest.mark.parametrize(
    ("value", "adjustment"),
    [
        (29.0, -3),
        (30.0, -3),  # below the threshold, the upper bound belongs to the step
        (30.1, -1),
        (40.0, -1),
        (40.1, 0),
        (50.0, 0),  # the threshold: above it, the lower bound belongs to the step
        (59.9, 0),
        (60.0, 1),
        (69.9, 1),
        (70.0, 3),
        (99.0, 3),
    ],
)
def test_bounds_are_relative_to_the_threshold_and_belong_to_one_step(value: float, adjustment: int) -> None:
    both = policy((-3, None, -20), (-1, -20, -10), (0, -10, 10), (1, 10, 20), (3, 20, None))
    step = matching_step(both, [value], threshold=50.0)
    assert step is not None
    assert step.adjustment == adjustment


def test_a_low_alarm_at_its_threshold_matches_a_step_up_to_zero() -> None:
    low = policy((-1, None, 0))
    assert matching_step(low, [50.0], 50.0) == low.steps[0]
    assert matching_step(low, [50.1], 50.0) is None


@pytest.mark.parametrize(("aggregation", "adjustment"), [("Average", 2), ("Minimum", 1), ("Maximum", 3)])
def test_the_datapoints_are_aggregated_as_the_policy_says(aggregation: str, adjustment: int) -> None:
    steps = policy((1, 0, 10), (2, 10, 20), (3, 20, None), aggregation=aggregation)
    step = matching_step(steps, [51.0, 64.0, 80.0], 50.0)
    assert step is not None
    assert step.adjustment == adjustment


def test_each_adjustment_type_says_what_its_number_means() -> None:
    for kind, adjustment, base, wanted in (
        ("ChangeInCapacity", 3, 4, 7),
        ("ChangeInCapacity", -5, 4, 0),
        ("ExactCapacity", 9, 4, 9),
        ("PercentChangeInCapacity", 50, 5, 7),
    ):
        one = policy((adjustment, 0, None), kind=kind)
        assert stepped(one, one.steps[0], base) == wanted, kind


@given(st.floats(-1e6, 1e6), st.lists(st.floats(-100, 100), min_size=1, max_size=6, unique=True))
def test_without_gaps_every_value_has_one_step(value: float, bounds: list[float]) -> None:
    ordered = sorted(bounds)
    steps = [(1, None, ordered[0]), *((1, a, b) for a, b in pairwise(ordered))]
    whole = policy(*steps, (1, ordered[-1], None))
    assert matching_step(whole, [value], 0.0) is not None


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([(None, None)], "cannot be left unspecified"),
        ([(0, 10)], "unspecified upper bound when one step adjustment has a positive upper bound"),
        ([(-10, 0)], "unspecified lower bound when one step adjustment has a negative lower bound"),
        ([(0, 10), (20, None)], "cannot have gaps"),
        ([(0, 10), (5, None)], "cannot overlap"),
        ([(0, None), (10, None)], "At most one"),
        ([(None, 0), (None, -10)], "At most one"),
        ([(10, 0), (10, None)], "less than its upper bound"),
        ([(number, number + 1) for number in range(20)] + [(20, None)], "at most 20"),
        ([], "At least one"),
    ],
)
def test_steps_that_are_refused(steps: list[tuple[float | None, float | None]], message: str) -> None:
    assert message in step_fault(configuration(steps))


@pytest.mark.parametrize("steps", [[(0, None)], [(None, 0)], [(0, 10), (10, None)], [(None, -10), (-10, 0)]])
def test_steps_that_are_taken(steps: list[tuple[float | None, float | None]]) -> None:
    assert step_fault(configuration(steps)) == ""


def test_a_magnitude_is_for_percentages_and_an_exact_capacity_is_not_negative() -> None:
    assert "MinAdjustmentMagnitude" in step_fault(configuration([(0, None)]) | {"MinAdjustmentMagnitude": 2})
    assert "negative" in step_fault(configuration([(0, None)], "ExactCapacity", -1))
    assert "adjustment type" in step_fault(configuration([(0, None)], "Doubled"))


def configuration(
    steps: list[tuple[float | None, float | None]], kind: str = "ChangeInCapacity", adjustment: int = 1
) -> dict[str, Any]:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    bounds = [{name: at for name, at in zip(names, step, strict=True) if at is not None} for step in steps]
    return {
        "AdjustmentType": kind,
        "StepAdjustments": [{"ScalingAdjustment": adjustment, **each} for each in bounds],
    }


def test_a_tracking_policy_makes_a_high_and_a_low_alarm() -> None:
    predefined = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    alarms = tracking_alarms(
        {"TargetValue": 70.0, "PredefinedMetricSpecification": predefined}, "service/c/s", "arn:policy"
    )
    shared = {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Statistic": "Average",
        "Unit": "Percent",
        "Period": 60,
        "Dimensions": [{"Name": "ClusterName", "Value": "c"}, {"Name": "ServiceName", "Value": "s"}],
        "AlarmDescription": "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy arn:policy.",
        "AlarmActions": ["arn:policy"],
    }
    high = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3, "Threshold": 70.0}
    low = {"ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 15, "Threshold": 63.0}
    assert alarms == {"AlarmHigh": shared | high, "AlarmLow": shared | low}


def test_requests_for_each_target_are_summed_by_the_label() -> None:
    label = "app/lb/50dc6c495c0c9188/targetgroup/tg/943f017f100becff"
    predefined = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
    parameters = {"TargetValue": 1000.0, "PredefinedMetricSpecification": predefined}
    assert tracking_fault(parameters) == ""
    high = tracking_alarms(parameters, "service/c/s", "a")["AlarmHigh"]
    assert (high["Namespace"], high["MetricName"], high["Statistic"]) == (
        "AWS/ApplicationELB",
        "RequestCountPerTarget",
        "Sum",
    )
    assert high["Dimensions"] == [
        {"Name": "LoadBalancer", "Value": "app/lb/50dc6c495c0c9188"},
        {"Name": "TargetGroup", "Value": "targetgroup/tg/943f017f100becff"},
    ]


def test_metric_math_is_kept_with_periods_of_a_minute() -> None:
    metric = {"Namespace": "N", "MetricName": "M", "Dimensions": []}
    parameters = {
        "TargetValue": 1.0,
        "CustomizedMetricSpecification": {
            "Metrics": [
                {"Id": "e", "Expression": "m / 2", "ReturnData": True},
                {"Id": "m", "MetricStat": {"Metric": metric, "Stat": "Sum"}, "ReturnData": False},
            ]
        },
    }
    assert tracking_alarms(parameters, "service/c/s", "a")["AlarmLow"]["Metrics"] == [
        {"Id": "e", "Expression": "m / 2", "ReturnData": True},
        {"Id": "m", "MetricStat": {"Metric": metric, "Stat": "Sum", "Period": 60}, "ReturnData": False},
    ]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ({}, "Exactly one"),
        ({"PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"}}, "not offered"),
        ({"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}}, "ResourceLabel"),
    ],
)
def test_metrics_that_are_refused(metric: dict[str, Any], message: str) -> None:
    assert message in tracking_fault({"TargetValue": 1.0, **metric})
