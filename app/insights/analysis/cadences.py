"""Cadences as grids over the calendar: which occurrence a day belongs to, and how many days it is early or late.

A grid has slots of equal length, in days (weekly) or in months (monthly; half a month for semi-monthly). Its phase is
the median position of the days within a slot; a due day of the 31st falls on the last day of shorter months.
"""

import calendar
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from statistics import median_low

MONTH_DAYS = 30.44
LONGEST_MONTH = 31
SHORTEST_MONTH = 28


class Cadence(StrEnum):
    """The names of frequencies. Four-weekly is every 28 days; semi-monthly is on two days of each month."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    FOUR_WEEKLY = "four_weekly"
    SEMI_MONTHLY = "semi_monthly"
    MONTHLY = "monthly"
    TWO_MONTHLY = "two_monthly"
    QUARTERLY = "quarterly"
    SIX_MONTHLY = "six_monthly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The slot of a cadence: its length in days or in months, and two measures of punctuality in days.

    `tolerance`: a payment further from its due day does not belong to this occurrence. `punctual`: the largest mean
    distance allowed for payments of changing amounts, because only their dates distinguish a bill from shopping.
    """

    cadence: Cadence
    days: int = 0
    months: float = 0
    tolerance: int
    punctual: float

    @property
    def length_days(self) -> float:
        """Return the approximate length of the slot."""
        return self.days or self.months * MONTH_DAYS


PERIODS = (
    Period(cadence=Cadence.MONTHLY, months=1, tolerance=6, punctual=1.7),
    Period(cadence=Cadence.WEEKLY, days=7, tolerance=2, punctual=0.7),
    Period(cadence=Cadence.FORTNIGHTLY, days=14, tolerance=3, punctual=1.0),
    Period(cadence=Cadence.FOUR_WEEKLY, days=28, tolerance=4, punctual=1.2),
    Period(cadence=Cadence.SEMI_MONTHLY, months=0.5, tolerance=4, punctual=1.2),
    # "Every 30 days", as for prepaid plans, drifts away from calendar months within a year.
    Period(cadence=Cadence.MONTHLY, days=30, tolerance=3, punctual=1.0),
    Period(cadence=Cadence.TWO_MONTHLY, months=2, tolerance=8, punctual=2.5),
    Period(cadence=Cadence.QUARTERLY, months=3, tolerance=10, punctual=3.0),
    Period(cadence=Cadence.SIX_MONTHLY, months=6, tolerance=12, punctual=4.0),
    Period(cadence=Cadence.YEARLY, months=12, tolerance=15, punctual=6.0),
)


@dataclass(frozen=True, slots=True)
class Grid:
    """A period with its phase. `due`: day in the slot's month, counted from 0, for each slot of a month."""

    period: Period
    phase: float
    due: tuple[int, ...] = ()

    def slot(self, day: datetime.date) -> int:
        """Return the number of the occurrence whose due day is nearest."""
        return int((position(self.period, day) - self.phase + 0.5) // 1)

    def due_day(self, slot: int) -> datetime.date | None:
        """Return the due day of an occurrence; None beyond the end of the calendar."""
        try:
            if self.period.days:
                return datetime.date.fromordinal(round((slot + self.phase) * self.period.days))
            year, month = divmod(self.month_of(slot), 12)
            offset = self.due[slot % len(self.due)]
            if offset >= SHORTEST_MONTH:
                offset = min(offset, calendar.monthrange(year, month + 1)[1] - 1)
            return datetime.date.fromordinal(datetime.date(year, month + 1, 1).toordinal() + offset)
        except (OverflowError, ValueError):
            return None

    def month_of(self, slot: int) -> int:
        """Return the month from which the slot's days are counted, in months since year 0."""
        return int((slot + self.phase) * self.period.months // 1)

    def days_off(self, slot: int, day: datetime.date) -> int:
        """Return how many days after its due day the occurrence came; negative when early."""
        due = self.due_day(slot)
        return day.toordinal() - due.toordinal() if due else 0


def grid_of(period: Period, days: Sequence[datetime.date]) -> Grid:
    """Fit a grid of the period to the days."""
    grid = Grid(period, circular_median(position(period, day) % 1 for day in days))
    if period.days:
        return grid
    offsets: tuple[list[int], ...] = ([], []) if period.months < 1 else ([],)
    for day in days:
        slot = grid.slot(day)
        year, month = divmod(grid.month_of(slot), 12)
        if datetime.MINYEAR <= year <= datetime.MAXYEAR:
            first = datetime.date(year, month + 1, 1)
            offsets[slot % len(offsets)].append(day.toordinal() - first.toordinal())
    due = tuple(median_low(some) if some else round(grid.phase * MONTH_DAYS) for some in offsets)
    if len(due) == 1 and all(is_last_of_month(day) for day in days):
        due = (LONGEST_MONTH - 1,)
    return Grid(period, grid.phase, due)


def is_last_of_month(day: datetime.date) -> bool:
    """True for the 31st, and for the last day of a shorter month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def position(period: Period, day: datetime.date) -> float:
    """Return the day in slots since the beginning of the calendar."""
    if period.days:
        return day.toordinal() / period.days
    return months_of(day) / period.months


@lru_cache(maxsize=4096)
def months_of(day: datetime.date) -> float:
    """Return the day in months since the beginning of the calendar."""
    length = calendar.monthrange(day.year, day.month)[1]
    return day.year * 12 + day.month - 1 + (day.day - 1) / length


def circular_median(places: Iterable[float]) -> float:
    """Return the median of positions on a circle of length 1, cut open where it is emptiest."""
    ordered = sorted(places)
    gaps = [after - before for before, after in zip(ordered, [*ordered[1:], ordered[0] + 1], strict=True)]
    cut = gaps.index(max(gaps)) + 1
    opened = ordered[cut:] + [place + 1 for place in ordered[:cut]]
    return opened[(len(opened) - 1) // 2] % 1
