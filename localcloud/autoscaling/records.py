"""Reads targets and policies as moto stores them into the model. Call everything here in moto's thread."""

from __future__ import annotations

import logging
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypedDict, cast
from zoneinfo import ZoneInfo

from localcloud.autoscaling.activities import DIMENSION
from localcloud.autoscaling.model import (
    DEFAULT_COOLDOWN_S,
    AdjustmentType,
    Step,
    StepPolicy,
    Target,
    TrackingPolicy,
)
from localcloud.autoscaling.schedules import Schedule, parse
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.records import alarms_of
from localcloud.host import Host

if TYPE_CHECKING:
    from moto.applicationautoscaling.models import (
        ApplicationAutoscalingBackend,
        FakeApplicationAutoscalingPolicy,
        FakeScalableTarget,
    )
    from types_boto3_application_autoscaling.type_defs import (
        ScalableTargetActionTypeDef,
        StepScalingPolicyConfigurationTypeDef,
        SuspendedStateTypeDef,
        TargetTrackingScalingPolicyConfigurationTypeDef,
    )

log = logging.getLogger(__name__)

POLICY_ARN = re.compile(r"(?P<arn>arn:[^:]+:autoscaling:.+:resource/ecs/(?P<resource>service/[^:]+):policyName/[^:]+)")
"""An alarm's action: the policy's ARN, to which AWS appends `:createdBy/UUID` for target tracking."""

Policy = StepPolicy | TrackingPolicy


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One scalable target. `policies` are by ARN; `in_alarm`: those of its target tracking alarms in ALARM."""

    target: Target
    policies: dict[str, Policy]
    in_alarm: frozenset[str]

    @property
    def tracking(self) -> list[TrackingPolicy]:
        return [policy for policy in self.policies.values() if isinstance(policy, TrackingPolicy)]


class ScheduledRecord(TypedDict):
    """The input of PutScheduledAction, under moto's names. Times: epoch seconds, as the client sent them."""

    scheduled_action_name: str
    resource_id: str
    schedule: str
    timezone: str | None
    start_time: float | str | None
    end_time: float | str | None
    creation_time: float | str | None
    scalable_target_action: ScalableTargetActionTypeDef | None


