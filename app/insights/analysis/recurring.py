"""Finds recurring payments: subscriptions and bills (money out), wages (money in).

A series is at least three booked rows of one merchant (`merchants.py`), currency and direction that follow one cadence
(`cadences.py`, `schedules.py`): weekends, a missed occurrence, an extra row and a changed price are allowed. Money out
that differs every time is a bill if it comes monthly or less often and on its day; weekly shopping is not. A merchant's
several contracts are distinguished by price and by day (`contracts.py`). Dates come only from the rows, never from a
clock: the same rows always give the same response.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median
from uuid import UUID

from app.insights.analysis.amounts import AmountKind
from app.insights.analysis.cadences import Cadence
from app.insights.analysis.cash import is_cash
from app.insights.analysis.contracts import contracts
from app.insights.analysis.merchants import common_name, families
from app.insights.analysis.rows import Row, booked, ids_of
from app.insights.analysis.schedules import FEWEST_ROWS, Schedule
from app.insights.analysis.transfers import flow_of
from app.transactions.currencies import in_digits

LONGEST_LATE_DAYS = 62
LARGEST_WAGE_RISE = Decimal("1.6")


class Direction(StrEnum):
    """The direction of the money."""

    OUT = "out"
    IN = "in"


class Status(StrEnum):
    """Active: its next occurrence is not past. Late: it missed the latest one. Ended: it has been absent for longer."""

    ACTIVE = "active"
    LATE = "late"
    ENDED = "ended"


class Confidence(StrEnum):
    """The degree of certainty that the rows are one series.

    High: at least six payments of a price, or eight of a bill, with hardly an occurrence missed. Low: only three
    payments, fewer than six of a bill, or many occurrences missed. Medium: everything in between.
    """

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChange:
    """The latest change of a series' amount: before, after, and the first day it was seen."""

    before: Decimal
    after: Decimal
    since: datetime.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:  # pylint: disable=too-many-instance-attributes  # the response has these fields
    """One recurring payment. Amounts are positive; `amount` is the latest, `usual_amount` the median.

    `merchant` omits references that change from row to row. `next_date` is None once an occurrence was missed.
    `price_change` is a rise when its `after` is higher; it is None when the amount never changed or is different each
    time (`amount_kind`). `missed` counts the missing occurrences between the first payment and the last; a long pause
    counts as one, and so do holidays in the same months of each year.
    """

    merchant: str
    currency: str
    cadence: Cadence
    amount: Decimal
    usual_amount: Decimal
    amount_kind: AmountKind
    last_date: datetime.date
    next_date: datetime.date | None
    status: Status
    confidence: Confidence
    missed: int
    price_change: PriceChange | None
    transaction_ids: tuple[UUID, ...]


def recurring(rows: Iterable[Row], direction: Direction) -> list[Series]:
    """Find the series among the booked rows in this direction, by merchant.

    Transfers between the user's own accounts, payments of the user's own card, refunds and cash are excluded.
    """
    counted = booked(rows)
    flow = flow_of(counted)
    part = flow.spending if direction is Direction.OUT else flow.income
    return series_among(part, direction, today=max((row.date for row in counted), default=datetime.date.min))


def series_among(rows: Iterable[Row], direction: Direction, *, today: datetime.date) -> list[Series]:
    """Find the series among rows of spending, or of income. today: the last day for which rows are known."""
    outgoing = direction is Direction.OUT
    candidates = [row for row in rows if (row.amount > 0) is outgoing and not is_cash(row)]
    found = [
        series_of(schedule, today)
        for family in families(candidates)
        for schedule in contracts(family, outgoing=outgoing)
    ]
    return sorted(
        found, key=lambda series: (series.merchant.casefold(), series.currency, series.amount, series.transaction_ids)
    )


def series_of(schedule: Schedule, today: datetime.date) -> Series:
    last = schedule.rows[-1]
    due = schedule.grid.due_day(schedule.slots[-1] + 1)
    status = status_of(schedule, due, today)
    return Series(
        merchant=common_name(list(schedule.rows)),
        currency=last.currency,
        cadence=schedule.cadence,
        amount=abs(last.amount),
        usual_amount=in_digits(median(abs(row.amount) for row in schedule.rows), last.currency),
        amount_kind=schedule.amounts.kind,
        last_date=last.date,
        next_date=due if status is Status.ACTIVE else None,
        status=status,
        confidence=confidence_of(schedule),
        missed=schedule.missed,
        price_change=price_change_of(schedule),
        transaction_ids=ids_of(schedule.rows),
    )


def status_of(schedule: Schedule, due: datetime.date | None, today: datetime.date) -> Status:
    """Return whether the next occurrence is still expected, overdue or given up. due: None if no date is left."""
    if due is None:
        return Status.ENDED
    period = schedule.grid.period
    late_days = (today - due).days - period.tolerance
    if late_days <= 0:
        return Status.ACTIVE
    return Status.LATE if late_days <= min(period.length_days, LONGEST_LATE_DAYS) else Status.ENDED


def confidence_of(schedule: Schedule) -> Confidence:
    """Decide by the number of occurrences and the gaps between them."""
    occurrences = len(schedule.rows)
    faults = schedule.missed + schedule.extra
    varying = schedule.amounts.kind is AmountKind.VARYING
    if occurrences <= FEWEST_ROWS or faults * 4 > occurrences or (varying and occurrences < 6):
        return Confidence.LOW
    if occurrences >= (8 if varying else 6) and faults * 6 <= occurrences:
        return Confidence.HIGH
    return Confidence.MEDIUM


def price_change_of(schedule: Schedule) -> PriceChange | None:
    """Return the latest change of the price. Wages that are much higher only in the latest occurrence are a bonus."""
    at = schedule.amounts.changed_at
    if not at:
        return None
    if at == len(schedule.rows) - 1 and schedule.rows[at].amount < schedule.rows[at - 1].amount * LARGEST_WAGE_RISE < 0:
        return None
    earlier, later = schedule.rows[at - 1], schedule.rows[at]
    return PriceChange(before=abs(earlier.amount), after=abs(later.amount), since=later.date)
