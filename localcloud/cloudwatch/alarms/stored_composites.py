"""moto's composite alarms: moves them to the states that their rules give. Call everything here in moto's thread."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.message import StateChange, transition, triggered_by
from localcloud.cloudwatch.alarms.suppression import By, Periods, Suppression, step
from localcloud.cloudwatch.moto_patches import service as moto_service
from localcloud.cloudwatch.moto_patches.alarms import name_of
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)


class HeldComposites:
    """`held`: all alarms by name. `act`: takes the actions for an alarm's change of state."""

    def __init__(
        self, held: Callable[[], Mapping[str, Any]], act: Callable[[StateChange, Any], None], clock: Clock
    ) -> None:
        self._held = held
        self._act = act
        self._clock = clock

    def moves(self) -> bool:
        """Say whether a composite alarm's state or action suppression is due to change; changes nothing."""
        return any(self._rule_moves(alarm) or self._suppression_moves(alarm) for alarm in self._composites())

    def move(self) -> None:
        """Set each alarm to the state that its rule gives now, and advance its action suppression."""
        for alarm in self._composites():
            if self._rule_moves(alarm):
                self._follow_rule(alarm)
            if self._suppression_moves(alarm):
                self._follow_suppressor(alarm)

    def _composites(self) -> list[Any]:
        """Return the composite alarms outside of rule cycles: CloudWatch stops evaluating alarms in a cycle."""
        alarms = self._held()
        return [alarm for alarm in list(alarms.values()) if alarm.rule is not None and not is_in_cycle(alarm, alarms)]

    def _children(self, alarm: Any) -> tuple[tuple[str, str], ...]:
        alarms = self._held()
        return tuple((name, alarms[name].state_value if name in alarms else "") for name in parse(alarm.rule).alarms)

    def _rule_moves(self, alarm: Any) -> bool:
        return getattr(alarm, "children_seen", None) != self._children(alarm)

    def _follow_rule(self, alarm: Any) -> None:
        before, children = getattr(alarm, "children_seen", None), self._children(alarm)
        alarm.children_seen = children
        new = State.ALARM if parse(alarm.rule).holds(dict(children)) else State.OK
        if new == alarm.state_value:
            return
        reason, data = self._why(alarm, before, children, new)
        change = moto_service.change_state(alarm, new.value, reason, data)
        log.info("Alarm %s: %s -> %s", change.name, change.old, change.new, extra={"action": "alarm"})
        if not alarm.suppressor:
            self._act(change, alarm)

    def _why(
        self, alarm: Any, before: Sequence[tuple[str, str]] | None, children: Sequence[tuple[str, str]], new: State
    ) -> tuple[str, str]:
        """Return StateReason and StateReasonData: all children for a new rule, else the one that tipped the rule."""
        held = self._held()
        moved = [name for name, state in children if (name, state) not in (before or ())]
        if before is None or not moved:
            puts = sum(item["HistoryItemType"] == "ConfigurationUpdate" for item in alarm.history)
            done = "created" if puts <= 1 else "updated"
            data = triggered_by(*(held[name] for name, _ in children if name in held))
            return f"{alarm.alarm_arn} was {done} and its alarm rule evaluates to {new.value}", data
        if gone := [name for name in moved if name not in held]:
            return f"{gone[0]} was deleted", "{}"
        states, cause = dict(before), moved[0]
        for name in sorted(moved, key=lambda each: held[each].state_updated_timestamp):
            states[name], cause = dict(children)[name], name
            if parse(alarm.rule).holds(states) == (new is State.ALARM):
                break
        return transition(held[cause]), triggered_by(held[cause])

    def _suppression_moves(self, alarm: Any) -> bool:
        return bool(alarm.suppressor) and self._next_suppression(alarm)[0] != _suppression(alarm)

    def _next_suppression(self, alarm: Any) -> tuple[Suppression, bool]:
        suppressor = self._held().get(name_of(alarm.suppressor))
        return step(
            _suppression(alarm),
            alarm.state_value,
            suppressor_in_alarm=suppressor is not None and suppressor.state_value == State.ALARM,
            periods=Periods(
                wait_s=self._clock.real_s(alarm.suppressor_wait_s),
                extension_s=self._clock.real_s(alarm.suppressor_extension_s),
            ),
            now=self._clock.wall().timestamp(),
        )

    def _follow_suppressor(self, alarm: Any) -> None:
        held = _suppression(alarm)
        after, acts = self._next_suppression(alarm)
        # moto's state is written to disk, so store plain values only.
        alarm.suppression = {"told": after.told, "by": after.by.value if after.by else None, "until": after.until}
        if acts:
            change = StateChange(
                name=alarm.name,
                arn=alarm.alarm_arn,
                old=held.told,
                new=alarm.state_value,
                reason=alarm.state_reason,
                at=alarm.state_updated_timestamp,
                is_composite=True,
            )
            self._act(change, alarm)


def is_in_cycle(alarm: Any, alarms: Mapping[str, Any]) -> bool:
    """Say whether a composite alarm's rule leads back to the alarm itself."""
    seen: set[str] = set()
    ahead = list(parse(alarm.rule).alarms)
    while ahead:
        name = ahead.pop()
        if name == alarm.name:
            return True
        if name not in seen and name in alarms and alarms[name].rule is not None:
            ahead.extend(parse(alarms[name].rule).alarms)
        seen.add(name)
    return False


def _suppression(alarm: Any) -> Suppression:
    held = getattr(alarm, "suppression", None) or {"told": State.INSUFFICIENT_DATA.value, "by": None, "until": 0.0}
    return Suppression(told=held["told"], by=By(held["by"]) if held["by"] else None, until=held["until"])
