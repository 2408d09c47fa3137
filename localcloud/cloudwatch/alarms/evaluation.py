"""The state of an alarm, given its datapoints: a pure function that follows CloudWatch's own tables.

CloudWatch looks at more points than it evaluates. It prefers real points and fills gaps according to TreatMissingData.
When all real points breach and the oldest is at least as old as DatapointsToAlarm, the alarm goes into ALARM even with
fewer points than required ("premature alarm state" in the CloudWatch User Guide).
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

MORE_POINTS = 2
"""Periods looked at beyond the evaluation periods: the guide's examples look at 5 for 3."""

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
    """Values of TreatMissingData."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class CannotEvaluate(Exception):
    """An alarm's settings or expression are not understood; the message becomes the alarm's reason."""


class NotOffered(CannotEvaluate):
    """An expression that CloudWatch may well understand."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """An alarm is in ALARM when `datapoints_to_alarm` of `evaluation_periods` breach the threshold."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: Missing = Missing.MISSING
    is_m_of_n: bool = False
    """True when DatapointsToAlarm was given: reasons then mention it."""

    @property
    def points(self) -> int:
        """Return the number of periods to look at."""
        return self.evaluation_periods + MORE_POINTS


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state, its reason, and the real points it is based on, newest first: (age in periods, value)."""

    state: State
    points: tuple[tuple[int, float], ...] = ()
    reason: str = ""

    @property
    def evaluated(self) -> tuple[float, ...]:
        """Return the values, oldest first."""
        return tuple(value for _, value in reversed(self.points))


def evaluate(state: State, points: Sequence[Point], rule: Rule) -> Verdict:
    """Return the new state, without a reason, from the current one and the newest `rule.points` periods, newest last.

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
    """`oldest`: age of the oldest real point in periods; `real` and `breaching`: how many points there are of each."""
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
    if oldest < rule.datapoints_to_alarm:  # The next point may not breach; the guide says only: not yet ALARM.
        return state if state is State.ALARM else State.OK
    return State.ALARM if rule.missing is Missing.MISSING else state
