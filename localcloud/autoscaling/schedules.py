"""Schedule expressions, `at(...)`, `rate(...)` and `cron(...)`: computes when they are due next. Pure."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)}
UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
SEARCHED_DAYS = 5 * 366
"""How far ahead a cron expression is searched: until 2096, the next 29 February is at most four years away."""

FORM = re.compile(r"(at|rate|cron)\((.*)\)")


class Schedule(Protocol):
    """One schedule expression."""

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """Return the first time later than `moment`; None when there is none."""


@dataclass(frozen=True)
class At:
    """Once, at a local time."""

    when: datetime

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        due = self.when.replace(tzinfo=zone)
        return due.astimezone(UTC) if due > moment else None


@dataclass(frozen=True)
class Rate:
    """At a fixed interval from `begin`, which is the action's start or its creation."""

    every: timedelta
    begin: datetime

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        if moment < self.begin:
            return self.begin
        return self.begin + self.every * ((moment - self.begin) // self.every + 1)


@dataclass(frozen=True)
class Cron:
    """By local time. `last_day`: also on the last day of the month."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    last_day: bool = False

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        local = moment.astimezone(zone)
        for ahead in range(SEARCHED_DAYS):
            day = local.date() + timedelta(days=ahead)
            if not self._has(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    due = datetime.combine(day, time(hour, minute), zone)
                    if due > moment:
                        return due.astimezone(UTC)
        return None

    def _has(self, day: date) -> bool:
        is_last = self.last_day and day.day == calendar.monthrange(day.year, day.month)[1]
        return (
            day.year in self.years
            and day.month in self.months
            and (day.day in self.days or is_last)
            and day.isoweekday() % 7 + 1 in self.weekdays
        )


def parse(expression: str, begin: datetime, speed: float = 1.0) -> Schedule:
    """Parse an expression. `begin`: of a rate; `speed` divides a rate, which is a wait.

    Errors: ValueError with what is wrong.
    """
    found = FORM.fullmatch(expression.strip())
    if found is None:
        raise ValueError(f"should be at(...), rate(...) or cron(...), got {expression!r}")
    kind, inner = found.groups()
    if kind == "at":
        return At(datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S"))  # noqa: DTZ007 - local to the action's zone
    return _rate(inner, begin, speed) if kind == "rate" else _cron(inner)


def _rate(inner: str, begin: datetime, speed: float) -> Rate:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", inner)
    if found is None or (found[1] == "1") == (found[3] == "s"):
        raise ValueError(f"should be rate(1 hour) or rate(5 minutes), in minutes, hours or days, got rate({inner})")
    return Rate(int(found[1]) * UNITS[found[2]] / speed, begin)


def _cron(inner: str) -> Cron:
    fields = inner.split()
    if len(fields) != 6:
        raise ValueError(f"cron has 6 fields (minutes hours day month weekday year), got {len(fields)}: {inner}")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ValueError(f"one of day and weekday should be ?, got {days} and {weekdays}")
    return Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        days=frozenset() if days == "L" else _numbers(days, 1, 31),
        months=_numbers(months, 1, 12, MONTHS),
        weekdays=_numbers(weekdays, 1, 7, WEEKDAYS),
        years=_numbers(years, 1970, 2199),
        last_day=days == "L",
    )


def _numbers(field: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """Parse `*`, `?`, `3`, `1-5`, `0/15`, `MON-FRI`, and lists of these."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            begin, end = lowest, highest
        else:
            begin = _number(first, names)
            end = _number(last, names) if last else (highest if step else begin)
        if not lowest <= begin <= end <= highest or (step and not step.isdecimal()) or step == "0":
            raise ValueError(f"cron field {field}: {part} should lie in {lowest}-{highest}")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: dict[str, int] | None) -> int:
    if names and text.upper() in names:
        return names[text.upper()]
    if not text.isdecimal():
        raise ValueError(f"cron: {text!r} is neither a number nor a known name; W and # are not offered here")
    return int(text)
