"""Checks a step scaling policy as PutScalingPolicy does, in AWS's words where they are known."""

from itertools import pairwise
from typing import Any

from localcloud.autoscaling.model import AdjustmentType

MAX_STEPS = 20


def step_fault(configuration: dict[str, Any]) -> str:
    """Return the message of the ValidationException; empty when valid. `configuration`: as the client sent it."""
    steps = configuration.get("StepAdjustments", [])
    kind = configuration.get("AdjustmentType")
    if kind not in list(AdjustmentType):
        return f"Unknown adjustment type: {kind}"
    if not steps:
        return "At least one step adjustment is required"
    if len(steps) > MAX_STEPS:
        return f"There can be at most {MAX_STEPS} step adjustments per scaling policy"
    if kind == AdjustmentType.EXACT and any(step["ScalingAdjustment"] < 0 for step in steps):
        return "Scaling adjustments of type ExactCapacity cannot be negative"
    if "MinAdjustmentMagnitude" in configuration and kind != AdjustmentType.PERCENT:
        return "MinAdjustmentMagnitude can only be specified for adjustment type PercentChangeInCapacity"
    return _interval_fault(
        [(step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound")) for step in steps]
    )


def _interval_fault(intervals: list[tuple[float | None, float | None]]) -> str:
    lowers, uppers = zip(*intervals, strict=True)
    if (None, None) in intervals:
        return "Both lower and upper bounds of a step adjustment cannot be left unspecified"
    if lowers.count(None) > 1:
        return "At most one step adjustment may have an unspecified lower bound"
    if uppers.count(None) > 1:
        return "At most one step adjustment may have an unspecified upper bound"
    if any(upper is not None and upper > 0 for upper in uppers) and None not in uppers:
        return _missing("upper", "positive")
    if any(lower is not None and lower < 0 for lower in lowers) and None not in lowers:
        return _missing("lower", "negative")
    known = sorted(
        (float("-inf") if lower is None else lower, float("inf") if upper is None else upper)
        for lower, upper in intervals
    )
    if any(lower >= upper for lower, upper in known):
        return "The lower bound of a step adjustment must be less than its upper bound"
    if any(upper > next_lower for (_, upper), (next_lower, _) in pairwise(known)):
        return "Step adjustment intervals cannot overlap"
    if any(upper < next_lower for (_, upper), (next_lower, _) in pairwise(known)):
        return "Step adjustment intervals cannot have gaps between them"
    return ""


def _missing(bound: str, sign: str) -> str:
    wanted = f"There must be a step adjustment with an unspecified {bound} bound"
    return f"{wanted} when one step adjustment has a {sign} {bound} bound"
