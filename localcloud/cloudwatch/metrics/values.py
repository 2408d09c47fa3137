"""What a metric was in a span of time: a statistic set and how its values were spread. Pure."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.cloudwatch.metrics import extended_statistics

MAX_DISTINCT = 100
"""More distinct values than this are kept to two digits: percentiles are then exact to 5 %."""

STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")


class UnknownStatistic(Exception):
    """A statistic that is not offered here."""


@dataclass(frozen=True, slots=True)
class Values:
    """At least one value. `spread`: value, count, value, count, ...; empty when all are equal, or when not known."""

    count: float
    total: float
    minimum: float
    maximum: float
    spread: "array[float]" = field(default_factory=lambda: array("d"))

    @classmethod
    def of(cls, counts: Mapping[float, float]) -> "Values":
        """Value -> how many times; at least one."""
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
        """A single value."""
        return cls(1.0, value, value, value)

    def plus(self, other: "Values") -> "Values":
        """Both together."""
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
        """Value -> how many times; None when only the statistic set is known."""
        if self.minimum == self.maximum:
            return {self.minimum: self.count}
        return dict(zip(self.spread[::2], self.spread[1::2], strict=True)) if self.spread else None

    def statistic(self, name: str) -> float | None:
        """Average, Sum, ..., p95, tm90; None for these of a statistic set. Errors: UnknownStatistic."""
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
        # The values may have been rounded, these have not.
        return min(max(found, self.minimum), self.maximum) if found is not None and extended.kind == "p" else found
