"""Suppresses the actions of a composite alarm while another alarm (ActionsSuppressor) is in ALARM. Pure.

A change of state waits for the suppressor for at most the wait period. While the suppressor is in ALARM, and for the
extension period afterwards, no action is taken. Then the current state's actions are taken, unless they were taken
before.
"""

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """Values of CloudWatch's ActionsSuppressedBy."""

    WAIT_PERIOD = "WaitPeriod"
    ALARM = "Alarm"
    EXTENSION_PERIOD = "ExtensionPeriod"


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """`acted_on`: the state whose actions were taken last; `until`: end of a period, in the unit of `now`."""

    acted_on: str
    by: By | None = None
    until: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Durations in the unit of `now`."""

    wait_s: float
    extension_s: float


def step(
    before: Suppression, state: str, *, suppressor_in_alarm: bool, periods: Periods, now: float
) -> tuple[Suppression, bool]:
    """Advance to `now`, given the alarm's state; -> the new suppression, and whether to act on the state."""
    if suppressor_in_alarm:
        if before.by is not None or state != before.acted_on:
            return Suppression(acted_on=before.acted_on, by=By.ALARM), False
        return before, False
    if before.by is By.ALARM:  # The suppressor has just left ALARM.
        before = Suppression(acted_on=before.acted_on, by=By.EXTENSION_PERIOD, until=now + periods.extension_s)
    if before.by is None and state != before.acted_on:
        before = Suppression(acted_on=before.acted_on, by=By.WAIT_PERIOD, until=now + periods.wait_s)
    if before.by is None or now < before.until:
        return before, False
    return Suppression(acted_on=state), state != before.acted_on
