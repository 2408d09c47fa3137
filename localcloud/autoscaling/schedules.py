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
    """Repeats at a fixed interval from `begin`, which is the action's start or its creation."""

    every: timedelta
    begin: datetime

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        if moment < self.begin:
            return self.begin
        return self.begin + self.every * ((moment - self.begin) // self.every + 1)


@dataclass(frozen=True)
class Cron:
    """A cron expression, evaluated in local time.

    `last_day`: also on the last day of the month. `workdays`: days whose nearest workday of the month counts (`15W`).
    `last_workday`: `LW`. `last_weekdays`: weekdays that count in the month's last seven days (`6L`). `nth_weekdays`:
    weekday and its number in the month (`6#3`).
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]
    last_day: bool = False
    workdays: frozenset[int] = frozenset()
    last_workday: bool = False
    last_weekdays: frozenset[int] = frozenset()
    nth_weekdays: frozenset[tuple[int, int]] = frozenset()

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
        return day.year in self.years and day.month in self.months and self._has_day(day) and self._has_weekday(day)

    def _has_day(self, day: date) -> bool:
        last = calendar.monthrange(day.year, day.month)[1]
        return (
            day.day in self.days
            or (self.last_day and day.day == last)
            or any(day == _workday(day.replace(day=each)) for each in self.workdays if each <= last)
            or (self.last_workday and day == _workday(day.replace(day=last)))
        )

    def _has_weekday(self, day: date) -> bool:
        weekday = day.isoweekday() % 7 + 1
        is_in_last_week = day.day > calendar.monthrange(day.year, day.month)[1] - 7
        return (
            weekday in self.weekdays
            or (is_in_last_week and weekday in self.last_weekdays)
            or (weekday, (day.day - 1) // 7 + 1) in self.nth_weekdays
        )


def _workday(day: date) -> date:
    """Return the workday of the same month that is nearest to a day."""
    if day.isoweekday() == 6:
        return day - timedelta(days=1) if day.day > 1 else day + timedelta(days=2)
    if day.isoweekday() == 7:
        after = day + timedelta(days=1)
        return after if after.month == day.month else day - timedelta(days=2)
    return day


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
    plain_days, workdays = _split(days, r"(\d+|L)W")
    plain_weekdays, special = _split(weekdays, r"(\w+)(L|#[1-5])")
    return Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        days=_numbers(",".join(each for each in plain_days if each != "L"), 1, 31),
        months=_numbers(months, 1, 12, MONTHS),
        weekdays=_numbers(",".join("SAT" if each == "L" else each for each in plain_weekdays), 1, 7, WEEKDAYS),
        years=_numbers(years, 1970, 2199),
        last_day="L" in plain_days,
        workdays=frozenset(_one(found[1], 1, 31) for found in workdays if found[1] != "L"),
        last_workday=any(found[1] == "L" for found in workdays),
        last_weekdays=frozenset(_one(found[1], 1, 7, WEEKDAYS) for found in special if found[2] == "L"),
        nth_weekdays=frozenset(
            (_one(found[1], 1, 7, WEEKDAYS), int(found[2][1:])) for found in special if found[2] != "L"
        ),
    )


def _split(field: str, special: str) -> tuple[list[str], list[re.Match[str]]]:
    """Return the plain parts of a list, and the matches of its special ones."""
    found = [(part, re.fullmatch(special, part.upper())) for part in field.split(",")]
    return [part for part, match in found if match is None], [match for _, match in found if match is not None]


def _one(text: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> int:
    [number] = _numbers(text, lowest, highest, names)
    return number


def _numbers(field: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> frozenset[int]:
    """Parse `*`, `?`, `3`, `1-5`, `0/15`, `MON-FRI`, and lists of these."""
    found: set[int] = set()
    for part in field.split(",") if field else ():
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
        raise ValueError(f"cron: {text!r} is neither a number nor a known name")
    return int(text)
