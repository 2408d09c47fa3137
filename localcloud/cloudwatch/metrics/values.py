"""A metric's values in a period: a statistic set and the distribution of the values. Pure."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.cloudwatch.metrics import extended_statistics

MAX_DISTINCT = 100
"""With more distinct values than this, they are rounded to two digits: percentiles are then exact to 5 %."""

STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


class UnknownStatistic(Exception):
    """The statistic is not supported here."""


@dataclass(frozen=True, slots=True)
class Values:
    """One or more values. `spread`: value, count, value, count, ...; empty when all are equal or it is unknown."""

    count: float
    total: float
    minimum: float
    maximum: float
    spread: "array[float]" = field(default_factory=lambda: array("d"))

    @classmethod
    def of(cls, counts: Mapping[float, float]) -> "Values":
        """Create from value -> number of samples; must not be empty."""
        values = Counter[float]()
        for value, count in counts.items():
            values[float(f"{value:.2g}") if len(counts) > MAX_DISTINCT else value] += count  # type: ignore[assignment]
        return cls(
            count=sum(counts.values()),
            total=sum(value * count for value, count in counts.items()),
            minimum=min(counts),
            maximum=max(counts),
            spread=array("d", [each for pair in sorted(values.items()) for each in pair] if len(values) > 1 else []),
        )

    @classmethod
    def one(cls, value: float) -> "Values":
        return cls(1.0, value, value, value)

    def plus(self, other: "Values") -> "Values":
        mine, theirs = self.counts(), other.counts()
        spread = array("d")
        if mine is not None and theirs is not None:
            together = Counter(mine)
            together.update(theirs)
            spread = Values.of(together).spread
        return Values(
            self.count + other.count,
            self.total + other.total,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            spread,
        )

    def counts(self) -> dict[float, float] | None:
        """Return value -> number of samples; None when only the statistic set is known."""
        if self.minimum == self.maximum:
            return {self.minimum: self.count}
        return dict(zip(self.spread[::2], self.spread[1::2], strict=True)) if self.spread else None

    def statistic(self, name: str) -> float | None:
        """Return Average, Sum, ..., p95, tm90; percentiles and the like are None for a mere statistic set.

        Errors: UnknownStatistic.
        """
        match name:
            case "Average":
                return self.total / self.count if self.count else None
            case "Sum":
                return self.total
            case "Minimum":
                return self.minimum
            case "Maximum":
                return self.maximum
            case "SampleCount":
                return self.count
        extended = extended_statistics.parse(name)
        if extended is None:
            raise UnknownStatistic(f"{name}: should be one of {', '.join(STATISTICS)}, or like p99, tm90, PR(:1), IQM")
        counts = self.counts()
        if counts is None:
            return None
        found = extended_statistics.value(extended, counts)
        # The spread may have been rounded; minimum and maximum are exact.
        return min(max(found, self.minimum), self.maximum) if found is not None and extended.kind == "p" else found
