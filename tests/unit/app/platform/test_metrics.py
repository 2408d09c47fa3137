"""Request metrics as CloudWatch's Embedded Metric Format."""

import json
import logging

import pytest

from app.platform.logs import JsonFormatter
from app.platform.metrics import Metrics

MOST_VALUES = 100  # for one metric in one line of EMF


@pytest.fixture
def lines(caplog):
    formatter = JsonFormatter(environment="local", revision="r1")

    def written(metrics: Metrics) -> list[dict[str, object]]:
        caplog.clear()
        metrics.write()
        return [json.loads(formatter.format(record)) for record in caplog.records]

    caplog.set_level(logging.INFO, "app.platform.metrics")
    return written


def test_each_route_and_method_has_one_line_with_its_counts(lines):
    metrics = Metrics("local")
    for status in (200, 201, 404, 503, 500, 0):
        metrics.request_served("GET", "/api/v1/x/{id}", status, 12.5)
    metrics.request_served("POST", "/api/v1/x/{id}", 201, 12.5)
    first, second = lines(metrics)
    assert (first["Route"], first["Method"], second["Method"]) == ("/api/v1/x/{id}", "GET", "POST")
    assert (first["Requests"], first["ServerErrors"], first["ClientErrors"]) == (6, 2, 1)
    assert lines(metrics) == []


def test_a_line_is_valid_emf(lines):
    metrics = Metrics("local")
    metrics.request_served("GET", "/x", 200, 1)
    [line] = lines(metrics)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert directive["Namespace"] == "SpendSense"
    named = {name for dimensions in directive["Dimensions"] for name in dimensions}
    assert all(isinstance(line[name], str) for name in named)
    assert {metric["Name"] for metric in directive["Metrics"]} <= line.keys()


def test_latencies_keep_their_number_and_their_size(lines):
    metrics = Metrics("local")
    for exponent in range(-20, 70):
        metrics.request_served("GET", "/x", 200, 1.25**exponent)
    [line] = lines(metrics)
    values, counts = line["Latency"]["Values"], line["Latency"]["Counts"]
    assert sum(counts) == 90
    assert len(values) == len(counts) <= MOST_VALUES
    assert max(values) == pytest.approx(1.25**69, rel=0.1)


def test_what_the_platform_asks_is_not_in_the_sum_of_what_users_ask(lines):
    metrics = Metrics("local")
    metrics.request_served("GET", "/health", 200, 1)
    metrics.request_served("GET", "/x", 200, 1)
    sums = {
        line["Route"]: ["Environment"] in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for line in lines(metrics)
    }
    assert sums == {"/health": False, "/x": True}


def test_events_are_counted_under_their_names(lines):
    metrics = Metrics("local")
    metrics.count("RateLimitsUnavailable")
    metrics.count("RateLimitsUnavailable")
    [line] = lines(metrics)
    assert line["RateLimitsUnavailable"] == 2
