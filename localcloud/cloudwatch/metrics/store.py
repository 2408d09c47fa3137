"""The metrics of the last days in memory: one row per AWS minute or second, as plain numbers; lost on restart."""

import threading
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localcloud.cloudwatch.metrics import units as metric_units
from localcloud.cloudwatch.metrics.units import NO_UNIT
from localcloud.cloudwatch.metrics.values import Values

MINUTE_S = 60.0
KEPT_MINUTES = 15 * 24 * 60
"""In wall-clock minutes: CloudWatch accepts data up to two weeks old."""
MOST_ROWS = 24 * 60
"""Maximum rows of one series: a metric measured every minute goes back one day and takes 57 KiB."""
SECONDS_IN_A_MINUTE = 60
FINE_MINUTES = 3 * 60
"""High-resolution data (StorageResolution 1) keep their second for this long; then they are merged into minutes."""
MOST_FINE_ROWS = FINE_MINUTES * SECONDS_IN_A_MINUTE
MOST_SPREADS = 180
"""Maximum distributions of one series: percentiles of a metric measured every minute go back three hours."""

HIGH_RESOLUTION = 1
"""StorageResolution, in seconds."""

Pair = tuple[str, str]
NO_SPREAD: "array[float]" = array("d")
LAST_MINUTE = 2**60
WIDTH = 5  # minute (with fraction), count, total, minimum, maximum


@dataclass(frozen=True, slots=True)
class Metric:
    """Namespace, name and dimensions, which are sorted by name."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str] | Iterable[Pair] = ()) -> "Metric":
        """Accept dimensions in any order; pairs may contain a name twice."""
        pairs = dimensions.items() if isinstance(dimensions, Mapping) else dimensions
        return cls(namespace, name, tuple(sorted(pairs)))


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of a metric in one of CloudWatch's units."""

    metric: Metric
    values: Values
    unit: str = NO_UNIT
    is_fine: bool = False
    """True for high resolution: the datum belongs to its second, not to its minute."""


class Series:
    """The rows of one metric in one unit, oldest first. A high-resolution datum is a row with a fractional minute."""

    def __init__(self) -> None:
        self._rows: array[float] = array("d")
        self._spreads: dict[float, array[float]] = {}
        self._is_fine = False
        """True when there may be high-resolution rows."""

    def add(self, minute: float, values: Values) -> None:
        """Add values to those of the minute or second."""
        self._is_fine |= minute != int(minute)
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

    def within(self, begin: float, end: float) -> Iterator[tuple[float, Values]]:
        """Yield minute and values, newest first; `end` is exclusive."""
        for place in range(len(self._rows) - WIDTH, -1, -WIDTH):
            minute = self._rows[place]
            if minute < begin:
                return
            if minute < end:
                yield minute, self._values(place)

    def has_within(self, begin: float, end: float) -> bool:
        """Return whether there is a row with begin <= minute < end."""
        return next(self.within(begin, end), None) is not None

    @property
    def extent(self) -> tuple[int, int]:
        """Return the first and the last minute; there must be at least one row."""
        return int(self._rows[0]), int(self._rows[-WIDTH])

    def coarsen(self, before: int) -> None:
        """Merge the high-resolution rows of each minute earlier than `before` into one row."""
        if not self._is_fine:
            return
        count = next((at for at in range(0, len(self._rows), WIDTH) if self._rows[at] >= before), len(self._rows))
        old = [(int(self._rows[at]), self._values(at)) for at in range(0, count, WIDTH)]
        for minute in [minute for minute in self._spreads if minute < before]:
            del self._spreads[minute]
        later = self._rows[count:]
        self._rows, self._is_fine = array("d"), any(later[at] % 1 for at in range(0, len(later), WIDTH))
        for minute, values in old:
            self.add(minute, values)
        self._rows += later

    def forget(self, before: int) -> bool:
        """Drop rows earlier than `before` and those beyond the maximum; -> True when none is left."""
        most = MOST_ROWS + (MOST_FINE_ROWS if self._is_fine else 0)
        kept = next((at for at in range(0, len(self._rows), WIDTH) if self._rows[at] >= before), len(self._rows))
        del self._rows[: max(kept, len(self._rows) - most * WIDTH)]
        for minute in sorted(self._spreads)[: max(0, len(self._spreads) - MOST_SPREADS)]:
            del self._spreads[minute]
        return not self._rows

    def _values(self, place: int) -> Values:
        minute, count, total, minimum, maximum = self._rows[place : place + WIDTH]
        return Values(count, total, minimum, maximum, self._spreads.get(minute, NO_SPREAD))


