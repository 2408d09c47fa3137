"""The SNS message and the history items that an alarm's change of state produces. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcloud.protocol.regions import NAMES

STATISTICS = {
    "Average": "AVERAGE",
    "Maximum": "MAXIMUM",
    "Minimum": "MINIMUM",
    "SampleCount": "SAMPLE_COUNT",
    "Sum": "SUM",
}
TRIGGERING = "triggeringAlarms"


@dataclass(frozen=True, kw_only=True)
class StateChange:
    """One alarm's change of state."""

    name: str
    arn: str
    old: str
    new: str
    reason: str
    at: datetime
    reason_data: str = ""
    """JSON, or empty."""
    old_reason: str = ""
    old_reason_data: str = ""
    is_composite: bool = False
    has_actions: bool = True
    """True when the alarm's actions were enabled at the time of the change: they are taken a moment later."""

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


def subject(change: StateChange, region: str) -> str:
    """Return the subject, at most 100 characters, which is SNS's limit."""
    return f'{change.new}: "{change.name}" in {NAMES.get(region, region)}'[:100]


def message(change: StateChange, alarm: Any, account_id: str, region: str, children: Sequence[Any] = ()) -> str:
    """Return CloudWatch's JSON. `alarm` is moto's object, as are `children`: the alarms in a composite alarm's rule."""
    return json.dumps(
        {
            "AlarmName": change.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": account_id,
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configuration_updated_timestamp),
            "NewStateValue": change.new,
            "NewStateReason": change.reason,
            "StateChangeTime": stamp(change.at),
            "Region": NAMES.get(region, region),
            "AlarmArn": change.arn,
            "OldStateValue": change.old,
            "OKActions": alarm.ok_actions or [],
            "AlarmActions": alarm.alarm_actions or [],
            "InsufficientDataActions": alarm.insufficient_data_actions or [],
            "ActionExecutedAfterMuteWindow": False,
        }
        | ({"AlarmRule": alarm.rule, "TriggeringChildren": _triggering(change, children)} if alarm.rule else {})
        | ({} if alarm.rule else {"Trigger": _trigger(alarm)})
    )


def _triggering(change: StateChange, children: Sequence[Any]) -> list[dict[str, Any]]:
    """Return the children whose change was the reason; without one (after SetAlarmState), those in ALARM."""
    told = json.loads(change.reason_data or "{}").get(TRIGGERING)
    if told:
        return [
            {"Arn": each["arn"], "State": {"Value": each["state"]["value"], "Timestamp": each["state"]["timestamp"]}}
            for each in told
        ]
    return [
        {"Arn": each.alarm_arn, "State": {"Value": each.state_value, "Timestamp": stamp(each.state_updated_timestamp)}}
        for each in children
        if each.state_value == "ALARM"
    ]


def transition(child: Any) -> str:
    """Return the reason why a composite alarm changed, in CloudWatch's words. `child` is moto's alarm."""
    at = child.state_updated_timestamp.strftime("%A %d %B, %Y %H:%M:%S UTC")
    return f"{child.alarm_arn} transitioned to {child.state_value} at {at}"


def triggered_by(*children: Any) -> str:
    """Return the StateReasonData that goes with `transition`."""
    told = [
        {
            "arn": child.alarm_arn,
            "state": {"value": child.state_value, "timestamp": stamp(child.state_updated_timestamp)},
        }
        for child in children
    ]
    return json.dumps({TRIGGERING: told})


def configuration_update(alarm: Any, *, is_new: bool) -> dict[str, Any]:
    """Return the DescribeAlarmHistory item for a PutMetricAlarm or PutCompositeAlarm."""
    change = StateChange(
        name=alarm.name,
        arn=alarm.alarm_arn,
        old=alarm.state_value,
        new=alarm.state_value,
        reason="",
        at=datetime.now(UTC),
        is_composite=alarm.rule is not None,
    )
    done = "created" if is_new else "updated"
    data = {"version": "1.0", "type": "Create" if is_new else "Update"}
    return _item(change, "ConfigurationUpdate", f'Alarm "{alarm.name}" {done}', data)


def state_update(change: StateChange) -> dict[str, Any]:
    """Return the DescribeAlarmHistory item for the change itself."""
    data = {
        "version": "1.0",
        "oldState": _state(change.old, change.old_reason, change.old_reason_data),
        "newState": _state(change.new, change.reason, change.reason_data),
    }
    return _item(change, "StateUpdate", f"Alarm updated from {change.old} to {change.new}", data)


def _state(value: str, reason: str, reason_data: str) -> dict[str, Any]:
    told = {"stateValue": value, "stateReason": reason}
    known = json.loads(reason_data) if reason_data else {}
    return told | ({"stateReasonData": known} if known else {})


def action_taken(change: StateChange, action: str, error: str = "") -> dict[str, Any]:
    """Return the DescribeAlarmHistory item for one of its actions. `error`: why the action failed."""
    data = {"actionState": "Failed" if error else "Succeeded", "notificationResource": action, "error": error or None}
    done = "Failed to execute" if error else "Successfully executed"
    return _item(change, "Action", f"{done} action {action}", data)


def stamp(at: datetime) -> str:
    """Format a time as 2026-11-25T22:38:31.000+0000."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _item(change: StateChange, kind: str, summary: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "AlarmName": change.name,
        "AlarmType": "CompositeAlarm" if change.is_composite else "MetricAlarm",
        "Timestamp": change.at,
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps(data),
    }


def _trigger(alarm: Any) -> dict[str, Any]:
    common = {
        "Period": alarm.period or _longest_period(alarm.metric_data_queries),
        "EvaluationPeriods": alarm.evaluation_periods,
        **({"DatapointsToAlarm": alarm.datapoints_to_alarm} if alarm.datapoints_to_alarm else {}),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if alarm.metric_data_queries:
        return common | {"Metrics": [_query(query) for query in alarm.metric_data_queries]}
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
        if alarm.extended_statistic
        else {"StatisticType": "Statistic", "Statistic": STATISTICS.get(alarm.statistic, "")}
    )
    return _metric(alarm) | statistic | {"Unit": alarm.unit} | common


def _query(query: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"Id": query.id, "ReturnData": bool(query.return_data)}
    if query.label:
        told["Label"] = query.label
    if not query.metric_stat:
        return told | {"Expression": query.expression}
    stat = query.metric_stat
    unit = {"Unit": stat.unit} if stat.unit else {}
    return told | {"MetricStat": {"Metric": _metric(stat.metric), "Period": stat.period, "Stat": stat.stat} | unit}


def _longest_period(queries: Sequence[Any]) -> int | None:
    return max((query.metric_stat.period for query in queries if query.metric_stat), default=None)


def _metric(named: Any) -> dict[str, Any]:
    dimensions: Sequence[dict[str, str]] = [{"value": each.value, "name": each.name} for each in named.dimensions]
    return {"MetricName": named.metric_name, "Namespace": named.namespace, "Dimensions": dimensions}
