"""Arithmetic and functions of metric math on time series. Pure.

A series has one value per period, None where there is no data. In arithmetic and comparisons a value missing on one
side counts as 0; when both are missing, or on division by 0, the result is missing.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, Point

Series = tuple[Point, ...]
"""Oldest first."""
Value = float | Series | list[Series]


@dataclass(frozen=True)
class Span:
    """Number and length of the periods of every series in a request."""

    length: int
    period_s: float


OPERATORS: Mapping[str, Callable[[float, float], Any]] = {
    "OR": lambda a, b: bool(a) or bool(b),
    "AND": lambda a, b: bool(a) and bool(b),
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}


def as_series(value: Value, length: int) -> Series:
    """Convert to a series; a number becomes constant. Errors: CannotEvaluate for several series."""
    if isinstance(value, list):
        if len(value) != 1:
            raise CannotEvaluate(f"the expression gives {len(value)} time series where one is needed")
        return value[0]
    if isinstance(value, tuple):
        return value
    return (None if math.isnan(value) else value,) * length


def both(left: Value, right: Value, apply: Callable[[float, float], Any]) -> Value:
    if isinstance(left, list) or isinstance(right, list):
        return _lists(left, right, apply)
    if not isinstance(left, tuple) and not isinstance(right, tuple):
        found = _worked_out(left, right, apply)
        return math.nan if found is None else found
    if not isinstance(left, tuple):
        return tuple(None if b is None else _worked_out(left, b, apply) for b in right)  # type: ignore[union-attr]
    if not isinstance(right, tuple):
        return tuple(None if a is None else _worked_out(a, right, apply) for a in left)
    return tuple(
        None if a is None and b is None else _worked_out(a or 0.0, b or 0.0, apply)
        for a, b in zip(left, right, strict=True)
    )


def _lists(left: Value, right: Value, apply: Callable[[float, float], Any]) -> list[Series]:
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right):
            raise CannotEvaluate(f"arrays of {len(left)} and {len(right)} time series cannot be combined")
        pairs = list(zip(left, right, strict=True))
    elif isinstance(left, list):
        pairs = [(each, right) for each in left]  # type: ignore[misc]
    else:
        pairs = [(left, each) for each in right]  # type: ignore[misc,union-attr]
    return [series for a, b in pairs if isinstance(series := both(a, b, apply), tuple)]


def _worked_out(left: float, right: float, apply: Callable[[float, float], Any]) -> Point:
    try:
        found = float(apply(left, right))
    except (ZeroDivisionError, OverflowError, TypeError):  # TypeError: a negative number to a fractional power
        return None
    return found if math.isfinite(found) else None


def _each(value: Value, apply: Callable[[float], float]) -> Value:
    if isinstance(value, list):
        return [tuple(None if point is None else apply(point) for point in series) for series in value]
    if isinstance(value, tuple):
        return tuple(None if point is None else apply(point) for point in value)
    return apply(value)


def negative(value: Value) -> Value:
    return _each(value, operator.neg)


def filled(series: Series, instead: Series) -> Series:
    return tuple(other if point is None else point for point, other in zip(series, instead, strict=True))


def repeated(series: Series) -> Series:
    """FILL with REPEAT: use the previous value."""
    found: list[Point] = []
    for point in series:
        found.append(found[-1] if point is None and found else point)
    return tuple(found)


def _aggregate(reduce: Callable[[Sequence[float]], float]) -> Callable[..., Value]:
    """Reduce several series period by period, or one series to a single number."""

    def function(span: Span, value: Value) -> Value:
        if isinstance(value, list):
            return tuple(_reduced(points, reduce) for points in zip(*value, strict=True))
        found = _reduced(value if isinstance(value, tuple) else (value,), reduce)
        return (None,) * span.length if found is None else found

    return function


def _reduced(points: Sequence[Point], reduce: Callable[[Sequence[float]], float]) -> Point:
    real = [point for point in points if point is not None]
    return reduce(real) if real else None


def _if(span: Span, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    if not isinstance(condition, tuple):
        if isinstance(condition, list):
            raise CannotEvaluate("IF: the condition is several time series")
        chosen = then if condition else otherwise
        return (None,) * span.length if chosen is None else chosen
    yes = as_series(then, span.length)
    no: Series = (None,) * span.length if otherwise is None else as_series(otherwise, span.length)
    return tuple(
        None if chosen is None else a if chosen else b for chosen, a, b in zip(condition, yes, no, strict=True)
    )


def _difference(divisor_s: Callable[[Span], float]) -> Callable[..., Value]:
    def function(span: Span, value: Value) -> Value:
        series = as_series(value, span.length)
        pairs = zip((None, *series), series, strict=False)
        return tuple(
            None if before is None or now is None else (now - before) / divisor_s(span) for before, now in pairs
        )

    return function


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "ABS": lambda span, value: _each(value, abs),
    "AVG": _aggregate(lambda points: sum(points) / len(points)),
    "CEIL": lambda span, value: _each(value, math.ceil),
    "DIFF": _difference(lambda span: 1.0),
    "FLOOR": lambda span, value: _each(value, math.floor),
    "IF": _if,
    "MAX": _aggregate(max),
    "MIN": _aggregate(min),
    "RATE": _difference(lambda span: span.period_s),
    "SUM": _aggregate(sum),
}
