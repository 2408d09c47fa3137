"""Percentiles, trimmed and winsorized means, trimmed counts and sums, percentile ranks of a set of values. Pure.

A percentage of the values is rounded outwards to whole values, so that a small set is not trimmed to nothing: `tm90` of
five values is the mean of all five, of ten the mean of nine. CloudWatch does not document its rounding.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

NUMBER = r"\d+(?:\.\d{1,10})?"
SHORT = re.compile(rf"(p|tm|tc|ts|wm)({NUMBER})")
LONG = re.compile(rf"(TM|TC|TS|WM|PR)\((?:({NUMBER})(%?))?:(?:({NUMBER})(%?))?\)")
ROUNDED = 9
"""Decimal places at which 0.07 * 100 is 7."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic. `kind`: p, TM, TC, TS, WM or PR. `low`, `high`: percentages or values; None for an open end."""

    kind: str
    low: float | None
    high: float | None
    is_percent: bool


@lru_cache
def parse(name: str) -> Statistic | None:
    """Parse `p99`, `tm90`, `TC(10%:90%)`, `PR(:300)` or `IQM`; None for anything else."""
    if name == "IQM":
        return Statistic("TM", 25.0, 75.0, is_percent=True)
    if short := SHORT.fullmatch(name):
        kind = short[1] if short[1] == "p" else short[1].upper()
        return _checked(Statistic(kind, None, float(short[2]), is_percent=True))
    if (long := LONG.fullmatch(name)) is None:
        return None
    kind, low, low_unit, high, high_unit = long.groups()
    units = {unit for number, unit in ((low, low_unit), (high, high_unit)) if number is not None}
    if len(units) != 1 or (kind == "PR" and "%" in units):
        return None
    low_end, high_end = (None if end is None else float(end) for end in (low, high))
    return _checked(Statistic(kind, low_end, high_end, is_percent="%" in units))


def _checked(statistic: Statistic) -> Statistic | None:
    """Return None when the range is empty or exceeds 100 %."""
    most = 100.0 if statistic.is_percent else math.inf
    low, high = statistic.low or 0.0, most if statistic.high is None else statistic.high
    return statistic if high <= most and (low < high or statistic.kind == "p") else None


def value(statistic: Statistic, counts: Mapping[float, float]) -> float | None:
    """Evaluate over `counts` (value -> number of samples), not empty; None when no values remain for a mean."""
    ordered = sorted(counts.items())
    total = sum(counts.values())
    if statistic.kind == "p":  # CloudWatch has no percentiles of negative values.
        return None if ordered[0][0] < 0 else percentile(ordered, total, statistic.high or 0.0)
    if statistic.kind == "WM":
        low, high = _boundaries(statistic, ordered, total)
        return sum(min(max(each, low), high) * count for each, count in ordered) / total
    kept = _ranked(statistic, ordered, total) if statistic.is_percent else _between(statistic, ordered)
    number = sum(count for _, count in kept)
    match statistic.kind:
        case "TC":
            return number
        case "TS":
            return sum(each * count for each, count in kept)
        case "PR":
            return 100 * number / total
    return sum(each * count for each, count in kept) / number if number else None


def percentile(ordered: list[tuple[float, float]], total: float, percent: float) -> float:
    """Return the lowest value that at least this percentage do not exceed. `ordered`: (value, count), lowest first."""
    below, rank = 0.0, round(percent * total / 100, ROUNDED)
    for each, count in ordered:
        below += count
        if below >= rank:
            return each
    return ordered[-1][0]


def _boundaries(statistic: Statistic, ordered: list[tuple[float, float]], total: float) -> tuple[float, float]:
    if not statistic.is_percent:
        low, high = statistic.low, statistic.high
        return -math.inf if low is None else low, math.inf if high is None else high
    low, high = statistic.low or 0.0, 100.0 if statistic.high is None else statistic.high
    return percentile(ordered, total, low), percentile(ordered, total, high)


def _ranked(statistic: Statistic, ordered: list[tuple[float, float]], total: float) -> list[tuple[float, float]]:
    first = math.floor(round((statistic.low or 0.0) * total / 100, ROUNDED))
    high = 100.0 if statistic.high is None else statistic.high
    last = min(total, math.ceil(round(high * total / 100, ROUNDED)))
    kept, below = [], 0.0
    for each, count in ordered:
        within = min(below + count, last) - max(below, first)
        if within > 0:
            kept.append((each, within))
        below += count
    return kept


def _between(statistic: Statistic, ordered: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Select the values between the bounds: the lower one is exclusive, the upper one inclusive."""
    low, high = statistic.low, statistic.high
    return [(each, count) for each, count in ordered if (low is None or each > low) and (high is None or each <= high)]
