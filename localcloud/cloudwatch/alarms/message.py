"""The SNS message and the history items that an alarm's change of state produces. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.model import (
    Alarm,
    AnyAlarm,
    CompositeAlarm,
    HistoryItem,
    MetricAlarm,
    WatchedMetric,
    WatchedQuery,
)
from localcloud.protocol.regions import NAMES

STATISTICS = {
    "Average": "AVERAGE",
    "Maximum": "MAXIMUM",
    "Minimum": "MINIMUM",
    "SampleCount": "SAMPLE_COUNT",
    "Sum": "SUM",
}
TRIGGERING = "triggeringAlarms"
CONFIGURATION_UPDATE = "ConfigurationUpdate"

Shown = dict[str, object]
"""Part of a JSON document."""


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
    has_actions: bool = True
    """True when the alarm's actions were enabled at the time of the change: they are taken a moment later."""

    @classmethod
    def of(cls, alarm: Alarm, new: State, reason: str, reason_data: str, at: datetime) -> "StateChange":
        """Return the change that brings an alarm into the state `new`."""
        return cls(
            name=alarm.name,
            arn=alarm.arn,
            old=alarm.state.value,
            new=new,
            reason=reason,
            at=at,
            reason_data=reason_data,
            old_reason=alarm.state.reason,
            old_reason_data=alarm.state.reason_data,
            has_actions=alarm.actions.enabled,
        )

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


def subject(change: StateChange, region: str) -> str:
    """Return the subject, at most 100 characters, which is SNS's limit."""
    return f'{change.new}: "{change.name}" in {NAMES.get(region, region)}'[:100]


def message(change: StateChange, alarm: AnyAlarm, account_id: str, region: str, children: Sequence[Alarm] = ()) -> str:
    """Return CloudWatch's JSON. `children`: the alarms in a composite alarm's rule."""
    own: Shown
    if isinstance(alarm, CompositeAlarm):
        own = {"AlarmRule": alarm.rule, "TriggeringChildren": _triggering(change, children)}
    else:
        own = {"Trigger": _trigger(alarm)}
    return json.dumps(
        {
            "AlarmName": change.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": account_id,
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm.configured_at),
            "NewStateValue": change.new,
            "NewStateReason": change.reason,
            "StateChangeTime": stamp(change.at),
            "Region": NAMES.get(region, region),
            "AlarmArn": change.arn,
            "OldStateValue": change.old,
            "OKActions": alarm.actions.ok,
            "AlarmActions": alarm.actions.alarm,
            "InsufficientDataActions": alarm.actions.insufficient_data,
            "ActionExecutedAfterMuteWindow": False,
            **own,
        }
    )


def _triggering(change: StateChange, children: Sequence[Alarm]) -> list[Shown]:
    """Return the children whose change was the reason; without one (after SetAlarmState), those in ALARM."""
    causes = json.loads(change.reason_data or "{}").get(TRIGGERING)
    if causes:
        return [
            {"Arn": each["arn"], "State": {"Value": each["state"]["value"], "Timestamp": each["state"]["timestamp"]}}
            for each in causes
        ]
    return [
        {"Arn": each.arn, "State": {"Value": each.state.value, "Timestamp": stamp(each.state.updated_at)}}
        for each in children
        if each.state.value is State.ALARM
    ]


def transition(child: Alarm) -> str:
    """Return the reason why a composite alarm changed, in CloudWatch's words."""
    at = child.state.updated_at.strftime("%A %d %B, %Y %H:%M:%S UTC")
    return f"{child.arn} transitioned to {child.state.value} at {at}"


def triggered_by(*children: Alarm) -> str:
    """Return the StateReasonData that goes with `transition`."""
    causes = [
        {"arn": child.arn, "state": {"value": child.state.value, "timestamp": stamp(child.state.updated_at)}}
        for child in children
    ]
    return json.dumps({TRIGGERING: causes})


def configuration_update(name: str, at: datetime, *, is_new: bool) -> HistoryItem:
    """Return the history item for a PutMetricAlarm or PutCompositeAlarm."""
    done = "created" if is_new else "updated"
    data: Shown = {"version": "1.0", "type": "Create" if is_new else "Update"}
    return _item(at, CONFIGURATION_UPDATE, f'Alarm "{name}" {done}', data)


def state_update(change: StateChange) -> HistoryItem:
    """Return the history item for the change itself."""
    data: Shown = {
        "version": "1.0",
        "oldState": _state(change.old, change.old_reason, change.old_reason_data),
        "newState": _state(change.new, change.reason, change.reason_data),
    }
    return _item(change.at, "StateUpdate", f"Alarm updated from {change.old} to {change.new}", data)


def _state(value: str, reason: str, reason_data: str) -> Shown:
    known = json.loads(reason_data) if reason_data else {}
    return {"stateValue": value, "stateReason": reason, **({"stateReasonData": known} if known else {})}


def action_taken(change: StateChange, action: str, error: str = "") -> HistoryItem:
    """Return the history item for one of its actions. `error`: why the action failed."""
    state = "Failed" if error else "Succeeded"
    data: Shown = {"actionState": state, "notificationResource": action, "error": error or None}
    done = "Failed to execute" if error else "Successfully executed"
    return _item(change.at, "Action", f"{done} action {action}", data)


def stamp(at: datetime) -> str:
    """Format a time as 2026-11-25T22:38:31.000+0000."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def _item(at: datetime, kind: str, summary: str, data: Mapping[str, object]) -> HistoryItem:
    return HistoryItem(kind=kind, summary=summary, data=json.dumps(data), at=at)


def _trigger(alarm: MetricAlarm) -> Shown:
    common: Shown = {
        "Period": alarm.period_s or _longest_period_s(alarm.queries),
        "EvaluationPeriods": alarm.evaluation_periods,
        **({"DatapointsToAlarm": alarm.datapoints_to_alarm} if alarm.datapoints_to_alarm else {}),
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.low_sample_count or "",
    }
    if alarm.queries or alarm.metric is None:
        return {**common, "Metrics": [_query(query) for query in alarm.queries]}
    statistic: Shown = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": alarm.extended_statistic}
        if alarm.extended_statistic
        else {"StatisticType": "Statistic", "Statistic": STATISTICS.get(alarm.statistic or "", "")}
    )
    return _metric(alarm.metric) | statistic | {"Unit": alarm.unit} | common


def _query(query: WatchedQuery) -> Shown:
    shown: Shown = {"Id": query.id, "ReturnData": bool(query.returns_data)}
    if query.label:
        shown["Label"] = query.label
    if query.statistic is None:
        return shown | {"Expression": query.expression}
    stat = query.statistic
    unit = {"Unit": stat.unit} if stat.unit else {}
    measured = {"Metric": _metric(stat.metric), "Period": stat.period_s, "Stat": stat.statistic, **unit}
    return shown | {"MetricStat": measured}


def _longest_period_s(queries: Sequence[WatchedQuery]) -> int | None:
    return max((query.statistic.period_s for query in queries if query.statistic), default=None)


def _metric(metric: WatchedMetric) -> Shown:
    dimensions = [{"value": value, "name": name} for name, value in metric.dimensions]
    return {"MetricName": metric.name, "Namespace": metric.namespace, "Dimensions": dimensions}
