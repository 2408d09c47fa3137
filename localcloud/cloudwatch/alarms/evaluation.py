"""What state an alarm is in, given its datapoints: a pure function, after CloudWatch's own tables.

CloudWatch looks at more points than it evaluates. Real points are preferred; what is missing of them is filled in by
TreatMissingData. Breaching points alone, the oldest of them as old as DatapointsToAlarm, are an alarm also when fewer
have come ("premature alarm state" in the CloudWatch User Guide).
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MORE_POINTS = 2
"""Beyond the evaluation periods: the guide's examples look at 5 for 3."""

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

Point = float | None
"""None: no data in that period."""


class State(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Missing(StrEnum):
    """TreatMissingData."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class CannotEvaluate(Exception):
    """Why an alarm's settings or expression are not understood; it becomes the alarm's reason."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When an alarm is in ALARM: `datapoints_to_alarm` of `evaluation_periods` breach the threshold."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: Missing = Missing.MISSING
    is_m_of_n: bool = False
    """Whether DatapointsToAlarm was given: reasons then tell it."""

    @property
    def points(self) -> int:
        """How many periods are looked at."""
        return self.evaluation_periods + MORE_POINTS


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state, why, and the real points that it was judged by, newest first: (how many periods old, value)."""

    state: State
    points: tuple[tuple[int, float], ...] = ()
    reason: str = ""

    @property
    def evaluated(self) -> tuple[float, ...]:
        """The values, oldest first."""
        return tuple(value for _, value in reversed(self.points))


def judge(state: State, points: Sequence[Point], rule: Rule) -> Verdict:
    """State so far and the points of the newest `rule.points` periods, newest last; without a reason.

    Errors: CannotEvaluate.
    """
    if rule.comparison not in COMPARISONS:
        raise CannotEvaluate(f"{rule.comparison}: should be one of {', '.join(COMPARISONS)}")
    breaches, _ = COMPARISONS[rule.comparison]
    real = [(age, value) for age, value in enumerate(reversed(points), start=1) if value is not None]
    evaluated = real[: rule.evaluation_periods]
    breaching = sum(breaches(value, rule.threshold) for _, value in evaluated)
    new = _state(state, evaluated[-1][0] if evaluated else 0, len(evaluated), breaching, rule)
    return Verdict(state=new, points=tuple(evaluated))


def _state(state: State, oldest: int, real: int, breaching: int, rule: Rule) -> State:
    """`oldest`: how many periods old the oldest real point is; `real` and `breaching`: how many there are."""
    lacking = rule.evaluation_periods - real
    if breaching >= rule.datapoints_to_alarm:
        return State.ALARM
    if not lacking:
        return State.OK
    match rule.missing:
        case Missing.BREACHING:
            return State.ALARM if breaching + lacking >= rule.datapoints_to_alarm else State.OK
        case Missing.NOT_BREACHING:
            return State.OK
        case Missing.IGNORE if not real:
            return state
        case Missing.MISSING if not real:
            return State.INSUFFICIENT_DATA
    if breaching < real:
        return State.OK
    if oldest < rule.datapoints_to_alarm:  # the next point may not breach; the guide says only: not yet ALARM
        return state if state is State.ALARM else State.OK
    return State.ALARM if rule.missing is Missing.MISSING else state
