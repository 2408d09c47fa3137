"""The metrics of the last days, one row an AWS minute, as plain numbers; not kept over a restart."""

import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localcloud.cloudwatch import metric_units
from localcloud.cloudwatch.metric_units import NO_UNIT
from localcloud.cloudwatch.metric_values import Values

MINUTE_S = 60.0
KEPT_MINUTES = 15 * 24 * 60
"""Of the clock on the wall: CloudWatch takes data that are up to two weeks old."""
MOST_ROWS = 24 * 60
"""Of one series, so that a metric measured each minute goes back a day and takes 57 KiB."""
MOST_SPREADS = 180
"""Of one series: percentiles go back three hours, when it is measured each minute."""

Pair = tuple[str, str]
NO_SPREAD: "array[float]" = array("d")
LAST_MINUTE = 2**60
WIDTH = 5  # minute, count, total, minimum, maximum


@dataclass(frozen=True, slots=True)
class Metric:
    """Namespace, name and dimensions, which are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | Iterable[Pair] = ()) -> "Metric":
        """Dimensions in any order; as pairs also with one name twice."""
        pairs = dimensions.items() if isinstance(dimensions, Mapping) else dimensions
        return cls(namespace, name, tuple(sorted(pairs)))


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of a metric, in CloudWatch's unit."""

    metric: Metric
    values: Values
    unit: str = NO_UNIT


class Series:
    """The rows of one metric in one unit, oldest first."""

    def __init__(self) -> None:
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

    def has_within(self, first: int, last: int) -> bool:
        """Whether there is a row from `first` to `last`, both included."""
        return next(self.between(first, last), None) is not None

    @property
    def extent(self) -> tuple[int, int]:
        """The first and the last minute; there is at least one row."""
        return int(self._rows[0]), int(self._rows[-WIDTH])

    def forget(self, before: int) -> bool:
        """Rows of earlier minutes, and those beyond the most; -> whether nothing is left."""
        kept = next((at for at in range(0, len(self._rows), WIDTH) if self._rows[at] >= before), len(self._rows))
        del self._rows[: max(kept, len(self._rows) - MOST_ROWS * WIDTH)]
        for minute in sorted(self._spreads)[: max(0, len(self._spreads) - MOST_SPREADS)]:
            del self._spreads[minute]
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
        self._kept_minutes = round(KEPT_MINUTES * max(1.0, speed))
        self._series: dict[Metric, dict[str, Series]] = {}
        """By unit: CloudWatch keeps them apart."""
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
                of_metric = self._series.setdefault(datum.metric, {})
                of_metric.setdefault(datum.unit, Series()).add(minute, datum.values)

    def forget(self, now: int) -> None:
        """What is older than is kept."""
        with self._lock:
            for metric, of_metric in list(self._series.items()):
                for unit in [unit for unit, series in of_metric.items() if series.forget(now - self._kept_minutes)]:
                    del of_metric[unit]
                if not of_metric:
                    del self._series[metric]

    def between(self, metric: Metric, first: int, last: int, unit: str = "") -> list[tuple[int, Values]]:
        """Minute and values, newest first, both ends included; none for an unknown metric.

        `unit`: of these only; without it, of the first unit that has some.
        """
        with self._lock:
            wanted = unit or next(iter(self._units(metric, first, last)), "")
            series = self._series.get(metric, {}).get(wanted)
            return list(series.between(first, last)) if series else []

    def units(self, metric: Metric, first: int, last: int) -> list[str]:
        """Those in which there are values from `first` to `last`, in CloudWatch's order."""
        with self._lock:
            return self._units(metric, first, last)

    def _units(self, metric: Metric, first: int, last: int) -> list[str]:
        of_metric = self._series.get(metric, {})
        return sorted(
            (unit for unit, series in of_metric.items() if series.has_within(first, last)), key=metric_units.place
        )

    def extent(self, metrics: Iterable[Metric]) -> tuple[int, int] | None:
        """The first and the last minute of which any of these has values."""
        with self._lock:
            found = [series.extent for metric in metrics for series in self._series.get(metric, {}).values()]
        return (min(first for first, _ in found), max(last for _, last in found)) if found else None

    def metrics(self, since: int | None = None) -> list[Metric]:
        """All that have values, or have some from that minute on, in the order of their names."""
        with self._lock:
            found = [
                metric
                for metric, of_metric in self._series.items()
                if since is None or any(series.has_within(since, LAST_MINUTE) for series in of_metric.values())
            ]
            return sorted(found, key=lambda metric: (metric.namespace, metric.name, metric.dimensions))


class RegionalStores:
    """A store for each region: CloudWatch keeps metrics apart by region. Safe between threads."""

    def __init__(self, speed: float, home: str) -> None:
        self._speed = speed
        self._stores = {home: MetricStore(speed)}
        self.home = self._stores[home]
        """The store of the region where everything runs."""

    def of(self, region: str) -> MetricStore:
        """Give a region's store, which is made when it is asked for first."""
        return self._stores.setdefault(region, MetricStore(self._speed))

    def forget(self, now: int) -> None:
        """Drop what is older than is kept, in every region."""
        for store in list(self._stores.values()):
            store.forget(now)
