"""Computes the number of tasks that one policy requests. Pure. Sources: the Application Auto Scaling and ECS guides."""

import math
from collections.abc import Callable, Sequence

from localcloud.autoscaling.model import AdjustmentType, Step, StepPolicy

AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}


def tracked_out(base: int, values: Sequence[float], target_value: float) -> int:
    """Return ceil(base x newest value / target value); a base of 0 counts as 1. AWS's exact rounding is unconfirmed.

    base: running tasks, at most the desired count; in a cooldown, those before it (`Pace`).
    """
    return _needed(max(base, 1), values[-1], target_value)


def tracked_in(running: int, values: Sequence[float], target_value: float) -> int:
    """Return ceil(running x highest value of the alarm's window / target value). AWS's exact rounding is unconfirmed.

    AWS says only that it scales in conservatively. This leaves enough tasks for the busiest of the 15 minutes, so that
    the remaining tasks do not exceed the target at once.
    """
    return _needed(running, max(values), target_value)


def _needed(tasks: int, value: float, target_value: float) -> int:
    # Without rounding, 3 x 70 / 70 in binary fractions could yield a fourth task.
    return math.ceil(round(tasks * value / target_value, 6))


def matching_step(policy: StepPolicy, values: Sequence[float], threshold: float) -> Step | None:
    """Return the step whose interval contains the aggregated value; None when there is none."""
    difference = AGGREGATIONS[policy.aggregation](values) - threshold
    # At the threshold both [0, 10) and (-10, 0] match: the upper one comes first, as the value has reached it.
    for step in sorted(policy.steps, key=_lower, reverse=True):
        if _contains(step, difference):
            return step
    return None


def _contains(step: Step, difference: float) -> bool:
    """Check an interval: above the threshold it includes its lower bound, below the threshold its upper bound."""
    lower, upper = _lower(step), math.inf if step.upper is None else step.upper
    is_above = lower >= 0 or (upper > 0 and difference >= 0)
    return lower <= difference < upper if is_above else lower < difference <= upper


def _lower(step: Step) -> float:
    return -math.inf if step.lower is None else step.lower


def stepped(policy: StepPolicy, step: Step, base: int) -> int:
    """Return the capacity after the step, from `base` tasks; never below 0."""
    match policy.adjustment_type:
        case AdjustmentType.EXACT:
            return step.adjustment
        case AdjustmentType.CHANGE:
            return max(base + step.adjustment, 0)
        case AdjustmentType.PERCENT:
            return max(base + percent_change(base, step.adjustment, policy.minimum_magnitude), 0)


def percent_change(base: int, percent: int, minimum_magnitude: int = 0) -> int:
    """Return a percentage of base.

    Beyond 1 and -1 it is rounded toward zero, in between to 1 or -1. Unless it is 0, it is then at least the magnitude.
    """
    exact = base * percent / 100
    if exact == 0:
        return 0
    whole = int(exact) if abs(exact) >= 1 else int(math.copysign(1, exact))
    return int(math.copysign(max(abs(whole), minimum_magnitude), exact))
