"""Targets and policies as moto keeps them, read into the model. Call everything here in moto's thread."""

import re
import sys
from dataclasses import dataclass
from typing import Any

from localcloud.autoscaling.activities import DIMENSION
from localcloud.autoscaling.model import (
    DEFAULT_COOLDOWN_S,
    AdjustmentType,
    Step,
    StepPolicy,
    Target,
    TrackingPolicy,
)
from localcloud.host import Host

POLICY_ARN = re.compile(r"(?P<arn>arn:[^:]+:autoscaling:.+:resource/ecs/(?P<resource>service/[^:]+):policyName/[^:]+)")
"""An alarm's action: the policy's ARN, behind it AWS writes `:createdBy/UUID` for target tracking."""

Policy = StepPolicy | TrackingPolicy


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One scalable target. `policies` by ARN; `in_alarm`: which of its target tracking alarms are in ALARM."""

    target: Target
    policies: dict[str, Policy]
    in_alarm: frozenset[str]

    @property
    def tracking(self) -> list[TrackingPolicy]:
        """Its target tracking policies."""
        return [policy for policy in self.policies.values() if isinstance(policy, TrackingPolicy)]


def policy_of(action: str) -> tuple[str, str] | None:
    """(policy's ARN, resource id) of an alarm's action; None when it is no policy of an ECS service."""
    found = POLICY_ARN.match(action)
    return (found["arn"], found["resource"]) if found else None


def registered(host: Host, resource_id: str) -> Registered | None:
    """None when there is no such target."""
    backend = _backend(host)
    record = backend and backend.targets.get(DIMENSION, {}).get(resource_id)
    if not record:
        return None
    suspended = record.suspended_state or {}
    target = Target(
        minimum=record.min_capacity or 0,
        maximum=record.max_capacity or 0,
        out_suspended=bool(suspended.get("DynamicScalingOutSuspended")),
        in_suspended=bool(suspended.get("DynamicScalingInSuspended")),
    )
    own = [policy for policy in backend.policies.values() if policy.resource_id == resource_id]
    names = {alarm.name for policy in own for alarm in policy.alarms}
    return Registered(
        target=target,
        policies={policy.policy_arn: _policy(policy) for policy in own},
        in_alarm=frozenset(name for name in names if _state(host, name) == "ALARM"),
    )


def _backend(host: Host) -> Any:
    """None while nobody has called Application Auto Scaling yet."""
    if "moto.applicationautoscaling.models" not in sys.modules:
        return None
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    return applicationautoscaling_backends[host.account_id][host.region]


def _state(host: Host, name: str) -> str:
    from moto.cloudwatch.models import cloudwatch_backends

    alarm = cloudwatch_backends[host.account_id][host.region].alarms.get(name)
    return str(alarm.state_value) if alarm else ""


def _policy(record: Any) -> Policy:
    if record.policy_type == "StepScaling":
        return step_policy(record.policy_name, record.step_scaling_policy_configuration)
    wire = record.target_tracking_scaling_policy_configuration
    return TrackingPolicy(
        name=record.policy_name,
        target_value=float(wire["TargetValue"]),
        out_cooldown_s=float(wire.get("ScaleOutCooldown", DEFAULT_COOLDOWN_S)),
        in_cooldown_s=float(wire.get("ScaleInCooldown", DEFAULT_COOLDOWN_S)),
        scales_in=not wire.get("DisableScaleIn", False),
    )


def step_policy(name: str, wire: dict[str, Any]) -> StepPolicy:
    """From a StepScalingPolicyConfiguration."""
    return StepPolicy(
        name=name,
        adjustment_type=AdjustmentType(wire["AdjustmentType"]),
        steps=tuple(
            Step(
                adjustment=int(step["ScalingAdjustment"]),
                lower=step.get("MetricIntervalLowerBound"),
                upper=step.get("MetricIntervalUpperBound"),
            )
            for step in wire["StepAdjustments"]
        ),
        cooldown_s=float(wire.get("Cooldown", DEFAULT_COOLDOWN_S)),
        minimum_magnitude=int(wire.get("MinAdjustmentMagnitude", 0)),
        aggregation=wire.get("MetricAggregationType", "Average"),
    )
