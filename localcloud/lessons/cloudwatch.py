"""CloudWatch: alarms begin without data, keep their state when they are changed, and have a history."""

from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.alarm_message import StateChange, configuration_update, state_update
from localcloud.cloudwatch.request_rules import unix_s
from localcloud.lessons import cloudwatch_alarms, cloudwatch_metrics, cloudwatch_requests
from localcloud.lessons.answers import error, result

HISTORY_KEPT = 100

_set: list[StateChange] = []


def take_set_states() -> list[StateChange]:
    """What SetAlarmState has changed since the last call; in moto's thread."""
    taken = list(_set)
    _set.clear()
    return taken


def teach() -> None:
    """And the metrics."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    cloudwatch_metrics.teach()
    cloudwatch_alarms.teach()
    answering: Any = CloudWatchResponse
    answering.describe_alarm_history = describe_alarm_history
    cloudwatch_requests.teach()
    backend: Any = CloudWatchBackend
    backend.set_alarm_state = _noting(backend.set_alarm_state)
    backend.put_metric_alarm = _keeping_states(backend.put_metric_alarm)


def change_state(alarm: Any, new: str, reason: str, reason_data: str) -> StateChange:
    """Of moto's alarm; its history tells of it."""
    change = StateChange(
        name=alarm.name,
        arn=alarm.alarm_arn,
        old=alarm.state_value,
        new=new,
        reason=reason,
        at=datetime.now(UTC),
        is_composite=alarm.rule is not None,
    )
    alarm.state_value, alarm.state_reason, alarm.state_reason_data = new, reason, reason_data
    alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = change.at
    remember(alarm, state_update(change))
    return change


def remember(alarm: Any, item: dict[str, Any]) -> None:
    """In the history, which holds the newest ones."""
    alarm.history.append(item)
    del alarm.history[:-HISTORY_KEPT]


def describe_alarm_history(self: Any) -> Any:
    name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
    start, end = self._get_param("StartDate"), self._get_param("EndDate")
    kinds = self._get_param("AlarmTypes") or ["MetricAlarm"]
    alarms = self.cloudwatch_backend.alarms.values()
    items = [
        item
        for alarm in alarms
        if name in (None, alarm.name)
        for item in alarm.history
        if isinstance(item, dict)  # moto's own notes of an earlier run are tuples
        and item["AlarmType"] in kinds
        and kind in (None, item["HistoryItemType"])
        and (start is None or unix_s(start) <= item["Timestamp"].timestamp())
        and (end is None or item["Timestamp"].timestamp() <= unix_s(end))
    ]
    newest_first = self._get_param("ScanBy") != "TimestampAscending"
    items.sort(key=lambda item: item["Timestamp"], reverse=newest_first)
    return result({"AlarmHistoryItems": items[: self._get_param("MaxRecords") or HISTORY_KEPT]})


def _noting(set_alarm_state: Any) -> Any:
    def noting(self: Any, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        held = self.alarms.get(alarm_name)
        old = held.state_value if held else ""
        history = list(held.history) if held else []
        set_alarm_state(self, alarm_name, reason, reason_data, state_value)
        held.history = history  # without moto's own note of it
        if state_value != old:
            held.state_value = old
            _set.append(change_state(held, state_value, reason, reason_data))

    return noting


def _keeping_states(put_metric_alarm: Any) -> Any:
    """A new alarm has no data yet; one that is changed stays in its state until it is evaluated."""

    def keeping(self: Any, name: str, *arguments: Any, **settings: Any) -> Any:
        before = self.alarms.get(name)
        if before is not None and before.rule is not None and not settings.get("rule"):
            raise error("ValidationError", f"Alarm '{name}' is a composite alarm and cannot become a metric alarm")
        alarm = put_metric_alarm(self, name, *arguments, **settings)
        alarm.state_value = "INSUFFICIENT_DATA"
        if before is not None:
            state = {field: value for field, value in before.__dict__.items() if field.startswith("state_")}
            alarm.__dict__ |= state | {"history": before.history}
        remember(alarm, configuration_update(alarm, is_new=before is None))
        return alarm

    return keeping
