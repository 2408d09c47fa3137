"""GetMetricData: separate units, pages, order, labels; as AWS was recorded to answer (LocalStack, September 2025)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.cloudwatch.metrics.labels import Measured, default_labels, filled_in
from localcloud.cloudwatch.metrics.store import MOST_ROWS, Datum, Metric, MetricStore
from localcloud.cloudwatch.metrics.values import Values
from localcloud.cloudwatch.moto_patches.data import metric_data
from localcloud.errors import AwsError

Wire = dict[str, Any]
NOW = datetime.fromtimestamp(time.time() // 300 * 300, UTC)
MINUTE = timedelta(minutes=1)


def store_of(*rows: tuple[str, int, float, str]) -> MetricStore:
    """Create a store from rows of (metric, minutes from now, value, unit)."""
    store = MetricStore(speed=1)
    for name, minutes, value, unit in rows:
        minute = store.minute_at((NOW + minutes * MINUTE).timestamp())
        store.add(minute, [Datum(Metric.of("N", name), Values.one(value), unit)])
    return store


def query(name: str = "m", **changed: Any) -> Wire:
    stat = {"Metric": {"Namespace": "N", "MetricName": name}, "Period": 60, "Stat": "Sum"} | changed
    return {"Id": f"q_{name}", "MetricStat": stat}


def answer_to(store: MetricStore, *queries: Wire, **more: Any) -> Wire:
    span = {"StartTime": NOW - 60 * MINUTE, "EndTime": NOW + 150 * MINUTE}
    return metric_data(store, span | {"MetricDataQueries": list(queries)} | more)


def test_without_a_unit_the_first_in_cloudwatchs_order_is_returned_with_a_note_about_the_others() -> None:
    store = store_of(("m", 0, 60000, "Milliseconds"), ("m", 0, 60, "Seconds"))
    [found] = answer_to(store, query())["MetricDataResults"]
    assert found["Values"] == [60000]
    message = "Multiple units returned: '[Milliseconds, Seconds]'"
    assert found["Messages"] == [{"Code": "MultipleUnits", "Value": message}]
    assert found["StatusCode"] == "Complete"
    store.add(store.minute_at(NOW.timestamp()), [Datum(Metric.of("N", "m"), Values.one(5), "Count")])
    [found] = answer_to(store, query())["MetricDataResults"]
    assert found["Values"] == [5]
    assert found["Messages"][0]["Value"] == "Multiple units returned: '[Count, Milliseconds, Seconds]'"


def test_with_a_unit_only_its_data_are_returned() -> None:
    store = store_of(("m", 0, 1, "Seconds"), ("m", 0, 2, "Count"))
    for unit, values in (("Seconds", [1]), ("Count", [2]), ("Bytes", [])):
        [found] = answer_to(store, query(Unit=unit))["MetricDataResults"]
        assert found["Values"] == values
        assert "Messages" not in found


def test_data_of_the_next_two_hours_are_returned() -> None:
    store = store_of(*(("m", minutes, minutes, "None") for minutes in (0, 19, 119)))
    assert answer_to(store, query())["MetricDataResults"][0]["Values"] == [119, 19, 0]


@pytest.mark.parametrize(("order", "first"), [(None, 19), ("TimestampDescending", 19), ("TimestampAscending", 0)])
def test_pages_hold_the_most_datapoints_and_follow_the_order(order: str | None, first: int) -> None:
    store = store_of(*(("m", minutes, minutes, "None") for minutes in range(20)))
    more = {"MaxDatapoints": 10} | ({"ScanBy": order} if order else {})
    one = answer_to(store, query(), **more)
    two = answer_to(store, query(), **more, NextToken=one["NextToken"])
    values = [page["MetricDataResults"][0]["Values"] for page in (one, two)]
    assert [len(each) for each in values] == [10, 10]
    assert values[0] + values[1] == sorted(range(20), reverse=first > 0)
    assert [page["MetricDataResults"][0]["StatusCode"] for page in (one, two)] == ["PartialData", "Complete"]
    assert "NextToken" not in two


def test_several_metrics_share_a_page() -> None:
    store = store_of(*((name, minutes, 1, "None") for name in "ab" for minutes in range(4)))
    one = answer_to(store, query("a"), query("b"), MaxDatapoints=5)
    assert [len(each["Values"]) for each in one["MetricDataResults"]] == [2, 2]
    two = answer_to(store, query("a"), query("b"), MaxDatapoints=5, NextToken=one["NextToken"])
    assert [len(each["Values"]) for each in two["MetricDataResults"]] == [2, 2]


def test_a_wrong_token_is_refused() -> None:
    for token in ("x", "bm8=", "eyJhZnRlciI6IG51bGx9"):
        with pytest.raises(AwsError, match="next token"):
            answer_to(store_of(), query(), NextToken=token)


def test_an_expression_fills_from_the_start() -> None:
    wire = [query() | {"ReturnData": False}, {"Id": "filled", "Expression": "FILL(q_m, 0)"}]
    [found] = answer_to(store_of(), *wire, StartTime=NOW - 5 * MINUTE, EndTime=NOW)["MetricDataResults"]
    assert (found["Label"], found["Values"]) == ("filled", [0] * 5)


def test_short_periods_have_no_data_older_than_three_hours() -> None:
    store = store_of(("m", -200, 1, "None"), ("m", -100, 2, "None"))
    span = {"StartTime": NOW - 300 * MINUTE}
    assert answer_to(store, query(Period=60), **span)["MetricDataResults"][0]["Values"] == [2, 1]
    assert answer_to(store, query(Period=30), **span)["MetricDataResults"][0]["Values"] == [2]


def test_data_of_the_last_days_are_kept_but_not_without_end() -> None:
    store = store_of(("m", -13 * 24 * 60, 1, "None"))
    store.forget(store.minute_at(NOW.timestamp()))
    assert answer_to(store, query(), StartTime=NOW - timedelta(14))["MetricDataResults"][0]["Values"] == [1]
    for minutes in range(MOST_ROWS + 10):
        store.add(store.minute_at(NOW.timestamp()) - minutes, [Datum(Metric.of("N", "m"), Values.one(1))])
    store.forget(store.minute_at(NOW.timestamp()))
    extent = store.extent([Metric.of("N", "m")])
    assert extent is not None
    assert extent[1] - extent[0] == MOST_ROWS - 1


RECORDED = [
    ([("Sum", 60), ("Minimum", 30)], ["metric1 Sum 60", "metric1 Minimum 30"]),
    ([("Sum", 60), ("Minimum", 60)], ["metric1 Sum", "metric1 Minimum"]),
    ([("Sum", 60), ("Sum", 30)], ["metric1 60", "metric1 30"]),
    ([("Sum", 60), ("Sum", 60)], ["metric1", "metric1"]),
]


@pytest.mark.parametrize(("pairs", "labels"), RECORDED)
def test_a_default_label_has_what_differs(pairs: list[tuple[str, int]], labels: list[str]) -> None:
    metric = Metric.of("N", "metric1")
    queries = {
        str(number): Measured(metric=metric, statistic=statistic, period_s=period_s)
        for number, (statistic, period_s) in enumerate(pairs)
    }
    assert list(default_labels(queries).values()) == labels


def test_dynamic_labels_are_filled_in() -> None:
    points = [(NOW, 1.0), (NOW + MINUTE, 4.5)]
    measured = Measured(metric=Metric.of("N", "cpu", {"Service": "api"}), statistic="Sum", period_s=60)
    label = "[${MAX} ${MIN} ${AVG} ${SUM} ${FIRST} ${LAST} ${DATAPOINT_COUNT}] ${LABEL} ${PROP('Dim.Service')} ${ODD}"
    assert filled_in(label, "cpu", points, measured) == "[4.5 1 2.75 5.5 1 4.5 2] cpu api ${ODD}"
    assert filled_in("${PROP('MetricName')} ${PROP('Stat')} ${LAST}", "cpu", [], measured) == "cpu Sum --"
    assert filled_in("${LAST_TIME}", "cpu", points, measured) == f"{NOW + MINUTE:%Y-%m-%d %H:%M:%S} UTC"


def fine(store: MetricStore, *rows: tuple[float, float]) -> MetricStore:
    """Add high-resolution data from rows of (seconds from now, value)."""
    for seconds, value in rows:
        store.add_at(NOW.timestamp() + seconds, [Datum(Metric.of("N", "m"), Values.one(value), is_fine=True)])
    return store


def test_data_of_high_resolution_are_of_their_second_and_are_summed_up_by_any_period() -> None:
    store = fine(MetricStore(speed=1), (0, 1), (4, 2), (4.5, 3), (11, 4), (59, 5), (60, 6))
    span = {"StartTime": NOW, "EndTime": NOW + 2 * MINUTE, "ScanBy": "TimestampAscending"}

    def values(period_s: int) -> list[tuple[int, float]]:
        [found] = answer_to(store, query(Period=period_s), **span)["MetricDataResults"]
        return [
            (round((at - NOW).total_seconds()), value)
            for at, value in zip(found["Timestamps"], found["Values"], strict=True)
        ]

    assert values(1) == [(0, 1), (4, 5), (11, 4), (59, 5), (60, 6)]
    assert values(5) == [(0, 6), (10, 4), (55, 5), (60, 6)]
    assert values(10) == [(0, 6), (10, 4), (50, 5), (60, 6)]
    assert values(30) == [(0, 10), (30, 5), (60, 6)]
    assert values(60) == [(0, 15), (60, 6)]
    assert values(300) == [(round((NOW.timestamp() // 300 * 300) - NOW.timestamp()), 21)]


def test_a_standard_datum_is_of_its_minute_also_in_shorter_periods() -> None:
    store = store_of(("m", 0, 7, "None"))
    span = {"StartTime": NOW, "EndTime": NOW + MINUTE}
    assert answer_to(store, query(Period=10), **span)["MetricDataResults"][0]["Values"] == [7]
    fine(store, (0, 1), (20, 2))
    assert answer_to(store, query(Period=60), **span)["MetricDataResults"][0]["Values"] == [10]


def test_seconds_become_a_minute_after_three_hours_and_nothing_is_lost() -> None:
    store = fine(MetricStore(speed=1), *((second, 1) for second in range(-4 * 3600, 0, 30)))
    store.forget(store.minute_at(NOW.timestamp()))
    rows = store.within(Metric.of("N", "m"), 0, store.minute_at(NOW.timestamp()) + 1)
    assert sum(values.count for _, values in rows) == 4 * 120
    assert len([minute for minute, _ in rows if minute % 1]) == 180
    assert len(rows) == 60 + 360
    store.forget(store.minute_at(NOW.timestamp()) + 500)
    rows = store.within(Metric.of("N", "m"), 0, store.minute_at(NOW.timestamp()) + 1)
    assert [values.count for _, values in rows] == [2] * 240