class MetricStore:
    """The metrics of one region, written by the collector, log lines and PutMetricData, read from moto's thread.

    Thread-safe. Minutes are AWS minutes: `speed` of them pass in a real minute. They count from 1970, so that at speed
    1 they equal wall-clock minutes.
    """

    def __init__(self, speed: float) -> None:
        self._minutes_in_a_second = speed / MINUTE_S
        self._seconds_in_a_second = speed
        self._kept_minutes = round(KEPT_MINUTES * max(1.0, speed))
        self._fine_minutes = round(FINE_MINUTES * max(1.0, speed))
        self._series: dict[Metric, dict[str, Series]] = {}
        """By metric, then by unit: CloudWatch keeps units apart."""
        self._lock = threading.Lock()

    def minute_at(self, wall_s: float) -> int:
        """Return the AWS minute that contains a Unix time."""
        return int(wall_s * self._minutes_in_a_second)

    def second_at(self, wall_s: float) -> int:
        """Return the AWS second that contains a Unix time."""
        return int(wall_s * self._seconds_in_a_second)

    def wall_s(self, minute: float) -> float:
        """Return the Unix time at which an AWS minute (or a fraction of one) begins."""
        return minute / self._minutes_in_a_second

    def add(self, minute: float, data: Iterable[Datum]) -> None:
        """Add values to those of a minute, or of a second given as a fractional minute."""
        with self._lock:
            for datum in data:
                of_metric = self._series.setdefault(datum.metric, {})
                of_metric.setdefault(datum.unit, Series()).add(minute, datum.values)

    def add_at(self, wall_s: float, data: Iterable[Datum]) -> None:
        """Add values to the minute or second that contains a Unix time."""
        for datum in data:
            self.add(self.second_at(wall_s) / MINUTE_S if datum.is_fine else self.minute_at(wall_s), [datum])

    def forget(self, now: int) -> None:
        """Drop expired rows."""
        with self._lock:
            for metric, of_metric in list(self._series.items()):
                for series in of_metric.values():
                    series.coarsen(now - self._fine_minutes)
                for unit in [unit for unit, series in of_metric.items() if series.forget(now - self._kept_minutes)]:
                    del of_metric[unit]
                if not of_metric:
                    del self._series[metric]

    def between(self, metric: Metric, first: int, last: int, unit: str = "") -> list[tuple[float, Values]]:
        """Like `within`, for whole minutes `first` to `last`, both inclusive."""
        return self.within(metric, first, last + 1, unit)

    def within(self, metric: Metric, begin: float, end: float, unit: str = "") -> list[tuple[float, Values]]:
        """Return minute and values, newest first, `end` exclusive; empty for an unknown metric.

        `unit`: values in this unit only; when empty, in the first unit that has any.
        """
        with self._lock:
            chosen = unit or next(iter(self._units(metric, begin, end)), "")
            series = self._series.get(metric, {}).get(chosen)
            return list(series.within(begin, end)) if series else []

    def units(self, metric: Metric, begin: float, end: float) -> list[str]:
        """Return the units that have values with begin <= minute < end, in CloudWatch's order."""
        with self._lock:
            return self._units(metric, begin, end)

    def _units(self, metric: Metric, begin: float, end: float) -> list[str]:
        of_metric = self._series.get(metric, {})
        return sorted(
            (unit for unit, series in of_metric.items() if series.has_within(begin, end)), key=metric_units.place
        )

    def extent(self, metrics: Iterable[Metric]) -> tuple[int, int] | None:
        """Return the first and the last minute in which any of these metrics has values."""
        with self._lock:
            found = [series.extent for metric in metrics for series in self._series.get(metric, {}).values()]
        return (min(first for first, _ in found), max(last for _, last in found)) if found else None

    def metrics(self, since: int | None = None) -> list[Metric]:
        """Return the metrics that have values (since that minute, if given), sorted by name."""
        with self._lock:
            found = [
                metric
                for metric, of_metric in self._series.items()
                if since is None or any(series.has_within(since, LAST_MINUTE) for series in of_metric.values())
            ]
            return sorted(found, key=lambda metric: (metric.namespace, metric.name, metric.dimensions))


class RegionalStores:
    """One store per region, because CloudWatch keeps metrics apart by region. Thread-safe."""

    def __init__(self, speed: float, home: str) -> None:
        self._speed = speed
        self._stores = {home: MetricStore(speed)}
        self.home = self._stores[home]
        """The store of the home region, where everything runs."""

    def of(self, region: str) -> MetricStore:
        """Return a region's store, creating it on first use."""
        return self._stores.setdefault(region, MetricStore(self._speed))

    def forget(self, now: int) -> None:
        """Drop expired rows in every region."""
        for store in list(self._stores.values()):
            store.forget(now)
