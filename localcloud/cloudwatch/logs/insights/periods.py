"""Periods as Insights writes them (`5m`), and where they begin."""

from datetime import UTC, datetime, timedelta

from localcloud.cloudwatch.logs.insights.syntax import Period

UNITS = {
    "ms": ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "mo": ("mo", "mon", "month", "months"),
    "q": ("q", "qtr", "quarter", "quarters"),
    "y": ("y", "yr", "year", "years"),
}
LENGTHS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
MONTHS = {"mo": 1, "q": 3, "y": 12}
MONDAY_MS = 4 * 86_400_000
"""The first Monday after the epoch, which was a Thursday."""


def unit_of(word: str) -> str | None:
    """Return the short form of a unit; None for an unknown one."""
    return next((unit for unit, words in UNITS.items() if word.lower() in words), None)


def floor(at_ms: int, period: Period) -> int:
    """Return the start of the period that contains a moment."""
    if period.unit in MONTHS:
        return _month_start(at_ms, MONTHS[period.unit] * period.count, 0)
    length = LENGTHS_MS[period.unit] * period.count
    offset = MONDAY_MS if period.unit == "w" else 0
    return (at_ms - offset) // length * length + offset


def ceiling(at_ms: int, period: Period) -> int:
    """Return the start of the next period, or the moment itself when a period begins there."""
    begin = floor(at_ms, period)
    if begin == at_ms:
        return at_ms
    if period.unit in MONTHS:
        return _month_start(at_ms, MONTHS[period.unit] * period.count, 1)
    return begin + LENGTHS_MS[period.unit] * period.count


def _month_start(at_ms: int, months: int, ahead: int) -> int:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)
    number = (((at.year - 1970) * 12 + at.month - 1) // months + ahead) * months
    begin = datetime(1970 + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(begin.timestamp() * 1000)
