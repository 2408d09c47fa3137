"""The metric store: minutes, statistics, expiry; and queries on it."""

import pytest

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics.queries import Query, QueryResults, in_windows, sliding
from localcloud.cloudwatch.metrics.store import KEPT_MINUTES, Datum, Metric, MetricStore
from localcloud.cloudwatch.metrics.values import UnknownStatistic, Values

REQUESTS = Metric.of("N", "Requests", {"b": "2", "a": "1"})


def store_of(*rows: tuple[int, float]) -> MetricStore:
    store = MetricStore(speed=1)
    for minute, value in rows:
        store.add(minute, [Datum(REQUESTS, Values.one(value))])
    return store


def test_statistics_of_values_that_came_together_and_apart() -> None:
    together = Values.of({1.0: 3.0, 5.0: 1.0})
    apart = Values.one(1.0).plus(Values.one(5.0)).plus(Values.of({1.0: 2.0}))
    for values in (together, apart):
        found = [values.statistic(name) for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")]
        assert found == [2.0, 8.0, 1.0, 5.0, 4.0]
        assert [values.statistic(name) for name in ("p50", "p75", "p99.9", "p100")] == [1.0, 1.0, 5.0, 5.0]


def test_percentiles_of_many_values_are_exact_to_5_percent() -> None:
    values = Values.of({float(value): 1.0 for value in range(1, 1001)})
    assert values.statistic("p95") == pytest.approx(950, rel=0.05)
    assert values.statistic("Maximum") == 1000
    assert len(values.spread) < 400


def test_a_statistic_set_has_no_percentile() -> None:
    values = Values(2.0, 6.0, 1.0, 5.0)
    assert values.statistic("Average") == 3.0
    assert values.statistic("p95") is None
    assert values.plus(Values.one(3.0)).statistic("p50") is None
    with pytest.raises(UnknownStatistic, match="TM: should be one of Average"):
        values.statistic("TM")


def test_with_speed_1_minutes_are_those_of_the_wall_and_with_30_one_has_two_seconds() -> None:
    assert MetricStore(speed=1).minute_at(119.9) == 1
    fast = MetricStore(speed=30)
    assert [fast.minute_at(wall_s) for wall_s in (0.0, 1.9, 2.0, 60.0)] == [0, 0, 1, 30]
    assert fast.wall_s(30) == 60.0


def test_rows_may_come_late_and_in_parts() -> None:
    store = store_of((5, 1.0), (7, 2.0), (6, 3.0), (7, 4.0))
    assert [(minute, values.total) for minute, values in store.between(REQUESTS, 5, 7)] == [
        (7, 6.0),
        (6, 3.0),
        (5, 1.0),
    ]
    assert [minute for minute, _ in store.between(REQUESTS, 6, 6)] == [6]


def test_old_rows_and_empty_series_are_forgotten() -> None:
    store = store_of((1, 1.0), (100, 2.0))
    store.forget(KEPT_MINUTES + 50)
    assert [minute for minute, _ in store.between(REQUESTS, 0, 999)] == [100]
    store.forget(KEPT_MINUTES + 101)
    assert store.metrics() == []


def test_windows_slide_with_the_newest_minute_at_their_end() -> None:
    store = store_of((10, 1.0), (11, 2.0), (14, 4.0))
    sums = [values.total if values else None for values in in_windows(store, REQUESTS, sliding(15 * 60, 120, 3))]
    assert sums == [1.0, 2.0, 4.0]
    assert sliding(15 * 60, 120, 3).spans == [(9, 11), (11, 13), (13, 15)]


def test_queries_name_each_other_in_any_order() -> None:
    store = store_of((1, 10.0), (2, 20.0))
    queries = {
        "rate": Query(id="rate", expression="100 * half / all"),
        "half": Query(id="half", expression="all / 2"),
        "all": Query(id="all", metric=REQUESTS, statistic="Sum"),
        "loop": Query(id="loop", expression="1 + loop"),
        "odd": Query(id="odd", metric=REQUESTS, statistic="Median"),
    }
    answers = QueryResults(store, queries, sliding(3 * 60, 60, 3))
    assert answers.series("half") == (None, 5.0, 10.0)
    assert answers.series("rate") == (None, 50.0, 50.0)
    for name, why in (("loop", "refers to itself"), ("odd", "query 'odd': Median"), ("x", "no query has the id 'x'")):
        with pytest.raises(CannotEvaluate, match=why):
            answers.series(name)


def test_a_dimension_may_be_there_twice() -> None:
    twice = Metric.of("N", "m", [("Name", "C"), ("Name", "B")])
    assert twice.dimensions == (("Name", "B"), ("Name", "C"))
    assert twice != Metric.of("N", "m", {"Name": "B"})
