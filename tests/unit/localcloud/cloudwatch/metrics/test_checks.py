"""Alarms, queries and metric data that CloudWatch refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.cloudwatch.alarms.checks import check_alarm
from localcloud.cloudwatch.metrics.checks import check_metric_data, check_queries, check_statistics
from localcloud.errors import AwsError

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ALARM: dict[str, Any] = {
    "AlarmName": "a",
    "MetricName": "m",
    "Namespace": "n",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 2,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
WITHOUT_METRIC = {"MetricName": None, "Namespace": None, "Statistic": None, "Period": None}


def metric(name: str, **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"MetricName": "m", "Namespace": "n"}, "Period": 60, "Stat": "Sum"}
    return {"Id": name, "MetricStat": stat, "ReturnData": False, **more}


RETURNS = {name: value for name, value in metric("a").items() if name != "ReturnData"}
"""A query without ReturnData, which returns data by default."""


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"MetricName": None}, "Either MetricName or Metrics"),
        ({"Namespace": None}, "The parameter Namespace must be specified"),
        ({"Period": None}, "The parameter Period must be specified"),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"Statistic": None}, "Exactly one of Statistic"),
        ({"ExtendedStatistic": "p99"}, "Exactly one of Statistic"),
        ({"Threshold": None}, "Threshold must be specified"),
        ({"ComparisonOperator": None}, "ComparisonOperator must be specified"),
        ({"DatapointsToAlarm": 3}, "must not be larger than EvaluationPeriods"),
        ({"EvaluationPeriods": 1441}, "at most 86400 seconds"),
        ({"EvaluationPeriods": 169, "Period": 3600}, "at most 604800 seconds"),
        (
            {"TreatMissingData": "foo"},
            "Option foo is not supported. Supported options for parameter TreatMissingData are",
        ),
        (
            {"EvaluateLowSampleCountPercentile": "foo"},
            "Option foo is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are "
            "evaluate and ignore.",
        ),
        (
            WITHOUT_METRIC | {"Metrics": [metric("a"), {"Id": "b", "Expression": "a +"}]},
            "should be a value, got 'the end'",
        ),
        (WITHOUT_METRIC | {"Metrics": [metric("a"), {"Id": "b", "Expression": "b + a"}]}, "refers to itself"),
        (WITHOUT_METRIC | {"Metrics": [metric("a"), {"Id": "b", "Expression": "SUM(a))"}]}, "Error in expression 'b'"),
        (
            WITHOUT_METRIC | {"Metrics": [{"Id": "b", "Expression": "SEARCH('{N} m', 'Sum', 60)"}]},
            "SEARCH is not supported on Metric Alarms.",
        ),
        ({"OKActions": ["foo"]}, "Invalid arn syntax: foo"),
        ({"Metrics": [metric("a", ReturnData=True)]}, "together with MetricName"),
        ({**WITHOUT_METRIC, "Metrics": [metric("a")]}, "found 0"),
        ({**WITHOUT_METRIC, "Metrics": [RETURNS, metric("b", ReturnData=True)]}, "found 2"),
        ({**WITHOUT_METRIC, "Metrics": [metric("a"), metric("a", ReturnData=True)]}, "appears twice"),
        ({**WITHOUT_METRIC, "Metrics": [metric("A", ReturnData=True)]}, "begin with a lower case letter"),
        ({**WITHOUT_METRIC, "Metrics": [metric("a"), {"Id": "e", "Expression": "a * b"}]}, "with the id 'b'"),
        ({**WITHOUT_METRIC, "Metrics": [{"Id": "e"}]}, "The parameter Metrics.member.1.MetricStat is required."),
        (
            {**WITHOUT_METRIC, "Metrics": [metric("a") | {"Expression": "1"}]},
            "exactly one of MetricStat and Expression",
        ),
    ],
)
def test_wrong_alarms_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError, match=message) as refused:
        check_alarm(ALARM | changed)
    assert refused.value.code == "ValidationError"


def test_an_unknown_extended_statistic_is_a_wrong_value() -> None:
    with pytest.raises(AwsError, match="The value p101 for parameter ExtendedStatistic is not supported") as refused:
        check_alarm(ALARM | {"Statistic": None, "ExtendedStatistic": "p101"})
    assert refused.value.code == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (timedelta(0), "The parameter StartTime must not equal parameter EndTime."),
        (timedelta(microseconds=900_000), "The parameter StartTime must not equal parameter EndTime."),
        (timedelta(seconds=-1), "The parameter EndTime must be greater than StartTime."),
    ],
)
def test_a_question_for_no_time_is_refused(end: timedelta, message: str) -> None:
    start = NOW.replace(microsecond=0)
    with pytest.raises(AwsError, match=message):
        check_metric_data({"MetricDataQueries": [metric("a")], "StartTime": start, "EndTime": start + end})
    check_metric_data({"MetricDataQueries": [metric("a")], "StartTime": start, "EndTime": start + timedelta(1)})


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Statistic": None, "ExtendedStatistic": "tm99"},
        {"EvaluationPeriods": 168, "Period": 3600},
        # CloudWatch knows these; the alarm's state says that they are not offered here.
        {**WITHOUT_METRIC, "Metrics": [metric("a"), {"Id": "e", "Expression": "RUNNING_SUM(a)"}]},
        {**WITHOUT_METRIC, "Metrics": [metric("a"), {"Id": "e", "Expression": "FILL(a, LINEAR)"}]},
        {**WITHOUT_METRIC, "Metrics": [{"Id": "e", "Expression": "SELECT MAX(m) FROM n", "Period": 60}]},
        {
            **WITHOUT_METRIC,
            "Metrics": [
                metric("m1"),
                {
                    "Id": "e",
                    "Expression": "IF(m1 > 1e3 AND FILL(m1, 0) > 2, SUM(METRICS('m')), m1)",
                    "ReturnData": True,
                },
            ],
        },
    ],
)
def test_right_alarms_are_taken(changed: dict[str, Any]) -> None:
    check_alarm(ALARM | changed)


def test_questions_take_periods_of_a_second_and_alarms_do_not() -> None:
    short = metric("a", ReturnData=True)
    short["MetricStat"]["Period"] = 1
    check_queries([short])
    with pytest.raises(AwsError, match="Period must be 10, 20, 30 or a multiple of 60, found 1"):
        check_alarm(ALARM | WITHOUT_METRIC | {"Metrics": [short]})


def test_queries_of_metrics_insights_name_no_query() -> None:
    check_queries([{"Id": "q", "Expression": 'SELECT MAX(cpu) FROM SCHEMA("AWS/ECS", name)'}])


def test_a_wrong_statistic_is_named_with_its_place() -> None:
    wrong = metric("b")
    wrong["MetricStat"]["Stat"] = "TM(10%:200)"
    with pytest.raises(
        AwsError, match=r"TM\(10%:200\) for parameter MetricDataQueries.member.2.MetricStat.Stat is not"
    ):
        check_queries([metric("a"), wrong])


def test_there_are_at_most_500_queries() -> None:
    check_queries([metric(f"m{n}") for n in range(500)])
    with pytest.raises(AwsError, match=r"MetricDataQueries must not have a size greater than 500\."):
        check_queries([metric(f"m{n}") for n in range(501)])


QUESTION = {"Statistics": ["Sum"], "StartTime": NOW - timedelta(days=1), "EndTime": NOW, "Period": 60}


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"Statistics": []}, "InvalidParameterCombination", "Must specify either"),
        ({"Statistics": ["Sum", "p99"]}, "InvalidParameterValue", "Statistics.member.2 must be a value in the set"),
        ({"Statistics": [], "ExtendedStatistics": ["p101"]}, "InvalidParameterValue", "The value p101"),
        (
            {"StartTime": NOW},
            "InvalidParameterValue",
            "The parameter StartTime must be less than the parameter EndTime.",
        ),
        ({"StartTime": NOW + timedelta(1)}, "InvalidParameterValue", "must be less than the parameter EndTime"),
        ({"Period": 45}, "InvalidParameterValue", "The parameter Period must be"),
        ({"Period": 10}, "InvalidParameterCombination", "up to 8640 datapoints, which exceeds the limit of 1440"),
    ],
)
def test_wrong_questions_for_statistics_are_refused(changed: dict[str, Any], code: str, message: str) -> None:
    check_statistics(QUESTION)
    with pytest.raises(AwsError, match=message) as refused:
        check_statistics(QUESTION | changed)
    assert refused.value.code == code
