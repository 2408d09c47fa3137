"""The labels in GetMetricData's responses: generated ones that distinguish metrics, or text with dynamic parts.

Pure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from localcloud.cloudwatch.metrics.store import Metric

DYNAMIC = re.compile(r"\$\{\s*([A-Z_]+)(?:\(\s*'([^']*)'\s*\))?\s*\}")
Points = Sequence[tuple[datetime, float]]
"""Oldest first."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A query for one metric."""

    metric: Metric
    statistic: str
    period_s: int


def default_labels(queries: Mapping[str, Measured]) -> dict[str, str]:
    """Return id -> metric name, plus dimensions, statistic and period where they differ between the queries."""
    parts: list[Callable[[Measured], str]] = [
        lambda each: " ".join(value for _, value in each.metric.dimensions),
        lambda each: each.statistic,
        lambda each: str(each.period_s),
    ]
    has = [len({part(each) for each in queries.values()}) > 1 for part in parts]
    return {
        name: " ".join(
            filter(None, [each.metric.name, *(part(each) for part, differs in zip(parts, has, strict=True) if differs)])
        )
        for name, each in queries.items()
    }


def filled_in(label: str, default: str, points: Points, measured: Measured | None) -> str:
    """Expand `[max: ${MAX}] ${PROP('Dim.Name')}`; an unknown part stays as it is, one without data becomes `--`."""

    def part(found: re.Match[str]) -> str:
        name, argument = found[1], found[2]
        if name == "LABEL":
            return default
        if name == "PROP" and argument is not None and measured is not None:
            return _property(argument, measured)
        text = _of_points(name, points)
        return found[0] if text is None else text

    return DYNAMIC.sub(part, label)


def _property(name: str, measured: Measured) -> str:
    if name.startswith("Dim."):
        return dict(measured.metric.dimensions).get(name.removeprefix("Dim."), "")
    known = {
        "MetricName": measured.metric.name,
        "Namespace": measured.metric.namespace,
        "Stat": measured.statistic,
        "Period": str(measured.period_s),
    }
    return known.get(name, "")


def _of_points(name: str, points: Points) -> str | None:
    values = [value for _, value in points]
    if name == "DATAPOINT_COUNT":
        return str(len(values))
    choice, _, of_time = name.partition("_")
    chosen: Mapping[str, Callable[[], tuple[datetime | None, float]]] = {
        "FIRST": lambda: points[0],
        "LAST": lambda: points[-1],
        "MAX": lambda: max(points, key=lambda point: point[1]),
        "MIN": lambda: min(points, key=lambda point: point[1]),
        "AVG": lambda: (None, sum(values) / len(values)),
        "SUM": lambda: (None, sum(values)),
    }
    if choice not in chosen or of_time not in ("", "TIME"):
        return None
    if not points:
        return "--"
    at, value = chosen[choice]()
    if of_time:
        return None if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{value:.3f}".rstrip("0").rstrip(".")
