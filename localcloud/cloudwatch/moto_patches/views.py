"""CloudWatch: alarms as DescribeAlarms shows them; what was not given is left out."""

from collections.abc import Mapping

from localcloud.cloudwatch.alarms.model import Alarm, AnyAlarm, CompositeAlarm, MetricAlarm, WatchedMetric, WatchedQuery
from localcloud.cloudwatch.alarms.put_requests import PERIODS, SUPPRESSOR
from localcloud.cloudwatch.alarms.suppression import By

NO_DATA = ("", "{}")

Shown = dict[str, object]


def show(alarm: AnyAlarm) -> Shown:
    """Show an alarm of either kind."""
    return show_metric_alarm(alarm) if isinstance(alarm, MetricAlarm) else _show_composite_alarm(alarm)


def show_metric_alarm(alarm: MetricAlarm) -> Shown:
    """Show an alarm on a metric or on metric math."""
    own: Shown = {
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.low_sample_count,
        "EvaluationState": alarm.evaluation_state,
    }
    if alarm.queries or alarm.metric is None:
        own["Metrics"] = [_query(query) for query in alarm.queries]
    else:
        own |= _metric(alarm.metric)
        own |= {
            "Statistic": alarm.statistic,
            "ExtendedStatistic": alarm.extended_statistic,
            "Period": alarm.period_s,
            "Unit": alarm.unit,
        }
    return _without_none(_common(alarm) | own)


def _show_composite_alarm(alarm: CompositeAlarm) -> Shown:
    own: Shown = {"AlarmRule": alarm.rule}
    if alarm.suppressor is not None:
        own |= {
            SUPPRESSOR: alarm.suppressor.alarm,
            PERIODS[0]: alarm.suppressor.wait_s,
            PERIODS[1]: alarm.suppressor.extension_s,
        }
        if by := alarm.suppression and alarm.suppression.by:
            cause = alarm.suppressor.alarm if by is By.ALARM else by.value
            own |= {"ActionsSuppressedBy": by.value, "ActionsSuppressedReason": f"Actions suppressed by {cause}"}
    return _without_none(_common(alarm) | own)


def _common(alarm: Alarm) -> Shown:
    state = alarm.state
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": alarm.actions.enabled,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "StateValue": state.value.value,
        "StateReason": state.reason,
        "StateReasonData": state.reason_data if state.reason_data not in NO_DATA else None,
        "StateUpdatedTimestamp": state.updated_at,
        "StateTransitionedTimestamp": state.transitioned_at,
    }


def _query(query: WatchedQuery) -> Shown:
    stat = query.statistic
    measured = None
    if stat is not None:
        metric: Shown = _metric(stat.metric)
        measured = {"Metric": metric, "Period": stat.period_s, "Stat": stat.statistic, "Unit": stat.unit}
    shown = {
        "Id": query.id,
        "MetricStat": _without_none(measured) if measured else None,
        "Expression": query.expression,
        "Label": query.label,
        "ReturnData": query.returns_data is not False,
        "Period": query.period_s,
    }
    return _without_none(shown)


def _metric(metric: WatchedMetric) -> Shown:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _without_none(shown: Mapping[str, object]) -> Shown:
    return {name: value for name, value in shown.items() if value is not None}
