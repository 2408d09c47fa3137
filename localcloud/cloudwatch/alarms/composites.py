"""The composite alarms of a region: moves them to the states that their rules give. Runs in moto's thread."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from localcloud.cloudwatch.alarms.composite import parse
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.message import CONFIGURATION_UPDATE, StateChange, transition, triggered_by
from localcloud.cloudwatch.alarms.model import AnyAlarm, CompositeAlarm, Suppressor
from localcloud.cloudwatch.alarms.publication import Publication
from localcloud.cloudwatch.alarms.records import Alarms, change_state
from localcloud.cloudwatch.alarms.suppression import Periods, Suppression, step
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

Children = tuple[tuple[str, str], ...]
"""Names and states of the alarms in a rule; a missing alarm has the state ""."""


class RegionalComposites:
    """`alarms` returns all alarms of the region."""

    def __init__(self, alarms: Callable[[], Alarms], publication: Publication, clock: Clock) -> None:
        self._alarms = alarms
        self._publication = publication
        self._clock = clock

    def moves(self) -> bool:
        """Return whether a composite alarm's state or action suppression is due to change; changes nothing."""
        alarms = self._alarms()
        return any(
            _rule_moves(alarm, alarms) or self._suppression_moves(alarm, alarms) for alarm in _composites(alarms)
        )

    def move(self) -> None:
        """Set each composite alarm to the state that its rule gives now, and advance its action suppression."""
        alarms = self._alarms()
        for name in [alarm.name for alarm in _composites(alarms)]:
            self._follow_rule(name, alarms)
            self._follow_suppressor(name, alarms)

    def _follow_rule(self, name: str, alarms: Alarms) -> None:
        alarm = alarms[name]
        if not isinstance(alarm, CompositeAlarm) or not _rule_moves(alarm, alarms):
            return
        before, children = alarm.children_seen, _children(alarm, alarms)
        seen = replace(alarm, children_seen=children)
        alarms[name] = seen
        new = State.ALARM if parse(alarm.rule).holds(dict(children)) else State.OK
        if new is alarm.state.value:
            return
        reason, data = _why(seen, before, children, new, alarms)
        change = change_state(alarms, seen, new, reason, data)
        log.info("Alarm %s: %s -> %s", change.name, change.old, change.new, extra={"action": "alarm"})
        if alarm.suppressor is None:
            self._publication.act(change, alarms)

    def _suppression_moves(self, alarm: CompositeAlarm, alarms: Alarms) -> bool:
        if alarm.suppressor is None:
            return False
        return self._next_suppression(alarm, alarm.suppressor, alarms)[0] != _suppression(alarm)

    def _next_suppression(
        self, alarm: CompositeAlarm, suppressor: Suppressor, alarms: Alarms
    ) -> tuple[Suppression, bool]:
        watched = alarms.get(suppressor.name)
        return step(
            _suppression(alarm),
            alarm.state.value,
            suppressor_in_alarm=watched is not None and watched.state.value is State.ALARM,
            periods=Periods(
                wait_s=self._clock.real_s(suppressor.wait_s), extension_s=self._clock.real_s(suppressor.extension_s)
            ),
            now=self._clock.wall().timestamp(),
        )

    def _follow_suppressor(self, name: str, alarms: Alarms) -> None:
        alarm = alarms[name]
        if not isinstance(alarm, CompositeAlarm) or alarm.suppressor is None:
            return
        before = _suppression(alarm)
        after, acts = self._next_suppression(alarm, alarm.suppressor, alarms)
        if after == before:
            return
        alarms[name] = replace(alarm, suppression=after)
        if acts:
            change = StateChange(
                name=alarm.name,
                arn=alarm.arn,
                old=before.acted_on,
                new=alarm.state.value,
                reason=alarm.state.reason,
                at=alarm.state.updated_at,
            )
            self._publication.act(change, alarms)


def _composites(alarms: Mapping[str, AnyAlarm]) -> list[CompositeAlarm]:
    """Return the composite alarms outside of rule cycles: CloudWatch stops evaluating alarms in a cycle."""
    composites = [alarm for alarm in alarms.values() if isinstance(alarm, CompositeAlarm)]
    return [alarm for alarm in composites if not is_in_cycle(alarm, alarms)]


def _children(alarm: CompositeAlarm, alarms: Mapping[str, AnyAlarm]) -> Children:
    return tuple((name, alarms[name].state.value if name in alarms else "") for name in parse(alarm.rule).alarms)


def _rule_moves(alarm: CompositeAlarm, alarms: Mapping[str, AnyAlarm]) -> bool:
    return alarm.children_seen != _children(alarm, alarms)


def _why(
    alarm: CompositeAlarm,
    before: Sequence[tuple[str, str]] | None,
    children: Children,
    new: State,
    alarms: Mapping[str, AnyAlarm],
) -> tuple[str, str]:
    """Return StateReason and StateReasonData: all children for a new rule, else the one that tipped the rule."""
    moved = [name for name, state in children if (name, state) not in (before or ())]
    if before is None or not moved:
        puts = sum(item.kind == CONFIGURATION_UPDATE for item in alarm.history)
        done = "created" if puts <= 1 else "updated"
        data = triggered_by(*(alarms[name] for name, _ in children if name in alarms))
        return f"{alarm.arn} was {done} and its alarm rule evaluates to {new.value}", data
    if gone := [name for name in moved if name not in alarms]:
        return f"{gone[0]} was deleted", "{}"
    states, cause = dict(before), moved[0]
    for name in sorted(moved, key=lambda each: alarms[each].state.updated_at):
        states[name], cause = dict(children)[name], name
        if parse(alarm.rule).holds(states) == (new is State.ALARM):
            break
    return transition(alarms[cause]), triggered_by(alarms[cause])


def is_in_cycle(alarm: CompositeAlarm, alarms: Mapping[str, AnyAlarm]) -> bool:
    """Return whether a composite alarm's rule leads back to the alarm itself."""
    seen: set[str] = set()
    ahead = list(parse(alarm.rule).alarms)
    while ahead:
        name = ahead.pop()
        if name == alarm.name:
            return True
        child = alarms.get(name)
        if name not in seen and isinstance(child, CompositeAlarm):
            ahead.extend(parse(child.rule).alarms)
        seen.add(name)
    return False


def _suppression(alarm: CompositeAlarm) -> Suppression:
    return alarm.suppression or Suppression(acted_on=State.INSUFFICIENT_DATA.value)
