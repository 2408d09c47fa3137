"""The alarms in moto's backend: our own values; those of earlier versions, which were moto's, are converted.

Call everything here in moto's thread.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar, cast

from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.message import StateChange, configuration_update, state_update
from localcloud.cloudwatch.alarms.model import Alarm, AlarmState, AnyAlarm, HistoryItem
from localcloud.cloudwatch.alarms.moto_alarms import from_moto

if TYPE_CHECKING:
    from moto.cloudwatch.models import CloudWatchBackend

HISTORY_KEPT = 100
A = TypeVar("A", bound=Alarm)
Alarms = MutableMapping[str, AnyAlarm]


def alarms_of(backend: CloudWatchBackend) -> Alarms:
    """Return the alarms by name; changes to the mapping are changes of the state."""
    alarms = cast("dict[str, AnyAlarm]", backend.alarms)
    for name, alarm in alarms.items():
        if not isinstance(alarm, Alarm):
            alarms[name] = from_moto(alarm)
    return alarms


def put(alarms: Alarms, alarm: AnyAlarm, *, is_new: bool) -> None:
    """Store a new or updated alarm, and record that in its history."""
    alarms[alarm.name] = remember(alarm, configuration_update(alarm.name, alarm.configured_at, is_new=is_new))


def enable_actions(alarms: Alarms, names: list[str], *, enabled: bool) -> None:
    """Enable or disable the actions of the alarms that exist."""
    for alarm in [alarms[name] for name in names if name in alarms]:
        alarms[alarm.name] = replace(alarm, actions=replace(alarm.actions, enabled=enabled))


def change_state(alarms: Alarms, alarm: AnyAlarm, new: State, reason: str, reason_data: str | None) -> StateChange:
    """Change an alarm's state and record it in the history. `reason_data`: JSON."""
    now = datetime.now(UTC)
    change = StateChange.of(alarm, new, reason, reason_data or "", now)
    state = AlarmState(value=new, reason=reason, reason_data=reason_data or "", updated_at=now, transitioned_at=now)
    alarms[alarm.name] = remember(replace(alarm, state=state), state_update(change))
    return change


def remember(alarm: A, item: HistoryItem) -> A:
    """Return the alarm with one more item in its history, which keeps the newest only."""
    return replace(alarm, history=(*alarm.history, item)[-HISTORY_KEPT:])
