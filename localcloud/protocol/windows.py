"""The daily and weekly windows in which RDS and ElastiCache work on a server, as requests write them. Times are UTC."""

import re
from dataclasses import dataclass

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, WEEK = 24 * 60, 7 * 24 * 60
"""Minutes."""
DAILY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
WEEKLY = re.compile(r"([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)-([a-z]{3}):([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Window:
    """A window in minutes since Monday 00:00 or, if daily, since midnight; it recurs every `period` minutes."""

    begin: int
    length: int
    period: int

    def holds(self, minute: int, before: int = 0) -> bool:
        """Return whether a minute of the week is in the window, or at most `before` minutes ahead of it."""
        return (minute - self.begin + before) % self.period < self.length + before

    def meets(self, other: "Window") -> bool:
        return any(other.holds(self.begin + minute) for minute in range(self.length)) or any(
            self.holds(other.begin + minute) for minute in range(other.length)
        )


def daily(text: str) -> Window | None:
    """Parse `hh24:mi-hh24:mi`; None for another form."""
    found = DAILY.fullmatch(text)
    if found is None:
        return None
    begin, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
    return Window(begin, (end - begin) % DAY, DAY)


def weekly(text: str) -> Window | None:
    """Parse `ddd:hh24:mi-ddd:hh24:mi`; None for another form."""
    found = WEEKLY.fullmatch(text.lower())
    if found is None or not {found[1], found[4]} <= set(DAYS):
        return None
    begin, end = (DAYS.index(found[at]) * DAY + int(found[at + 1]) * 60 + int(found[at + 2]) for at in (1, 4))
    return Window(begin, (end - begin) % WEEK, WEEK)
