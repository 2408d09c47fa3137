"""The input of scaling decisions: a target, its policies, signals from their alarms, and the number of tasks."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_COOLDOWN_S = 300.0


class Direction(StrEnum):
    """OUT means more tasks, IN fewer."""

    OUT = "out"
    IN = "in"


class AdjustmentType(StrEnum):
    """The meaning of a step's number."""

    CHANGE = "ChangeInCapacity"
    EXACT = "ExactCapacity"
    PERCENT = "PercentChangeInCapacity"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A scalable target: the allowed range of tasks, and the suspended directions."""

    minimum: int
    maximum: int
    out_suspended: bool = False
    in_suspended: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. Bounds are relative to the alarm's threshold; None is unbounded."""

    adjustment: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, kw_only=True)
class StepPolicy:
    """A step scaling policy. `aggregation` of the alarm's datapoints: Average, Minimum or Maximum."""

    name: str
    adjustment_type: AdjustmentType
    steps: tuple[Step, ...]
    cooldown_s: float = DEFAULT_COOLDOWN_S
    minimum_magnitude: int = 0
    aggregation: str = "Average"


@dataclass(frozen=True, kw_only=True)
class TrackingPolicy:
    name: str
    target_value: float
    out_cooldown_s: float = DEFAULT_COOLDOWN_S
    in_cooldown_s: float = DEFAULT_COOLDOWN_S
    scales_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """The desired and running tasks of a service, and whether a deployment is in progress."""

    desired: int
    running: int
    is_deploying: bool = False


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A notification from an alarm to a policy.

    `direction` is the alarm's, for target tracking; steps have their own. `values`: the evaluated datapoints, newest
    last; () means insufficient data.
    """

    policy: StepPolicy | TrackingPolicy
    alarm: str
    state: str
    values: tuple[float, ...]
    threshold: float
    direction: Direction | None = None
