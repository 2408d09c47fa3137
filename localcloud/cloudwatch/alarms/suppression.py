"""When the actions of a composite alarm are held back by another alarm (ActionsSuppressor). Pure.

A change of state waits for the suppressor at most the wait period. While the suppressor is in ALARM, and for the
extension period after it, nothing is told. What then still holds, and was not told yet, is told.
"""

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """CloudWatch's ActionsSuppressedBy."""

    WAIT_PERIOD = "WaitPeriod"
    ALARM = "Alarm"
    EXTENSION_PERIOD = "ExtensionPeriod"


@dataclass(frozen=True, kw_only=True)
class Suppression:
    """`told`: the state whose actions were taken last; `until`: end of a period, in the seconds that `now` counts."""

    told: str
    by: By | None = None
    until: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Periods:
    """In the seconds that `now` counts."""

    wait_s: float
    extension_s: float


def step(
    held: Suppression, state: str, *, suppressor_in_alarm: bool, periods: Periods, now: float
) -> tuple[Suppression, bool]:
    """At one moment, with the state that the alarm is in -> what is held then, and whether to act on the state."""
    if suppressor_in_alarm:
        if held.by is not None or state != held.told:
            return Suppression(told=held.told, by=By.ALARM), False
        return held, False
    if held.by is By.ALARM:  # the suppressor has just left
        held = Suppression(told=held.told, by=By.EXTENSION_PERIOD, until=now + periods.extension_s)
    if held.by is None and state != held.told:
        held = Suppression(told=held.told, by=By.WAIT_PERIOD, until=now + periods.wait_s)
    if held.by is None or now < held.until:
        return held, False
    return Suppression(told=state), state != held.told
