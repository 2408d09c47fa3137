"""moto's alarm objects -> the settings needed to evaluate them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, Missing, Rule, State
from localcloud.cloudwatch.metrics.extended_statistics import parse
from localcloud.cloudwatch.metrics.queries import Query
from localcloud.cloudwatch.metrics.request_rules import SHORT_PERIODS
from localcloud.cloudwatch.metrics.store import MINUTE_S, Metric

WATCHED = "watched"
"""Id of the only query of an alarm without metric math."""


@dataclass(frozen=True, kw_only=True)
class AlarmSettings:
    """`queries` by id; `result` is the id of the evaluated one; `period_s` in AWS seconds.

    `fewest_samples`: with fewer samples in the newest period the state stays unchanged
    (EvaluateLowSampleCountPercentile `ignore`).
    """

    queries: Mapping[str, Query]
    result: str
    period_s: int
    rule: Rule
    fewest_samples: float = 0.0


def alarm_settings(alarm: Any) -> AlarmSettings:
    """Call in moto's thread. Errors: CannotEvaluate for settings that are not supported."""
    if alarm.threshold is None:
        raise CannotEvaluate("alarms without a threshold (anomaly detection) are not evaluated here")
    if not alarm.evaluation_periods:
        raise CannotEvaluate("EvaluationPeriods is missing")
    missing = alarm.treat_missing_data or Missing.MISSING
    if missing not in list(Missing):
        raise CannotEvaluate(f"TreatMissingData {missing}: should be one of {', '.join(Missing)}")
    return AlarmSettings(
        queries=_queries(alarm),
        result=_result(alarm),
        period_s=period_of(alarm),
        rule=Rule(
            comparison=alarm.comparison_operator,
            threshold=float(alarm.threshold),
            evaluation_periods=int(alarm.evaluation_periods),
            datapoints_to_alarm=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            missing=Missing(missing),
            is_m_of_n=alarm.datapoints_to_alarm is not None,
        ),
        fewest_samples=_fewest_samples(alarm),
    )


def period_of(alarm: Any) -> int:
    """Return the longest period in AWS seconds: whole minutes, or one of the short periods below a minute."""
    stats = [query.metric_stat.period for query in alarm.metric_data_queries if query.metric_stat]
    longest_s = max((float(period_s) for period_s in [alarm.period, *stats] if period_s), default=MINUTE_S)
    return int(longest_s) if longest_s in SHORT_PERIODS else math.ceil(longest_s / MINUTE_S) * int(MINUTE_S)


def actions_of(alarm: Any, state: State) -> list[str]:
    """Return the action ARNs for a state; none while actions are disabled."""
    by_state = {
        State.OK: alarm.ok_actions,
        State.ALARM: alarm.alarm_actions,
        State.INSUFFICIENT_DATA: alarm.insufficient_data_actions,
    }
    return list(by_state[state] or []) if alarm.actions_enabled else []


def _queries(alarm: Any) -> dict[str, Query]:
    if not alarm.metric_data_queries:
        statistic = alarm.extended_statistic or alarm.statistic
        if not statistic or not alarm.metric_name:
            raise CannotEvaluate("a metric with a Statistic or ExtendedStatistic, or Metrics, is missing")
        return {WATCHED: Query(id=WATCHED, metric=_metric(alarm), statistic=statistic, unit=alarm.unit or "")}
    queries = {}
    for held in alarm.metric_data_queries:
        stat = held.metric_stat
        queries[held.id] = (
            Query(id=held.id, metric=_metric(stat.metric), statistic=stat.stat, unit=stat.unit or "")
            if stat
            else Query(id=held.id, expression=held.expression or "")
        )
    return queries


def _fewest_samples(alarm: Any) -> float:
    """Return the sample count that CloudWatch requires: 10/(1 - percentile), below the median 10/percentile."""
    percentile = parse(alarm.extended_statistic or "")
    if percentile is None or percentile.kind != "p" or alarm.evaluate_low_sample_count_percentile != "ignore":
        return 0.0
    part = (percentile.high or 0.0) / 100
    rest = 1 - part if part >= 0.5 else part
    return 10 / rest if rest > 0 else 0.0


def _metric(named: Any) -> Metric:
    """`named` is an alarm or moto's Metric: both have the same three fields."""
    return Metric.of(named.namespace, named.metric_name, [(each.name, each.value) for each in named.dimensions])


def _result(alarm: Any) -> str:
    queries = alarm.metric_data_queries
    if not queries:
        return WATCHED
    returned = [query.id for query in queries if query.return_data] or [query.id for query in queries]
    if len(returned) != 1:
        raise CannotEvaluate(f"exactly one query should have ReturnData true, found {len(returned)}")
    return str(returned[0])
