"""What scaling is decided from: a target, its policies, what their alarms told, and how many tasks there are."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_COOLDOWN_S = 300.0


class Direction(StrEnum):
    """Out is more tasks, in fewer."""

    OUT = "out"
    IN = "in"


class AdjustmentType(StrEnum):
    """What the number of a step means."""

    CHANGE = "ChangeInCapacity"
    EXACT = "ExactCapacity"
    PERCENT = "PercentChangeInCapacity"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A scalable target: the range that scaling keeps, and what of it is suspended."""

    minimum: int
    maximum: int
    out_suspended: bool = False
    in_suspended: bool = False


@dataclass(frozen=True, kw_only=True)
class Step:
    """Bounds are relative to the alarm's threshold; None is without end."""

    adjustment: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, kw_only=True)
class StepPolicy:
    """A step scaling policy; `aggregation` of the alarm's datapoints: Average, Minimum or Maximum."""

    name: str
    adjustment_type: AdjustmentType
    steps: tuple[Step, ...]
    cooldown_s: float = DEFAULT_COOLDOWN_S
    minimum_magnitude: int = 0
    aggregation: str = "Average"


@dataclass(frozen=True, kw_only=True)
class TrackingPolicy:
    """A target tracking policy."""

    name: str
    target_value: float
    out_cooldown_s: float = DEFAULT_COOLDOWN_S
    in_cooldown_s: float = DEFAULT_COOLDOWN_S
    scales_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many tasks the service wants and runs, and whether a deployment goes on."""

    desired: int
    running: int
    is_deploying: bool = False


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What an alarm told a policy. `direction` is the alarm's, for target tracking; the steps tell their own.

    `values`: the datapoints that were evaluated, newest last; () is insufficient data.
    """

    policy: StepPolicy | TrackingPolicy
    alarm: str
    state: str
    values: tuple[float, ...]
    threshold: float
    direction: Direction | None = None
