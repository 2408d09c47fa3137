"""Metrics Insights: which metrics a SELECT matches, their grouping, order and labels, and what is refused."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.cloudwatch.metrics.store import Datum, Metric, MetricStore
from localcloud.cloudwatch.metrics.values import Values
from localcloud.cloudwatch.moto_patches.data import metric_data
from localcloud.errors import AwsError

Wire = dict[str, Any]
NOW = datetime.fromtimestamp(time.time() // 60 * 60, UTC)
MINUTE = timedelta(minutes=1)
ROWS = (
    ("App/Web", "Latency", {"Path": "/a", "Zone": "1"}, 1.0),
    ("App/Web", "Latency", {"Path": "/a", "Zone": "2"}, 3.0),
    ("App/Web", "Latency", {"Path": "/b", "Zone": "1"}, 5.0),
    ("App/Web", "Latency", {"Path": "/a"}, 100.0),
    ("App/Web", "Errors", {"Path": "/a"}, 7.0),
    ("Other", "Latency", {"Path": "/a"}, 9.0),
)


@pytest.fixture
def store() -> MetricStore:
    created = MetricStore(speed=1)
    minute = created.minute_at(NOW.timestamp())
    for namespace, name, dimensions, value in ROWS:
        created.add(minute, [Datum(Metric.of(namespace, name, dimensions), Values.one(value))])
    created.add(minute - 1, [Datum(Metric.of("App/Web", "Latency", {"Path": "/b", "Zone": "1"}), Values.one(2.0))])
    return created


def results_of(store: MetricStore, *queries: Wire) -> list[Wire]:
    span = {"StartTime": NOW - 10 * MINUTE, "EndTime": NOW + 10 * MINUTE}
    return list(metric_data(store, span | {"MetricDataQueries": list(queries)})["MetricDataResults"])


def selected(store: MetricStore, text: str) -> list[tuple[str, list[float]]]:
    found = results_of(store, {"Id": "q", "Period": 60, "Expression": text})
    assert {each["Id"] for each in found} <= {"q"}
    return [(each["Label"], each["Values"]) for each in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("""SELECT SUM(Latency) FROM "App/Web" """, [("q", [109, 2])]),
        ("""select avg(Latency) from SCHEMA("App/Web", Path, Zone)""", [("q", [3, 2])]),
        ("""SELECT MAX(Latency) FROM SCHEMA("App/Web", Path)""", [("q", [100])]),
        ("""SELECT COUNT(Latency) FROM "App/Web" WHERE Path = '/a'""", [("q", [3])]),
        ("""SELECT MIN(Latency) FROM "App/Web" WHERE Path = '/a' AND Zone != '1'""", [("q", [3])]),
        ("""SELECT SUM(Latency) FROM "App/Web" GROUP BY Path""", [("/a", [104]), ("/b", [5, 2])]),
        (
            """SELECT SUM(Latency) FROM "App/Web" GROUP BY Path, Zone ORDER BY SUM() DESC LIMIT 2""",
            [("/b 1", [5, 2]), ("/a 2", [3])],
        ),
        (
            """SELECT SUM(Latency) FROM "App/Web" GROUP BY Zone ORDER BY MAX() ASC""",
            [("2", [3]), ("1", [6, 2])],
        ),
        ("""SELECT SUM(Latency) FROM Other""", [("q", [9])]),
        ("""SELECT SUM(Latency) FROM Nowhere""", [("q", [])]),
        ("""SELECT SUM(Latency) FROM Nowhere GROUP BY Path""", []),
    ],
)
def test_a_select_takes_the_metrics_that_it_describes(
    store: MetricStore, text: str, wanted: list[tuple[str, list[float]]]
) -> None:
    assert selected(store, text) == wanted


def test_an_expression_works_with_what_a_select_has_found(store: MetricStore) -> None:
    text = """SELECT SUM(Latency) FROM "App/Web" WHERE Zone = '1' GROUP BY Path"""
    queries = [
        {"Id": "q", "Period": 60, "Expression": text, "ReturnData": False},
        {"Id": "e", "Period": 60, "Expression": "SUM(q) * 10"},
    ]
    [found] = results_of(store, *queries)
    assert (found["Id"], found["Values"]) == ("e", [60, 20])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "SELECT Latency FROM N",
        "SELECT MEDIAN(Latency) FROM N",
        "SELECT SUM(Latency)",
        "SELECT SUM(Latency) FROM App/Web",
        "SELECT SUM(Latency) FROM N WHERE Path",
        "SELECT SUM(Latency) FROM N WHERE Path = /a",
        """SELECT SUM(Latency) FROM N WHERE Path = "/a" """,
        "SELECT SUM(Latency) FROM N WHERE Path = '/a' OR Path = '/b'",
        "SELECT SUM(Latency) FROM N GROUP Path",
        "SELECT SUM(Latency) FROM N ORDER BY Path",
        "SELECT SUM(Latency) FROM N LIMIT 0",
        "SELECT SUM(Latency) FROM N LIMIT 501",
        "SELECT SUM(Latency) FROM N LIMIT 1 GROUP BY Path",
        "SELECT SUM(Latency) FROM N;",
    ],
)
def test_what_is_not_a_query_is_refused_with_the_place(store: MetricStore, text: str) -> None:
    with pytest.raises(AwsError, match="Error in expression 'q'"):
        selected(store, text)