@dataclass(frozen=True, kw_only=True)
class ScheduledAction:
    """A new range at scheduled times. A bound of None stays unchanged."""

    name: str
    resource_id: str
    schedule: Schedule
    zone: tzinfo
    start: datetime | None
    end: datetime | None
    minimum: int | None
    maximum: int | None

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the next time of its schedule, between its start and its end."""
        if self.start is not None and moment < self.start:
            moment = self.start - timedelta(microseconds=1)
        due = self.schedule.next_after(moment, self.zone)
        return None if due is None or (self.end is not None and due > self.end) else due


def policy_of(action: str) -> tuple[str, str] | None:
    """Return (policy's ARN, resource id) of an alarm's action; None when it is not a policy of an ECS service."""
    found = POLICY_ARN.match(action)
    return (found["arn"], found["resource"]) if found else None


def registered(host: Host, resource_id: str) -> Registered | None:
    """Return a scalable target; None when it does not exist."""
    backend = _backend(host)
    record = _target(backend, resource_id) if backend else None
    if backend is None or record is None:
        return None
    suspended = _suspended(record)
    target = Target(
        minimum=record.min_capacity or 0,
        maximum=record.max_capacity or 0,
        out_suspended=bool(suspended.get("DynamicScalingOutSuspended")),
        in_suspended=bool(suspended.get("DynamicScalingInSuspended")),
    )
    own = [policy for policy in backend.policies.values() if policy.resource_id == resource_id]
    names = {alarm.name for policy in own for alarm in policy.alarms}
    in_alarm = _in_alarm(host)
    return Registered(
        target=target,
        policies={policy.policy_arn: known for policy in own if (known := _if_readable(policy)) is not None},
        in_alarm=frozenset(names & in_alarm),
    )


def scheduled_actions(host: Host) -> list[ScheduledAction]:
    """Return the scheduled actions of ECS services whose scheduled scaling is not suspended."""
    backend = _backend(host)
    if backend is None:
        return []
    return [
        scheduled_action(cast("ScheduledRecord", vars(record)), host.clock.speed)
        for record in backend.scheduled_actions
        if record.service_namespace == "ecs" and _is_scheduled(backend, record.resource_id)
    ]


def scheduled_action(record: ScheduledRecord, speed: float) -> ScheduledAction:
    """Parse a scheduled action. Errors: ValueError, KeyError for an unknown zone."""
    start, end = _moment(record["start_time"]), _moment(record["end_time"])
    begin = start or _moment(record["creation_time"]) or datetime.now(UTC)
    bounds: ScalableTargetActionTypeDef = record["scalable_target_action"] or {}
    return ScheduledAction(
        name=record["scheduled_action_name"],
        resource_id=record["resource_id"],
        schedule=parse(record["schedule"], begin, speed),
        zone=ZoneInfo(record["timezone"] or "UTC"),
        start=start,
        end=end,
        minimum=bounds.get("MinCapacity"),
        maximum=bounds.get("MaxCapacity"),
    )


def set_range(host: Host, action: ScheduledAction) -> None:
    """Apply a scheduled action; do nothing when its target has gone meanwhile."""
    backend = _backend(host)
    record = _target(backend, action.resource_id) if backend else None
    if record is not None:
        record.update(action.minimum, action.maximum, record.suspended_state)


def _target(backend: ApplicationAutoscalingBackend, resource_id: str) -> FakeScalableTarget | None:
    return backend.targets.get(DIMENSION, {}).get(resource_id)


def _suspended(record: FakeScalableTarget) -> SuspendedStateTypeDef:
    return cast("SuspendedStateTypeDef", record.suspended_state or {})


def _is_scheduled(backend: ApplicationAutoscalingBackend, resource_id: str) -> bool:
    record = _target(backend, resource_id)
    return record is not None and not _suspended(record).get("ScheduledScalingSuspended")


def _moment(wire: object) -> datetime | None:
    """Convert epoch seconds, which moto stores as the client sent them."""
    return datetime.fromtimestamp(float(str(wire)), UTC) if wire else None


def _backend(host: Host) -> ApplicationAutoscalingBackend | None:
    """Return moto's backend; None when Application Auto Scaling was not called yet."""
    if "moto.applicationautoscaling.models" not in sys.modules:
        return None
    from moto.applicationautoscaling.models import applicationautoscaling_backends

    return applicationautoscaling_backends[host.account_id][host.region]


def _in_alarm(host: Host) -> set[str]:
    from moto.cloudwatch.models import cloudwatch_backends

    alarms = alarms_of(cloudwatch_backends[host.account_id][host.region])
    return {name for name, alarm in alarms.items() if alarm.state.value is State.ALARM}


def scheduled_names(host: Host, resource_id: str) -> set[str]:
    """Return the names of a target's scheduled actions."""
    backend = _backend(host)
    actions = backend.scheduled_actions if backend is not None else []
    return {each.scheduled_action_name for each in actions if each.resource_id == resource_id}


def _if_readable(record: FakeApplicationAutoscalingPolicy) -> Policy | None:
    """Parse a policy. One that an earlier version accepted wrongly must not keep the others from scaling."""
    try:
        return _policy(record)
    except (LookupError, TypeError, ValueError):
        extra = {"action": "policy_unreadable", "policy": record.policy_arn}
        log.exception("Policy left out because it cannot be read; put it again or delete it", extra=extra)
        return None


def _policy(record: FakeApplicationAutoscalingPolicy) -> Policy:
    if record.policy_type == "StepScaling":
        steps = cast("StepScalingPolicyConfigurationTypeDef", record.step_scaling_policy_configuration)
        return step_policy(record.policy_name, steps)
    wire = cast("TargetTrackingScalingPolicyConfigurationTypeDef", record.target_tracking_scaling_policy_configuration)
    return TrackingPolicy(
        name=record.policy_name,
        target_value=float(wire["TargetValue"]),
        out_cooldown_s=float(wire.get("ScaleOutCooldown", DEFAULT_COOLDOWN_S)),
        in_cooldown_s=float(wire.get("ScaleInCooldown", DEFAULT_COOLDOWN_S)),
        scales_in=not wire.get("DisableScaleIn", False),
    )


def step_policy(name: str, wire: StepScalingPolicyConfigurationTypeDef) -> StepPolicy:
    """Parse a StepScalingPolicyConfiguration."""
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
