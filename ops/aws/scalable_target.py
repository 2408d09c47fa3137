"""The bounds within which Application Auto Scaling keeps the service's desired count."""

from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws

DIMENSION = "ecs:service:DesiredCount"
SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalableTarget:
    """The bounds of scaling. suspended: nothing scales, in or out, by metric or by schedule."""

    minimum: int
    maximum: int
    suspended: bool


def find_scalable_target(aws: Aws) -> ScalableTarget | None:
    """Read the scalable target; None when nothing scales it. Application Auto Scaling DescribeScalableTargets."""
    found = aws.autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[resource_of(aws)], ScalableDimension=DIMENSION
    )["ScalableTargets"]
    if not found:
        return None
    suspended = found[0].get("SuspendedState", {})
    return ScalableTarget(
        minimum=found[0]["MinCapacity"],
        maximum=found[0]["MaxCapacity"],
        suspended=all(suspended.get(name, False) for name in SUSPENSIONS),
    )


def schedule_in_force(aws: Aws) -> str | None:
    """Return the name, in Terraform's scheduled_scaling, of an action that sets both bounds to their current values.

    Application Auto Scaling DescribeScalableTargets, DescribeScheduledActions.
    """
    target = find_scalable_target(aws)
    if target is None:
        return None
    now = {"MinCapacity": target.minimum, "MaxCapacity": target.maximum}
    pages = aws.autoscaling.get_paginator("describe_scheduled_actions").paginate(
        ServiceNamespace="ecs", ResourceId=resource_of(aws), ScalableDimension=DIMENSION
    )
    names = (
        each["ScheduledActionName"]
        for page in pages
        for each in page["ScheduledActions"]
        if each.get("ScalableTargetAction") == now
    )
    prefix = f"{aws.environment.prefix}-"
    return min((name.removeprefix(prefix) for name in names if name.startswith(prefix)), default=None)


def cause_of_count(aws: Aws, count: int) -> str | None:
    """Return why scaling last set the desired count, when it set it to `count`: the alarm and policy, or a bound.

    Application Auto Scaling DescribeScalingActivities.
    """
    activities = aws.autoscaling.describe_scaling_activities(
        ServiceNamespace="ecs", ResourceId=resource_of(aws), ScalableDimension=DIMENSION, MaxResults=1
    )["ScalingActivities"]
    newest = activities[0] if activities else {}
    return str(newest["Cause"]) if newest.get("Description") == f"Setting desired count to {count}." else None


def change_scalable_target(aws: Aws, *, bounds: tuple[int, int] | None = None, suspended: bool | None = None) -> None:
    """Set the bounds, suspend or resume scaling; None leaves it. Application Auto Scaling RegisterScalableTarget."""
    changes: dict[str, Any] = {}
    if bounds is not None:
        changes["MinCapacity"], changes["MaxCapacity"] = bounds
    if suspended is not None:
        changes["SuspendedState"] = dict.fromkeys(SUSPENSIONS, suspended)
    aws.autoscaling.register_scalable_target(
        ServiceNamespace="ecs", ResourceId=resource_of(aws), ScalableDimension=DIMENSION, **changes
    )


def resource_of(aws: Aws) -> str:
    return f"service/{aws.environment.cluster}/{aws.environment.service}"
