"""A metric alarm -> the settings needed to evaluate it. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, Missing, Rule
from localcloud.cloudwatch.alarms.model import MetricAlarm, WatchedMetric, WatchedQuery
from localcloud.cloudwatch.metrics.checks import SHORT_PERIODS
from localcloud.cloudwatch.metrics.extended_statistics import parse
from localcloud.cloudwatch.metrics.queries import Query
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


def alarm_settings(alarm: MetricAlarm) -> AlarmSettings:
    """Errors: CannotEvaluate for settings that are not supported."""
    if alarm.threshold is None:
        raise CannotEvaluate("alarms without a threshold (anomaly detection) are not evaluated here")
    if not alarm.evaluation_periods:
        raise CannotEvaluate("EvaluationPeriods is missing")
    missing = alarm.treat_missing_data or Missing.MISSING
    if missing not in list(Missing):
        raise CannotEvaluate(f"TreatMissingData {missing}: should be one of {', '.join(Missing)}")
    return AlarmSettings(
        queries=_queries(alarm),
        result=_result(alarm.queries),
        period_s=period_of(alarm),
        rule=Rule(
            comparison=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm or alarm.evaluation_periods,
            missing=Missing(missing),
            is_m_of_n=alarm.datapoints_to_alarm is not None,
        ),
        fewest_samples=_fewest_samples(alarm),
    )


def period_of(alarm: MetricAlarm) -> int:
    """Return the longest period in AWS seconds: whole minutes, or one of the short periods below a minute."""
    periods = [alarm.period_s, *(query.statistic.period_s for query in alarm.queries if query.statistic)]
    longest_s = max((float(period_s) for period_s in periods if period_s), default=MINUTE_S)
    return int(longest_s) if longest_s in SHORT_PERIODS else math.ceil(longest_s / MINUTE_S) * int(MINUTE_S)


def _queries(alarm: MetricAlarm) -> dict[str, Query]:
    if not alarm.queries:
        statistic = alarm.extended_statistic or alarm.statistic
        if not statistic or alarm.metric is None:
            raise CannotEvaluate("a metric with a Statistic or ExtendedStatistic, or Metrics, is missing")
        return {WATCHED: Query(id=WATCHED, metric=_metric(alarm.metric), statistic=statistic, unit=alarm.unit or "")}
    queries = {}
    for each in alarm.queries:
        stat = each.statistic
        queries[each.id] = (
            Query(id=each.id, metric=_metric(stat.metric), statistic=stat.statistic, unit=stat.unit or "")
            if stat
            else Query(id=each.id, expression=each.expression or "")
        )
    return queries


def _fewest_samples(alarm: MetricAlarm) -> float:
    """Return the sample count that CloudWatch requires: 10/(1 - percentile), below the median 10/percentile."""
    percentile = parse(alarm.extended_statistic or "")
    if percentile is None or percentile.kind != "p" or alarm.low_sample_count != "ignore":
        return 0.0
    part = (percentile.high or 0.0) / 100
    rest = 1 - part if part >= 0.5 else part
    return 10 / rest if rest > 0 else 0.0


def _metric(watched: WatchedMetric) -> Metric:
    return Metric.of(watched.namespace, watched.name, watched.dimensions)


def _result(queries: Sequence[WatchedQuery]) -> str:
    if not queries:
        return WATCHED
    returned = [query.id for query in queries if query.returns_data] or [query.id for query in queries]
    if len(returned) != 1:
        raise CannotEvaluate(f"exactly one query should have ReturnData true, found {len(returned)}")
    return returned[0]
