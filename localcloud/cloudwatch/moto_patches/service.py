"""CloudWatch: alarms start with insufficient data, keep their state when updated, and have a history."""

import json
from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.alarms.message import StateChange, configuration_update, state_update
from localcloud.cloudwatch.moto_patches import alarms, dashboards, metrics, requests, tags
from localcloud.cloudwatch.moto_patches import history as cloudwatch_history
from localcloud.moto.patching import error

HISTORY_KEPT = 100
BEFORE = ("state_value", "state_reason", "state_reason_data")

_set: list[StateChange] = []


def take_set_states(region: str) -> list[StateChange]:
    """Return the region's changes through SetAlarmState since the last call. Call in moto's thread."""
    taken = [change for change in _set if change.region == region]
    _set[:] = [change for change in _set if change.region != region]
    return taken


def patch() -> None:
    """Apply all patches of CloudWatch. Requests come last, because their checks wrap whatever answers."""
    from moto.cloudwatch.models import CloudWatchBackend

    metrics.patch()
    alarms.patch()
    cloudwatch_history.patch()
    tags.patch()
    dashboards.patch()
    requests.patch()
    backend: Any = CloudWatchBackend
    backend.set_alarm_state = _noting(backend.set_alarm_state)
    backend.put_metric_alarm = _keeping_states(backend.put_metric_alarm)


def change_state(alarm: Any, new: str, reason: str, reason_data: str | None) -> StateChange:
    """Change the state of moto's alarm and record it in the history. `reason_data`: JSON."""
    change = StateChange(
        name=alarm.name,
        arn=alarm.alarm_arn,
        old=alarm.state_value,
        new=new,
        reason=reason,
        at=datetime.now(UTC),
        reason_data=reason_data or "",
        old_reason=alarm.state_reason,
        old_reason_data=alarm.state_reason_data or "",
        is_composite=alarm.rule is not None,
        has_actions=bool(alarm.actions_enabled),
    )
    alarm.state_value, alarm.state_reason, alarm.state_reason_data = new, reason, reason_data
    alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = change.at
    remember(alarm, state_update(change))
    return change


def remember(alarm: Any, item: dict[str, Any]) -> None:
    """Add to the history, which keeps the newest items only."""
    alarm.history.append(item)
    del alarm.history[:-HISTORY_KEPT]


def _noting(set_alarm_state: Any) -> Any:
    def noting(self: Any, alarm_name: str, reason: str, reason_data: str | None, state_value: str) -> None:
        if not _is_json(reason_data):
            raise error("InvalidFormat", "StateReasonData is not valid JSON")
        held = self.alarms.get(alarm_name)
        if held is None:
            raise error("ResourceNotFound", "")  # AWS was recorded to return an empty message (September 2025).
        before = {field: getattr(held, field) for field in BEFORE}
        history = list(held.history)
        set_alarm_state(self, alarm_name, reason, reason_data, state_value)
        held.history = history  # Drop moto's own item.
        if state_value != before["state_value"]:
            held.__dict__ |= before
            _set.append(change_state(held, state_value, reason, reason_data))

    return noting


def _is_json(text: str | None) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


def _keeping_states(put_metric_alarm: Any) -> Any:
    """Start a new alarm without data; an updated one keeps its state until it is evaluated."""

    def keeping(self: Any, name: str, *arguments: Any, **settings: Any) -> Any:
        before = self.alarms.get(name)
        if before is not None and before.rule is not None and not settings.get("rule"):
            raise error("ValidationError", f"Alarm '{name}' is a composite alarm and cannot become a metric alarm")
        if before is not None:
            settings["tags"] = None  # Only TagResource changes the tags of an existing alarm.
        extended = settings.pop("extended_statistic", None)  # moto accepts percentiles only.
        alarm = put_metric_alarm(self, name, *arguments, **settings)
        alarm.extended_statistic = extended
        alarm.state_value, alarm.state_transitioned_timestamp = "INSUFFICIENT_DATA", alarm.state_updated_timestamp
        if before is not None:
            state = {field: value for field, value in before.__dict__.items() if field.startswith("state_")}
            alarm.__dict__ |= state | {"history": before.history}
        remember(alarm, configuration_update(alarm, is_new=before is None))
        return alarm

    return keeping
