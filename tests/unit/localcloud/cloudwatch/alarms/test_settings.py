"""Conversion of alarms, also those that moto stored, to evaluation settings, and what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest
from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import Dimension, MetricDataQuery, MetricStat
from moto.cloudwatch.models import Metric as MotoMetric

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, State
from localcloud.cloudwatch.alarms.model import Alarm
from localcloud.cloudwatch.alarms.moto_alarms import from_moto
from localcloud.cloudwatch.alarms.settings import WATCHED, alarm_settings, period_of
from localcloud.cloudwatch.metrics.queries import Query
from localcloud.cloudwatch.metrics.store import Metric

EMPTY: Mapping[str, Any] = {
    "account_id": "1",
    "region_name": "us-west-1",
    "name": "a",
    "namespace": None,
    "metric_name": None,
    "metric_data_queries": None,
    "comparison_operator": "GreaterThanThreshold",
    "evaluation_periods": 3,
    "datapoints_to_alarm": None,
    "period": None,
    "threshold": 1.0,
    "statistic": None,
    "extended_statistic": None,
    "description": "",
    "dimensions": [],
    "alarm_actions": ["alarm"],
    "ok_actions": ["ok"],
    "insufficient_data_actions": None,
    "unit": None,
    "actions_enabled": True,
    "treat_missing_data": None,
    "evaluate_low_sample_count_percentile": None,
    "threshold_metric_id": None,
    "rule": None,
}
PLAIN = {"namespace": "N", "metric_name": "M", "statistic": "Sum", "period": 300}


def alarm(**settings: Any) -> Any:
    return from_moto(MotoAlarm(**{**EMPTY, **settings}))


def actions_of(of: Alarm, state: State) -> list[str]:
    return of.actions.of(state)


def query(name: str, expression: str = "", *, returned: bool = False) -> Any:
    metric = MotoMetric("M", "N", [Dimension("D", name)])
    stat = None if expression else MetricStat(metric, 120, "p90", None)  # type: ignore[arg-type]
    return MetricDataQuery(name, "", None, returned, expression or None, stat)  # type: ignore[arg-type]


def test_a_metric_with_its_statistic_and_period() -> None:
    settings = alarm_settings(alarm(**PLAIN, dimensions=[{"Name": "D", "Value": "v"}]))
    assert settings.queries == {WATCHED: Query(id=WATCHED, metric=Metric.of("N", "M", {"D": "v"}), statistic="Sum")}
    assert (settings.result, settings.period_s) == (WATCHED, 300)
    assert (settings.rule.evaluation_periods, settings.rule.datapoints_to_alarm) == (3, 3)


def test_an_expression_over_metrics() -> None:
    held = alarm(metric_data_queries=[query("m"), query("e", "m + 1", returned=True)], datapoints_to_alarm=2)
    settings = alarm_settings(held)
    assert settings.queries["m"] == Query(id="m", metric=Metric.of("N", "M", {"D": "m"}), statistic="p90")
    assert (settings.queries["e"].expression, settings.result, settings.period_s) == ("m + 1", "e", 120)
    assert settings.rule.datapoints_to_alarm == 2


def test_periods_shorter_than_a_minute_count_as_one() -> None:
    assert [period_of(alarm(**PLAIN | {"period": each})) for each in (10, 30, 60, 90)] == [10, 30, 60, 120]


def test_few_samples_are_ignored_where_the_alarm_says_so() -> None:
    slow = PLAIN | {"statistic": None, "extended_statistic": "p95"}
    assert alarm_settings(alarm(**slow)).fewest_samples == 0
    assert alarm_settings(alarm(**slow, evaluate_low_sample_count_percentile="ignore")).fewest_samples == pytest.approx(
        200
    )


def test_actions_are_of_the_state_and_none_while_they_are_disabled() -> None:
    assert [actions_of(alarm(), state) for state in (State.OK, State.ALARM, State.INSUFFICIENT_DATA)] == [
        ["ok"],
        ["alarm"],
        [],
    ]
    assert actions_of(alarm(actions_enabled=False), State.ALARM) == []


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"threshold": None}, "without a threshold"),
        ({}, "a metric with a Statistic"),
        ({**PLAIN, "evaluation_periods": None}, "EvaluationPeriods is missing"),
        ({**PLAIN, "treat_missing_data": "guess"}, "TreatMissingData guess: should be one of missing, ignore"),
        (
            {"metric_data_queries": [query("a", returned=True), query("b", returned=True)]},
            "exactly one query .* found 2",
        ),
    ],
)
def test_what_cannot_be_evaluated_says_why(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(CannotEvaluate, match=why):
        alarm_settings(alarm(**settings))
