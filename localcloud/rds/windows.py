"""The windows in which RDS itself works on an instance: daily backup and weekly maintenance. Pure; times are UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = 24 * 60, 7 * 24 * 60
"""Minutes."""
CLEAR_BEFORE = 60
"""Minutes before a window in which AWS Backup does not begin either: RDS's own work has priority."""
SHORTEST = 30
BACKUP = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
MAINTENANCE = re.compile(r"([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)-([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)")

TOO_CLOSE_TO_MAINTENANCE = (
    "Backup job could not start because it is either inside or too close to the weekly maintenance window configured "
    "in RDS instance."
)
TOO_CLOSE_TO_BACKUP = (
    "Backup job could not start because it is either inside or too close to the automated backup window configured "
    "in RDS instance."
)


@dataclass(frozen=True)
class Window:
    """A window in minutes since Monday 00:00 or, if daily, since midnight; it recurs every `period` minutes."""

    begin: int
    length: int
    period: int

    def holds(self, minute: int, before: int = 0) -> bool:
        """Say whether a minute of the week is in the window, or at most `before` minutes ahead of it."""
        return (minute - self.begin + before) % self.period < self.length + before

    def meets(self, other: "Window") -> bool:
        return any(other.holds(self.begin + minute) for minute in range(self.length)) or any(
            self.holds(other.begin + minute) for minute in range(other.length)
        )


def backup_window(text: str) -> Window | None:
    """Parse `hh24:mi-hh24:mi`; None for another form or a window that is too short."""
    found = BACKUP.fullmatch(text)
    if found is None:
        return None
    begin, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    length = (end - begin) % DAY
    return Window(begin, length, DAY) if length >= SHORTEST else None


def maintenance_window(text: str) -> Window | None:
    """Parse `ddd:hh24:mi-ddd:hh24:mi`; None as for `backup_window`, and for a window of a day or more."""
    found = MAINTENANCE.fullmatch(text.lower())
    if found is None or not {found[1], found[4]} <= set(DAYS):
        return None
    begin, end = (DAYS.index(found[at]) * DAY + int(found[at + 1]) * 60 + int(found[at + 2]) for at in (1, 4))
    length = (end - begin) % WEEK
    return Window(begin, length, WEEK) if SHORTEST <= length < DAY else None


def why_no_backup(moment: datetime, backup: str, maintenance: str) -> str:
    """Return AWS Backup's error when a job for an instance with these windows may not begin at `moment`; else empty."""
    at = moment.astimezone(UTC)
    minute = int((at - at.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(minutes=1))
    minute += at.weekday() * DAY
    for window, words in (
        (maintenance_window(maintenance), TOO_CLOSE_TO_MAINTENANCE),
        (backup_window(backup), TOO_CLOSE_TO_BACKUP),
    ):
        if window is not None and window.holds(minute, CLEAR_BEFORE):
            return words
    return ""
