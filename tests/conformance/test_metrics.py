"""CloudWatch's metrics: what is accepted, and how it is returned, in pages, with labels and units."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.stage import Stage

fact = pytest.mark.fact

MINUTE = timedelta(minutes=1)
HELD = {"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10}


class Question:
    """Queries a metric in its own namespace, starting a minute ago."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.namespace = cloud.new_name("metrics")
        self.start = datetime.now(UTC).replace(second=0, microsecond=0) - MINUTE

    def put(self, *data: Wire) -> None:
        metrics = [{"MetricName": "m", **each} for each in data]
        self.cloud.client("cloudwatch").put_metric_data(Namespace=self.namespace, MetricData=metrics)

    def query(self, name: str = "q", metric: str = "m", dimensions: list[Wire] | None = None, **stat: object) -> Wire:
        named = {"Namespace": self.namespace, "MetricName": metric, "Dimensions": dimensions or []}
        return {"Id": name, "MetricStat": {"Metric": named, "Period": 60, "Stat": "Sum", **stat}}

    def ask(self, *queries: Wire, minutes: int = 5, **more: object) -> Wire:
        answer: Wire = self.cloud.client("cloudwatch").get_metric_data(
            MetricDataQueries=list(queries), StartTime=self.start, EndTime=self.start + minutes * MINUTE, **more
        )
        return answer

    def until(self, count: int, *queries: Wire, **more: object) -> list[Wire]:
        """Return the results as soon as the first query has this many values."""

        def enough() -> list[Wire]:
            results: list[Wire] = self.ask(*queries, **more)["MetricDataResults"]
            return results if len(results[0]["Values"]) >= count else []

        return self.cloud.until(enough, f"{count} datapoints", 300)

    def statistics(self, *names: str, **more: object) -> list[Wire]:
        points: list[Wire] = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace=self.namespace,
            MetricName="m",
            StartTime=self.start,
            EndTime=self.start + 5 * MINUTE,
            Period=300,
            Statistics=list(names),
            **more,
        )["Datapoints"]
        return points


@pytest.fixture
def question(stage: Stage) -> Question:
    return Question(stage.cloud)


@fact("4/units")
def test_statistics_keep_units_apart(question: Question) -> None:
    now = datetime.now(UTC)
    question.put(
        {"Value": 1, "Unit": "Seconds", "Timestamp": now},
        {"Value": 5, "Unit": "Count", "Timestamp": now},
        {"Value": 10, "Timestamp": now},
    )
    question.cloud.until(lambda: len(question.statistics("Average")) >= 3, "three units", 300)
    averages = {point["Unit"]: point["Average"] for point in question.statistics("Average")}
    assert averages == {"Seconds": 1.0, "Count": 5.0, "None": 10.0}
    [point] = question.statistics("Average", Unit="Count")
    assert point["Average"] == 5.0
    assert question.statistics("Average", Unit="Bytes") == []


@fact("4/multiple-units", "4/units")
def test_a_query_without_a_unit_takes_the_first_and_says_that_there_are_more(question: Question) -> None:
    now = datetime.now(UTC)
    question.put(
        {"Value": 60000, "Unit": "Milliseconds", "Timestamp": now}, {"Value": 60, "Unit": "Seconds", "Timestamp": now}
    )
    [result] = question.until(1, question.query())
    assert result["Values"] == [60000.0]
    message = "Multiple units returned: '[Milliseconds, Seconds]'"
    assert result["Messages"] == [{"Code": "MultipleUnits", "Value": message}]
    [result] = question.until(1, question.query(Unit="Seconds"))
    assert result["Values"] == [60.0]
    assert not result.get("Messages")


@fact("4/values")
def test_values_counts_and_statistic_sets_add_up(question: Question) -> None:
    now = datetime.now(UTC)
    question.put({"Values": [1.0, 10.0], "Counts": [2, 4], "Timestamp": now})
    question.put({"StatisticValues": HELD, "Timestamp": now}, {"Value": 11, "Timestamp": now})
    question.cloud.until(lambda: question.statistics("SampleCount")[:1], "statistics", 300)

    def whole() -> bool:
        return bool(question.statistics("SampleCount")[0]["SampleCount"] == 17)

    question.cloud.until(whole, "17 samples", 300)
    [point] = question.statistics("Sum", "Minimum", "Maximum", "Average")
    assert (point["Sum"], point["Minimum"], point["Maximum"]) == (108.0, 1.0, 11.0)
    assert point["Average"] == pytest.approx(108 / 17)


