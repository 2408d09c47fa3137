"""Aggregate functions over the rows of a group: each receives the values one by one, then returns its result."""

import math
from collections.abc import Callable
from typing import Protocol

from localcloud.cloudwatch.logs.insights.syntax import Aggregate
from localcloud.cloudwatch.logs.insights.values import Value, number, order_key, text

PERCENTILE = "pct"  # the only one with a parameter


class Accumulator(Protocol):
    """Accumulates one aggregate. `at`: the row's time, None for a group's row."""

    def add(self, value: Value, at: Value) -> None: ...

    def result(self) -> Value: ...


def accumulator(aggregate: Aggregate) -> Accumulator:
    if aggregate.name == "count" and aggregate.argument is None:
        return _Count(of_all=True)
    if aggregate.name == PERCENTILE:
        return _Percentile(aggregate.parameter or 0.0)
    return ACCUMULATORS[aggregate.name]()


class _Count:
    def __init__(self, *, of_all: bool = False) -> None:
        self._of_all = of_all
        self._count = 0

    def add(self, value: Value, at: Value) -> None:
        self._count += self._of_all or value is not None

    def result(self) -> Value:
        return self._count


class _CountDistinct:
    def __init__(self) -> None:
        self._seen: set[str] = set()

    def add(self, value: Value, at: Value) -> None:
        if value is not None:
            self._seen.add(text(value))

    def result(self) -> Value:
        return len(self._seen)


class _Numbers:
    """Sum, mean and standard deviation of the numeric values (Welford); None without any."""

    def __init__(self) -> None:
        self._count = 0
        self._sum: int | float = 0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, value: Value, at: Value) -> None:
        found = number(value)
        if found is None:
            return
        self._count += 1
        self._sum += found
        apart = found - self._mean
        self._mean += apart / self._count
        self._squares += apart * (found - self._mean)

    def result(self) -> Value:
        return self._of_any() if self._count else None

    def _of_any(self) -> Value:
        return self._sum


class _Average(_Numbers):
    def _of_any(self) -> Value:
        return self._sum / self._count


class _Deviation(_Numbers):
    """Sample standard deviation; 0 for a single value."""

    def _of_any(self) -> Value:
        return math.sqrt(self._squares / (self._count - 1)) if self._count > 1 else 0.0


class _Percentile:
    """Interpolates between the two nearest ranks."""

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._numbers: list[int | float] = []

    def add(self, value: Value, at: Value) -> None:
        found = number(value)
        if found is not None:
            self._numbers.append(found)

    def result(self) -> Value:
        if not self._numbers:
            return None
        ordered = sorted(self._numbers)
        rank = self._percent / 100 * (len(ordered) - 1)
        low = math.floor(rank)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


class _Extreme:
    """The value that `better` prefers: numbers only (min, max), or any value in sort order (sortsFirst, ...)."""

    def __init__(self, better: Callable[[Value, Value], bool], *, of_numbers: bool) -> None:
        self._better = better
        self._of_numbers = of_numbers
        self._best: Value = None

    def add(self, value: Value, at: Value) -> None:
        found = number(value) if self._of_numbers else value
        if found is not None and (self._best is None or self._better(found, self._best)):
            self._best = found

    def result(self) -> Value:
        return int(self._best) if isinstance(self._best, int) else self._best


class _AtTime:
    """The value of the earliest or the latest row. Times are in milliseconds."""

    def __init__(self, better: Callable[[int, int], bool]) -> None:
        self._better = better
        self._at: int | None = None
        self._value: Value = None

    def add(self, value: Value, at: Value) -> None:
        moment = int(at or 0)
        if value is not None and (self._at is None or self._better(moment, self._at)):
            self._at, self._value = moment, value

    def result(self) -> Value:
        return int(self._value) if isinstance(self._value, int) else self._value


ACCUMULATORS: dict[str, Callable[[], Accumulator]] = {
    "count": _Count,
    "count_distinct": _CountDistinct,
    "sum": _Numbers,
    "avg": _Average,
    "stddev": _Deviation,
    "median": lambda: _Percentile(50.0),
    "min": lambda: _Extreme(lambda new, old: new < old, of_numbers=True),
    "max": lambda: _Extreme(lambda new, old: new > old, of_numbers=True),
    "sortsfirst": lambda: _Extreme(lambda new, old: order_key(new) < order_key(old), of_numbers=False),
    "sortslast": lambda: _Extreme(lambda new, old: order_key(new) > order_key(old), of_numbers=False),
    "earliest": lambda: _AtTime(lambda new, old: new < old),
    "latest": lambda: _AtTime(lambda new, old: new > old),
}

AGGREGATES = frozenset((*ACCUMULATORS, PERCENTILE))
"""The names that `stats` knows."""
