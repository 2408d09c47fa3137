"""CloudWatch: moto's alarms as DescribeAlarms shows them; attributes that an alarm lacks are left out."""

from typing import Any

SUPPRESSOR = "ActionsSuppressor"
PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
NO_DATA = "{}"


def metric_alarm(alarm: Any) -> dict[str, Any]:
    """Show an alarm on a metric or on metric math."""
    own = {
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data,
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
        "EvaluationState": getattr(alarm, "evaluation_state", None),
    }
    if alarm.metric_data_queries:
        own["Metrics"] = [_query(query) for query in alarm.metric_data_queries]
    else:
        own |= {
            **_metric(alarm),
            "Statistic": alarm.statistic,
            "ExtendedStatistic": alarm.extended_statistic,
            "Period": alarm.period,
            "Unit": alarm.unit,
        }
    return _without_none(_common(alarm) | own)


def composite_alarm(alarm: Any) -> dict[str, Any]:
    """Show a composite alarm."""
    own: dict[str, Any] = {"AlarmRule": alarm.rule}
    if alarm.suppressor:
        own |= {
            SUPPRESSOR: alarm.suppressor,
            PERIODS[0]: alarm.suppressor_wait_s,
            PERIODS[1]: alarm.suppressor_extension_s,
        }
        by = getattr(alarm, "suppression", {}).get("by")
        if by:
            reason = f"Actions suppressed by {alarm.suppressor}" if by == "Alarm" else f"Actions suppressed by {by}"
            own |= {"ActionsSuppressedBy": by, "ActionsSuppressedReason": reason}
    return _without_none(_common(alarm) | own)


def _common(alarm: Any) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.alarm_arn,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "StateValue": alarm.state_value,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data if alarm.state_reason_data not in ("", NO_DATA) else None,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        "StateTransitionedTimestamp": getattr(alarm, "state_transitioned_timestamp", alarm.state_updated_timestamp),
    }


def _query(query: Any) -> dict[str, Any]:
    stat = query.metric_stat
    shown = (
        {
            "Metric": _metric(stat.metric),
            "Period": stat.period,
            "Stat": stat.stat,
            "Unit": stat.unit,
        }
        if stat
        else None
    )
    told = {
        "Id": query.id,
        "MetricStat": _without_none(shown) if shown else None,
        "Expression": query.expression,
        "Label": query.label,
        "ReturnData": query.return_data is not False,
        "Period": query.period,
    }
    return _without_none(told)


def _metric(named: Any) -> dict[str, Any]:
    """`named` is an alarm or moto's Metric: both have the same three fields."""
    dimensions = [{"Name": each.name, "Value": each.value} for each in named.dimensions or []]
    return {"Namespace": named.namespace, "MetricName": named.metric_name, "Dimensions": dimensions}


def _without_none(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value is not None}