@fact("4/labels")
@pytest.mark.parametrize(
    ("first", "second", "labels"),
    [
        (("Sum", 60), ("Minimum", 30), ["m Sum 60", "m Minimum 30"]),
        (("Sum", 60), ("Minimum", 60), ["m Sum", "m Minimum"]),
        (("Sum", 60), ("Sum", 30), ["m 60", "m 30"]),
        (("Sum", 60), ("Sum", 60), ["m", "m"]),
    ],
)
def test_default_labels_have_what_differs(
    question: Question, first: tuple[str, int], second: tuple[str, int], labels: list[str]
) -> None:
    question.put({"Value": 1})
    queries = [
        question.query(name, Stat=stat, Period=period)
        for name, (stat, period) in zip("ab", (first, second), strict=True)
    ]
    assert [result["Label"] for result in question.ask(*queries)["MetricDataResults"]] == labels


@fact("4/pages", "4/order", "4/ahead")
@pytest.mark.parametrize("order", ["TimestampDescending", "TimestampAscending", None])
def test_pages_hold_the_most_datapoints_in_order_also_of_the_future(question: Question, order: str | None) -> None:
    question.put(*({"Value": n, "Timestamp": question.start + n * MINUTE} for n in range(20)))
    question.until(20, question.query(), minutes=20)
    more: Wire = {"MaxDatapoints": 10, "minutes": 20} | ({"ScanBy": order} if order else {})
    one = question.ask(question.query(), **more)
    two = question.ask(question.query(), NextToken=one["NextToken"], **more)
    values = [page["MetricDataResults"][0]["Values"] for page in (one, two)]
    assert [len(each) for each in values] == [10, 10]
    assert values[0] + values[1] == sorted(map(float, range(20)), reverse=order != "TimestampAscending")
    assert "NextToken" not in two


@fact("4/no-data")
def test_a_metric_without_data_is_complete_and_empty(question: Question) -> None:
    question.put({"Value": 1, "Dimensions": [{"Name": "foo", "Value": "bar"}]})
    with_it = question.query(dimensions=[{"Name": "foo", "Value": "bar"}])
    question.until(1, with_it)
    for query in (question.query(), question.query(dimensions=[{"Name": "foo", "Value": "other"}])):
        [result] = question.ask(query)["MetricDataResults"]
        assert (result["StatusCode"], result["Values"]) == ("Complete", [])


@fact("4/put-data", "4/ahead")
@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        (
            {"Values": [1.0, 10.0], "Counts": [2, 4, 5]},
            "InvalidParameterValue",
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.",
        ),
        (
            {"Value": 1.5, "StatisticValues": HELD},
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive "
            "and you have specified both.",
        ),
        (
            {"Value": 1, "Timestamp": datetime.now(UTC) + timedelta(days=3)},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.",
        ),
        (
            {"Value": 1, "Timestamp": datetime.now(UTC) - timedelta(days=15)},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
        ),
    ],
)
def test_wrong_data_are_refused(question: Question, data: Wire, code: str, message: str) -> None:
    with question.cloud.refused(code, f"{code}Exception") as error:
        question.put(data)
    assert error["message"] == message


@fact("4/datapoints-limit")
def test_too_many_datapoints_and_no_time_are_refused(question: Question) -> None:
    watching, start = question.cloud.client("cloudwatch"), question.start
    parameters = {"Namespace": question.namespace, "MetricName": "m", "StartTime": start, "Statistics": ["Sum"]}
    with question.cloud.refused("InvalidParameterCombination", "InvalidParameterCombinationException") as error:
        watching.get_metric_statistics(**parameters, EndTime=start + timedelta(days=1), Period=1)
    assert error["message"].startswith("You have requested up to 86400 datapoints, which exceeds the limit of 1440.")
    with question.cloud.refused("InvalidParameterValue", "InvalidParameterValueException") as error:
        watching.get_metric_statistics(**parameters, EndTime=start, Period=60)
    assert error["message"] == "The parameter StartTime must be less than the parameter EndTime."


@fact("4/filters")
def test_metrics_are_listed_once_and_by_dimension(question: Question) -> None:
    one, two = ([{"Name": "Instance", "Value": value}] for value in ("one", "two"))
    question.put({"Value": 1}, {"Value": 2, "Dimensions": one}, {"Value": 3, "Dimensions": one})
    question.put({"MetricName": "other", "Value": 4, "Dimensions": two})

    def listed(**filters: object) -> list[Wire]:
        found: list[Wire] = question.cloud.client("cloudwatch").list_metrics(Namespace=question.namespace, **filters)[
            "Metrics"
        ]
        return found

    question.cloud.until(lambda: len(listed()) == 3, "three metrics", 900)
    assert len(listed(MetricName="m")) == 2
    assert len(listed(Dimensions=[{"Name": "Instance"}])) == 2
    assert [each["MetricName"] for each in listed(Dimensions=two)] == ["other"]
    assert listed(RecentlyActive="PT3H") == listed()
