"""What comes again and again: subscriptions and bills (money out), wages (money in).

A series is at least three booked rows of one merchant, currency and direction, at distances that fit one cadence,
each amount within a third of the one before: so a price may rise, and a shop visited by chance is none.
Dates come from the rows alone, never from a clock: the same rows always give the same answer.
"""

import calendar
import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import pairwise
from statistics import median
from uuid import UUID

from app.insights.rows import Row, booked, grouped, ids_of

FEWEST_ROWS = 3
LARGEST_STEP = Decimal("1.34")
# A merchant with more amounts than that is a shop; looking on would take quadratic time.
MOST_CHAINS = 20


class Cadence(StrEnum):
    """How often."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Direction(StrEnum):
    """Which way the money goes."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A cadence in days: shortest and longest distance (weekends and short months), and in months if it has any."""

    shortest: int
    longest: int
    days: int
    months: int = 0


PERIODS = {
    Cadence.WEEKLY: Period(shortest=6, longest=8, days=7),
    Cadence.FORTNIGHTLY: Period(shortest=12, longest=16, days=14),
    Cadence.MONTHLY: Period(shortest=26, longest=35, days=30, months=1),
    Cadence.QUARTERLY: Period(shortest=85, longest=97, days=91, months=3),
    Cadence.YEARLY: Period(shortest=355, longest=375, days=365, months=12),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """The latest change of a series' amount: from, to, and the day it was seen first."""

    before: Decimal
    after: Decimal
    since: datetime.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:  # pylint: disable=too-many-instance-attributes  # the answer has these fields
    """One recurring payment. Amounts are positive. `next_date` is None once it has missed its turn.

    `price_change` is a rise when its `after` is more; None when the amount never changed.
    """

    merchant: str
    currency: str
    cadence: Cadence
    amount: Decimal
    last_date: datetime.date
    next_date: datetime.date | None
    price_change: PriceChange | None
    transaction_ids: tuple[UUID, ...]


def recurring(rows: Iterable[Row], direction: Direction) -> list[Series]:
    """The series among the rows, by merchant and amount."""
    counted = booked(rows)
    if not counted:
        return []
    today = max(row.date for row in counted)
    wanted = [
        row for row in counted if row.merchant and (row.amount > 0) is (direction is Direction.OUT) and row.amount
    ]
    found = []
    for members in grouped(wanted, lambda row: ((row.merchant or "").casefold(), row.currency)).values():
        for chain in chains(sorted(members, key=lambda row: (row.date, abs(row.amount), row.id))):
            cadence = cadence_of(chain)
            if cadence is not None:
                found.append(series_of(chain, cadence, today))
    return sorted(found, key=lambda series: (series.merchant.casefold(), series.currency, series.amount))


def chains(members: list[Row]) -> list[list[Row]]:
    """One merchant's rows, by date, parted where amounts differ too much or come too soon: one chain a contract."""
    found: list[list[Row]] = []
    for row in members:
        fitting = [chain for chain in found if follows(chain[-1], row)]
        if fitting:
            min(fitting, key=partial(distance, row)).append(row)
        elif len(found) == MOST_CHAINS:
            return []
        else:
            found.append([row])
    return found


def distance(row: Row, chain: list[Row]) -> Decimal:
    """How much the row's amount differs from the chain's latest."""
    return abs(abs(chain[-1].amount) - abs(row.amount))


def follows(before: Row, after: Row) -> bool:
    """Whether the second may be the next payment of the first's contract."""
    lower, higher = sorted((abs(before.amount), abs(after.amount)))
    return higher <= lower * LARGEST_STEP and (after.date - before.date).days >= PERIODS[Cadence.WEEKLY].shortest


def cadence_of(chain: list[Row]) -> Cadence | None:
    """The cadence that every distance fits; None for too few rows or none such."""
    if len(chain) < FEWEST_ROWS:
        return None
    distances = [(after.date - before.date).days for before, after in pairwise(chain)]
    typical = median(distances)
    for cadence, period in PERIODS.items():
        if period.shortest <= typical <= period.longest:
            fits = all(period.shortest <= distance <= period.longest for distance in distances)
            return cadence if fits else None
    return None


def series_of(chain: list[Row], cadence: Cadence, today: datetime.date) -> Series:
    """The chain as a series."""
    last = chain[-1]
    period = PERIODS[cadence]
    alive = (today - last.date).days <= period.longest
    return Series(
        merchant=last.merchant or "",
        currency=last.currency,
        cadence=cadence,
        amount=abs(last.amount),
        last_date=last.date,
        next_date=next_date(chain, period) if alive else None,
        price_change=next(price_changes(chain), None),
        transaction_ids=ids_of(chain),
    )


def next_date(chain: list[Row], period: Period) -> datetime.date | None:
    """When the next one is due; None beyond the calendar's end."""
    last = chain[-1].date
    try:
        if not period.months:
            return last + datetime.timedelta(days=period.days)
        # Due on the 31st is paid on the 28th of February, and on the 31st of March again.
        day = max(row.date.day for row in chain) if last.day >= 28 else last.day
        index = last.year * 12 + last.month - 1 + period.months
        year, month = index // 12, index % 12 + 1
        return datetime.date(year, month, min(day, calendar.monthrange(year, month)[1]))
    except (OverflowError, ValueError):
        return None


def price_changes(chain: list[Row]) -> Iterator[PriceChange]:
    """The changes of the amount, the latest first."""
    for later, earlier in pairwise(reversed(chain)):
        if later.amount != earlier.amount:
            yield PriceChange(before=abs(earlier.amount), after=abs(later.amount), since=later.date)
