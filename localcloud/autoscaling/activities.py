"""Scaling activities in AWS's words. Their number is limited, and they are stored only while this process runs."""

import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from localcloud.autoscaling.decisions import NotScaled
from localcloud.autoscaling.model import Signal, Target

MAX_ACTIVITIES = 200
"""Most activities of all targets together."""

DIMENSION = "ecs:service:DesiredCount"

Shown = dict[str, object]


class Status(StrEnum):
    """`StatusCode`; AWS also has Pending and Unfulfilled."""

    IN_PROGRESS = "InProgress"
    SUCCESSFUL = "Successful"
    OVERRIDDEN = "Overridden"
    FAILED = "Failed"


@dataclass(kw_only=True)
class Activity:
    """One attempt to change a desired count. `reason`: why a target was not scaled."""

    resource_id: str
    description: str
    cause: str
    started_at: datetime
    capacity: int = 0
    status: Status = Status.IN_PROGRESS
    message: str = ""
    ended_at: datetime | None = None
    reason: Shown | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def end(self, status: Status, message: str, now: datetime) -> None:
        self.status, self.message, self.ended_at = status, message, now

    def wire(self) -> Shown:
        """Return the activity as DescribeScalingActivities shows it."""
        response: Shown = {
            "ActivityId": self.id,
            "ServiceNamespace": "ecs",
            "ResourceId": self.resource_id,
            "ScalableDimension": DIMENSION,
            "Description": self.description,
            "Cause": self.cause,
            "StartTime": self.started_at,
            "StatusCode": self.status.value,
        }
        if self.ended_at is not None:
            response["EndTime"] = self.ended_at
        if self.message:
            response["StatusMessage"] = self.message
        if self.reason is not None:
            response["NotScaledReasons"] = [self.reason]
        return response


class Activities:
    """The newest activities of all targets."""

    def __init__(self) -> None:
        self._all: deque[Activity] = deque(maxlen=MAX_ACTIVITIES)

    def begin(self, resource_id: str, capacity: int, cause: str, now: datetime) -> Activity:
        """Record that a desired count is being set."""
        activity = Activity(
            resource_id=resource_id,
            description=f"Setting desired count to {capacity}.",
            cause=cause,
            started_at=now,
            capacity=capacity,
            message=f"Successfully set desired count to {capacity}. Waiting for change to be fulfilled by ecs.",
        )
        self._all.appendleft(activity)
        return activity

    def not_scaled(self, resource_id: str, cause: str, reason: Shown, now: datetime) -> None:
        """Record that an alarm's request could not be carried out; repetitions of the same request are not recorded."""
        newest = next(self.of(resource_id, with_not_scaled=True), None)
        if newest is not None and newest.cause == cause and newest.reason == reason:
            return
        self._all.appendleft(
            Activity(
                resource_id=resource_id,
                description="Attempting to scale due to alarm triggered",
                cause=cause,
                started_at=now,
                status=Status.FAILED,
                reason=reason,
            )
        )

    def of(self, resource_id: str | None, *, with_not_scaled: bool) -> Iterator[Activity]:
        """Return a target's activities, newest first; those of all targets for None."""
        for activity in self._all:
            if resource_id in (None, activity.resource_id) and (with_not_scaled or activity.reason is None):
                yield activity


def cause_of(signal: Signal) -> str:
    """Return the cause of an activity that an alarm started."""
    return f"monitor alarm {signal.alarm} in state {signal.state} triggered policy {signal.policy.name}"


def reason_wire(reason: NotScaled, target: Target, desired: int) -> Shown:
    """Return one of NotScaledReasons, with the number that AWS adds."""
    numbers: dict[NotScaled, Shown] = {
        NotScaled.AT_MAXIMUM: {"MaxCapacity": target.maximum},
        NotScaled.AT_MINIMUM: {"MinCapacity": target.minimum},
        NotScaled.AT_DESIRED: {"CurrentCapacity": desired},
        NotScaled.UNSCALABLE: {},
    }
    return {"Code": reason.value, **numbers[reason]}
