"""The days a response is about."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Days:
    """Two days, both included; None is an open end."""

    first: datetime.date | None
    last: datetime.date | None

    def __contains__(self, day: datetime.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def wider(self, *, before: int, after: int) -> "Days":
        """Add that many days at each end that is not open."""
        return Days(moved_by(self.first, -before), moved_by(self.last, after))

    def as_text(self) -> list[str | None]:
        """Serialize for another process."""
        return [None if day is None else day.isoformat() for day in (self.first, self.last)]

    @classmethod
    def from_text(cls, days: list[str | None]) -> "Days":
        """Parse what `as_text` wrote."""
        first, last = (None if day is None else datetime.date.fromisoformat(day) for day in days)
        return cls(first, last)


def moved_by(day: datetime.date | None, days: int) -> datetime.date | None:
    """Return the day that many days later, limited to the first and last day of the calendar."""
    if day is None:
        return None
    earliest, latest = datetime.date.min.toordinal(), datetime.date.max.toordinal()
    return datetime.date.fromordinal(min(max(day.toordinal() + days, earliest), latest))
