"""Extracts metrics from log lines: by metric filters of log groups, and from the embedded metric format."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.filter_patterns import FilterPattern, InvalidPattern, compiled
from localcloud.cloudwatch.logs.store import NewEvent
from localcloud.cloudwatch.metrics.store import HIGH_RESOLUTION, Datum, Metric, MetricStore
from localcloud.cloudwatch.metrics.values import Values

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import MetricFilterTypeDef


log = logging.getLogger(__name__)

EMBEDDED = '"_aws"'
"""Marks a line in the embedded metric format."""


@dataclass(frozen=True, kw_only=True)
class MetricFilter:
    """One transformation of a metric filter. `value`: a number or a selector; `dimensions`: name -> selector."""

    test: FilterPattern
    namespace: str
    name: str
    value: str
    default: float | None = None
    unit: str = "None"
    dimensions: Mapping[str, str] = field(default_factory=dict)

    def datum(self, message: str) -> Datum | None:
        """Return the datum of a matching line; None when it lacks the number or a dimension."""
        value = _number(self.test.value(message, self.value) if self.value.startswith("$") else self.value)
        dimensions = {name: self.test.value(message, selector) for name, selector in self.dimensions.items()}
        if value is None or None in dimensions.values():
            return None
        metric = Metric.of(self.namespace, self.name, {name: str(found) for name, found in dimensions.items()})
        return Datum(metric, Values.one(value), self.unit)


def metric_filters(stored: Sequence[MetricFilterTypeDef]) -> dict[str, list[MetricFilter]]:
    """Convert moto's metric filters -> by log group. The newest of a name counts; an invalid one is logged."""
    newest = {(each["logGroupName"], each["filterName"]): each for each in stored}
    found: defaultdict[str, list[MetricFilter]] = defaultdict(list)
    for (group, name), each in newest.items():
        try:
            found[group] += _filters(each)
        except InvalidPattern as error:
            context = {"action": "metric_filter", "group": group, "filter": name}
            log.warning("Metric filter has no effect: %s", error, extra=context)
    return dict(found)


def _filters(stored: MetricFilterTypeDef) -> Iterator[MetricFilter]:
    test = compiled(stored.get("filterPattern") or "")
    for each in stored["metricTransformations"]:
        yield MetricFilter(
            test=test,
            namespace=each["metricNamespace"],
            name=each["metricName"],
            value=str(each["metricValue"]),
            default=_number(each.get("defaultValue")),
            unit=each.get("unit") or "None",
            dimensions=each.get("dimensions") or {},
        )


class LogMetrics:
    """Processes every incoming line, in the store's thread or in the one that puts it."""

    def __init__(self, store: MetricStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.filters: Mapping[str, Sequence[MetricFilter]] = {}
        """By log group."""

    def observe(self, events: Sequence[NewEvent]) -> None:
        for event in events:
            if EMBEDDED in event.message:
                for timestamp_ms, datum in embedded(event.message):
                    self._store.add_at((timestamp_ms or event.timestamp_ms) / 1000, [datum])
        if self.filters:
            with self._lock:  # Without the lock, two batches could both find no value yet.
                self._filter([event for event in events if event.group in self.filters])

    def _filter(self, events: Sequence[NewEvent]) -> None:
        """Apply the filters. A minute with lines but no match gets the default value."""
        came = {(event.group, self._store.minute_at(event.timestamp_ms / 1000)) for event in events}
        for event in events:
            minute = self._store.minute_at(event.timestamp_ms / 1000)
            found = [each.datum(event.message) for each in self.filters[event.group] if each.test(event.message)]
            self._store.add(minute, [datum for datum in found if datum is not None])
        for group, minute in came:
            for each in self.filters[group]:
                metric = Metric.of(each.namespace, each.name)
                if each.default is not None and not self._store.between(metric, minute, minute):
                    self._store.add(minute, [Datum(metric, Values.one(each.default), each.unit)])


def embedded(message: str) -> list[tuple[float, Datum]]:
    """Parse a line in the embedded metric format -> (Unix milliseconds or 0, datum); no items for other lines."""
    try:
        line = json.loads(message)
        directives = line["_aws"]["CloudWatchMetrics"]
        timestamp_ms = float(line["_aws"].get("Timestamp", 0))
        return [(timestamp_ms, datum) for directive in directives for datum in _embedded(directive, line)]
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):  # CloudWatch drops what it cannot parse.
        return []


def _embedded(directive: Mapping[str, Any], line: Mapping[str, Any]) -> Iterator[Datum]:
    for names in directive.get("Dimensions") or [[]]:
        dimensions = {name: str(line[name]) for name in names}
        for given in directive["Metrics"]:
            if given["Name"] in line and (values := _values(line[given["Name"]])):
                metric = Metric.of(directive["Namespace"], given["Name"], dimensions)
                is_fine = given.get("StorageResolution") == HIGH_RESOLUTION
                yield Datum(metric, values, given.get("Unit", "None"), is_fine)


def _values(given: object) -> Values | None:
    """Convert a number, a list of numbers, or `{"Values": [...], "Counts": [...]}`."""
    values, counts = given if isinstance(given, list) else [given], None
    if isinstance(given, dict):
        values, counts = given["Values"], given["Counts"]
    found: dict[float, float] = {}
    for value, count in zip(values, counts or [1] * len(values), strict=True):
        found[float(value)] = found.get(float(value), 0.0) + float(count)
    return Values.of(found) if found else None


def _number(given: object) -> float | None:
    try:
        number = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
