"""The block step_scaling_policy_configuration."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import State

BOUNDS = {
    "metric_interval_lower_bound": "MetricIntervalLowerBound",
    "metric_interval_upper_bound": "MetricIntervalUpperBound",
}


def request(block: State) -> dict[str, Any]:
    made: dict[str, Any] = {"Cooldown": block["cooldown"] or 0}
    for name, key in (
        ("adjustment_type", "AdjustmentType"),
        ("metric_aggregation_type", "MetricAggregationType"),
        ("min_adjustment_magnitude", "MinAdjustmentMagnitude"),
    ):
        if block[name]:
            made[key] = block[name]
    made["StepAdjustments"] = [
        {
            "ScalingAdjustment": step["scaling_adjustment"],
            **{key: float(step[name]) for name, key in BOUNDS.items() if step[name] not in (None, "")},
        }
        for step in block["step_adjustment"]
    ]
    return made


def as_block(found: Mapping[str, Any]) -> State:
    return {
        "adjustment_type": found.get("AdjustmentType", ""),
        "cooldown": found.get("Cooldown", 0),
        "metric_aggregation_type": found.get("MetricAggregationType", ""),
        "min_adjustment_magnitude": found.get("MinAdjustmentMagnitude", 0),
        "step_adjustment": [
            {
                "scaling_adjustment": step["ScalingAdjustment"],
                **{name: bound(step.get(key)) for name, key in BOUNDS.items()},
            }
            for step in found.get("StepAdjustments", [])
        ],
    }


def bound(value: float | None) -> str:
    """Write a bound as the provider keeps it: "0", "10.5", and "" for none."""
    if value is None:
        return ""
    return str(int(value)) if float(value).is_integer() else repr(float(value))
