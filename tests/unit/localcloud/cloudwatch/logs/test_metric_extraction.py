"""Metrics extracted from log lines: metric filters and the embedded metric format."""

import json
from typing import Any

from app.platform.metrics import Metrics
from localcloud.cloudwatch.logs.metric_extraction import LogMetrics, embedded, metric_filters
from localcloud.cloudwatch.logs.store import NewEvent
from localcloud.cloudwatch.metrics.store import Metric, MetricStore

MINUTE_MS = 60_000


def filters(pattern: str, **transformation: Any) -> list[dict[str, Any]]:
    complete = {"metricNamespace": "N", "metricName": "M", "metricValue": "1", **transformation}
    return [{"filterName": "f", "filterPattern": pattern, "logGroupName": "g", "metricTransformations": [complete]}]


def sums(held: list[dict[str, Any]], *lines: str, metric: Metric | None = None) -> list[tuple[float, float]]:
    """Return (sum, samples) per minute for lines that arrive one per minute."""
    store = MetricStore(speed=1)
    metrics = LogMetrics(store)
    metrics.filters = metric_filters(held)
    for minute, line in enumerate(lines):
        metrics.observe(
            [NewEvent("g", "s", minute * MINUTE_MS, line), NewEvent("other", "s", minute * MINUTE_MS, line)]
        )
    found = store.between(metric or Metric.of("N", "M"), 0, len(lines))
    return [(values.total, values.count) for _, values in reversed(found)]


def test_matching_lines_are_counted_and_other_minutes_have_the_default() -> None:
    lines = ('{"level": "ERROR"}', '{"level": "INFO"}', "ERROR")
    assert sums(filters('{ $.level = "ERROR" }', defaultValue=0.0), *lines) == [(1, 1), (0, 1), (0, 1)]
    assert sums(filters('{ $.level = "ERROR" }'), *lines) == [(1, 1)]
    assert sums(filters("ERROR", metricValue="5"), *lines) == [(5, 1), (5, 1)]


def test_a_value_and_dimensions_come_from_the_line() -> None:
    held = filters("{ $.ms > 1 }", metricValue="$.ms", dimensions={"Route": "$.route"})
    lines = ('{"ms": 7, "route": "/a"}', '{"ms": 9, "route": "/b"}', '{"ms": 9}')
    assert sums(held, *lines, metric=Metric.of("N", "M", {"Route": "/a"})) == [(7, 1)]
    assert sums(held, *lines, metric=Metric.of("N", "M")) == []


def test_a_filter_that_is_put_again_replaces_the_old_one_and_an_unknown_pattern_has_no_effect() -> None:
    assert sums([*filters("a"), *filters("b")], "a", "b") == [(1, 1)]
    assert metric_filters(filters("{ $.x }")) == {"g": []}


def test_a_line_in_the_embedded_format_gives_its_metrics_for_each_set_of_dimensions() -> None:
    line = {
        "_aws": {
            "Timestamp": 120_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "N",
                    "Dimensions": [["A", "B"], ["A"]],
                    "Metrics": [{"Name": "M", "Unit": "Count"}, {"Name": "L"}, {"Name": "absent"}],
                }
            ],
        },
        "A": "a",
        "B": 2,
        "M": 3,
        "L": [1, 1, 4],
    }
    found = {(datum.metric.name, datum.metric.dimensions): datum for _, datum in embedded(json.dumps(line))}
    assert set(found) == {(name, dims) for name in "ML" for dims in ((("A", "a"), ("B", "2")), (("A", "a"),))}
    assert found["M", (("A", "a"),)].unit == "Count"
    assert found["L", (("A", "a"),)].values.statistic("p50") == 1
    assert embedded(json.dumps(line))[0][0] == 120_000


def test_what_is_not_in_the_format_is_dropped() -> None:
    for line in (
        "no json _aws",
        '{"_aws": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "N", "Metrics": [{}]}]}}',
    ):
        assert embedded(line) == []


def test_the_applications_own_lines_are_understood(caplog: Any) -> None:
    metrics = Metrics("local")
    metrics.request_served("GET", "/a", 200, 12.0)
    metrics.request_served("GET", "/a", 503, 12.0)
    metrics.write()
    [record] = caplog.records
    line = json.dumps(
        {name: getattr(record, name) for name in ("_aws", *record.__dict__) if name != "exc_info"}, default=str
    )
    found = {datum.metric.name: datum.values for _, datum in embedded(line) if len(datum.metric.dimensions) == 1}
    assert {name: values.total for name, values in found.items() if name != "Latency"} == {
        "Requests": 2,
        "ServerErrors": 1,
        "ClientErrors": 0,
    }
    assert found["Latency"].count == 2
