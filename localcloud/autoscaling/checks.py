"""Checks of scaling policies and scheduled actions, in AWS's words where they are known."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from localcloud.autoscaling.model import AdjustmentType
from localcloud.autoscaling.requests import ScalingRequest
from localcloud.autoscaling.schedules import parse
from localcloud.autoscaling.tracking_alarms import tracking_fault
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_application_autoscaling.type_defs import StepScalingPolicyConfigurationTypeDef

MAX_STEPS = 20
POLICY_TYPES = ("StepScaling", "TargetTrackingScaling")


def check_policy(request: ScalingRequest) -> None:
    """Check a scaling policy. Errors: AwsError ValidationException."""
    kind = request.get("PolicyType")
    if kind not in POLICY_TYPES:
        raise AwsError("ValidationException", f"PolicyType {kind}: should be one of {', '.join(POLICY_TYPES)} here")
    steps = request.get("StepScalingPolicyConfiguration")
    tracking = request.get("TargetTrackingScalingPolicyConfiguration")
    fault = f"{kind}PolicyConfiguration must be specified for policy type {kind}"
    if kind == "StepScaling" and steps:
        fault = step_fault(steps)
    elif kind == "TargetTrackingScaling" and tracking:
        fault = tracking_fault(tracking)
    if fault:
        raise AwsError("ValidationException", fault)


def check_scheduled_action(request: ScalingRequest) -> None:
    """Check a scheduled action. Errors: AwsError ValidationException."""
    bounds = request.get("ScalableTargetAction") or {}
    minimum, maximum = bounds.get("MinCapacity"), bounds.get("MaxCapacity")
    if minimum is None and maximum is None and "Schedule" in request:
        raise AwsError("ValidationException", "ScalableTargetAction should have MinCapacity, MaxCapacity or both")
    if minimum is not None and maximum is not None and not 0 <= minimum <= maximum:
        raise AwsError("ValidationException", f"MinCapacity {minimum} should be from 0 to MaxCapacity {maximum}")
    if (start := request.get("StartTime")) and (end := request.get("EndTime")) and end <= start:
        raise AwsError("ValidationException", "EndTime should be after StartTime")
    try:
        if "Schedule" in request:
            parse(request["Schedule"], datetime.now(UTC))
        ZoneInfo(request.get("Timezone") or "UTC")
    except (ValueError, KeyError) as exc:
        raise AwsError("ValidationException", f"Schedule or Timezone: {exc}") from exc


def step_fault(configuration: StepScalingPolicyConfigurationTypeDef) -> str:
    """Return the message of the ValidationException; empty when valid. `configuration`: as the client sent it."""
    steps = configuration.get("StepAdjustments", [])
    kind: str = configuration.get("AdjustmentType", "")
    if kind not in list(AdjustmentType):
        return f"Unknown adjustment type: {kind or None}"
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
    lower_bounds, upper_bounds = zip(*intervals, strict=True)
    if (None, None) in intervals:
        return "Both lower and upper bounds of a step adjustment cannot be left unspecified"
    if lower_bounds.count(None) > 1:
        return "At most one step adjustment may have an unspecified lower bound"
    if upper_bounds.count(None) > 1:
        return "At most one step adjustment may have an unspecified upper bound"
    if any(upper is not None and upper > 0 for upper in upper_bounds) and None not in upper_bounds:
        return _missing("upper", "positive")
    if any(lower is not None and lower < 0 for lower in lower_bounds) and None not in lower_bounds:
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
    requirement = f"There must be a step adjustment with an unspecified {bound} bound"
    return f"{requirement} when one step adjustment has a {sign} {bound} bound"
