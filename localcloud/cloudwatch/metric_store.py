"""The metrics of the last hours, one row an AWS minute, as plain numbers; not kept over a restart."""

import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localcloud.cloudwatch.metric_values import Values

MINUTE_S = 60.0
KEPT_MINUTES = 180
"""AWS minutes: what longer alarms look at is cut short."""

NO_SPREAD: "array[float]" = array("d")
WIDTH = 5  # minute, count, total, minimum, maximum


@dataclass(frozen=True, slots=True)
class Metric:
    """Namespace, name and dimensions, which are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> "Metric":
        """Dimensions in any order."""
        return cls(namespace, name, tuple(sorted((dimensions or {}).items())))


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of a metric, in CloudWatch's unit."""

    metric: Metric
    values: Values
    unit: str = "None"


class Series:
    """The rows of one metric, oldest first."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self._rows: array[float] = array("d")
        self._spreads: dict[int, array[float]] = {}

    def add(self, minute: int, values: Values) -> None:
        """To what that minute has already."""
        place = len(self._rows)
        while place and self._rows[place - WIDTH] > minute:
            place -= WIDTH
        if place and self._rows[place - WIDTH] == minute:
            place -= WIDTH
            values = self._values(place).plus(values)
            del self._rows[place : place + WIDTH]
        row = array("d", [minute, values.count, values.total, values.minimum, values.maximum])
        self._rows[place:place] = row
        if values.spread:
            self._spreads[minute] = values.spread
        else:
            self._spreads.pop(minute, None)

    def between(self, first: int, last: int) -> Iterator[tuple[int, Values]]:
        """Minute and values, newest first, both ends included."""
        for place in range(len(self._rows) - WIDTH, -1, -WIDTH):
            minute = int(self._rows[place])
            if minute < first:
                return
            if minute <= last:
                yield minute, self._values(place)

    def forget(self, before: int) -> bool:
        """Rows of earlier minutes; -> whether nothing is left."""
        kept = next((at for at in range(0, len(self._rows), WIDTH) if self._rows[at] >= before), len(self._rows))
        for place in range(0, kept, WIDTH):
            self._spreads.pop(int(self._rows[place]), None)
        del self._rows[:kept]
        return not self._rows

    def _values(self, place: int) -> Values:
        minute, count, total, minimum, maximum = self._rows[place : place + WIDTH]
        return Values(count, total, minimum, maximum, self._spreads.get(int(minute), NO_SPREAD))


class MetricStore:
    """Filled by the collector, by log lines and by PutMetricData; asked from moto's thread. Safe between threads.

    Minutes are AWS's: `speed` of them pass in a real minute. Their numbers count from 1970, so that with speed 1 they
    are those of the clock on the wall.
    """

    def __init__(self, speed: float) -> None:
        self._minutes_in_a_second = speed / MINUTE_S
        self._series: dict[Metric, Series] = {}
        self._lock = threading.Lock()

    def minute_at(self, wall_s: float) -> int:
        """Unix time -> the AWS minute under way."""
        return int(wall_s * self._minutes_in_a_second)

    def wall_s(self, minute: int) -> float:
        """AWS minute -> Unix time at which it began."""
        return minute / self._minutes_in_a_second

    def add(self, minute: int, data: Iterable[Datum]) -> None:
        """Values of one minute, to what it has already."""
        with self._lock:
            for datum in data:
                series = self._series.get(datum.metric)
                if series is None:
                    series = self._series[datum.metric] = Series(datum.unit)
                series.add(minute, datum.values)

    def forget(self, now: int) -> None:
        """What is older than is kept."""
        with self._lock:
            for metric in [key for key, series in self._series.items() if series.forget(now - KEPT_MINUTES)]:
                del self._series[metric]

    def between(self, metric: Metric, first: int, last: int) -> list[tuple[int, Values]]:
        """Minute and values, newest first, both ends included; none for an unknown metric."""
        with self._lock:
            series = self._series.get(metric)
            return list(series.between(first, last)) if series else []

    def unit(self, metric: Metric) -> str:
        """`None`, as CloudWatch calls it, also for an unknown metric."""
        with self._lock:
            series = self._series.get(metric)
            return series.unit if series else "None"

    def metrics(self) -> list[Metric]:
        """All that have values, in the order of their names."""
        with self._lock:
            return sorted(self._series, key=lambda metric: (metric.namespace, metric.name, metric.dimensions))
