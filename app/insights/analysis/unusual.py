"""Charges worth a second look: far above the usual amount, or taken twice on one day.

The usual amount comes from the nearest group with enough charges (`usual.py`): the category's or the merchant's, else
all of the user's. Charges of a recurring series are compared only with that series. Amounts that the merchant took
before or again, and refunded charges, are usual whatever the group says.
"""

import datetime
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median, median_low
from uuid import UUID

from app.insights.analysis.cash import is_cash
from app.insights.analysis.merchants import by_merchant
from app.insights.analysis.recurring import Direction, series_among
from app.insights.analysis.refunds import settled_ids
from app.insights.analysis.rows import Row, booked, grouped, ids_of
from app.insights.analysis.transfers import flow_of
from app.insights.analysis.usual import Usual, usual_at_merchant, usual_by_category, usual_of_others
from app.transactions.currencies import in_digits

# A charge that is large for its group is still small below twice what the user's merchants usually take.
WORTH_A_LOOK = 2
# An amount that a merchant took before is familiar: see `familiar_ids`.
FAMILIAR_DAYS = 20
PREMIUM_RATIO = 1.15
PREMIUM_DAYS = (182, 365)
PREMIUM_DAYS_OFF = 10
OFTEN_RATIO = 1.5
SMALLEST_REPEATED = Decimal("20.00")
# Whoever pays twice a day on this many days does so on purpose.
HABITUAL_DAYS = 3


class Reason(StrEnum):
    """The reason why a charge is unusual."""

    LARGE_FOR_CATEGORY = "large_for_category"
    LARGE_FOR_MERCHANT = "large_for_merchant"
    LARGE_OVERALL = "large_overall"
    SAME_DAY_TWICE = "same_day_twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """One finding. `usual` is what the charge is compared with, depending on the reason.

    large_for_category: the median of the category's charges. large_for_merchant: the median of the merchant's.
    large_overall: the median of what each of the user's merchants usually takes, for a category with few charges.
    same_day_twice: the amount that was taken more than once; `amount` is the sum of them all.
    """

    reason: Reason
    currency: str
    category: str
    merchant: str | None
    amount: Decimal
    usual: Decimal
    transaction_ids: tuple[UUID, ...]


def unusual(rows: Iterable[Row]) -> list[Unusual]:
    """Return the findings, the latest day first. Moves between the user's own accounts are not charges."""
    spending = flow_of(booked(rows)).spending
    settled = settled_ids(spending)
    charges = [row for row in spending if row.amount > 0 and row.id not in settled]
    days = {row.id: row.date for row in charges}
    today = max((row.date for row in spending), default=datetime.date.min)
    series = [set(one.transaction_ids) for one in series_among(spending, Direction.OUT, today=today)]
    found = [*large_ones(charges, series), *repeated_ones(charges)]
    return sorted(
        found,
        key=lambda one: (days[one.transaction_ids[0]], one.amount, one.reason, one.transaction_ids),
        reverse=True,
    )


def large_ones(charges: Sequence[Row], series: Sequence[set[UUID]]) -> list[Unusual]:
    """Find charges far above the usual amount."""
    found: list[Unusual] = []
    regular = set().union(*series)
    for members in grouped(charges, lambda row: row.currency).values():
        named = by_merchant(members)
        nameless = [[row] for row in members if not (row.merchant and row.merchant.strip())]
        found += large_in_currency([*named, *nameless], regular)
    return found


def large_in_currency(merchants: Sequence[Sequence[Row]], regular: set[UUID]) -> Iterator[Unusual]:
    """Find them in one currency. merchants: a list of charges for each; regular: ids of charges in a series."""
    typical = [median(row.amount for row in members) for members in merchants]
    categories = usual_by_category(row for members in merchants for row in members if row.id not in regular)
    worth_a_look = median_low(typical) * WORTH_A_LOOK
    ordered = sorted(typical)
    charges = sum(len(members) for members in merchants)
    for members, middle in zip(merchants, typical, strict=True):
        if all(row.amount < worth_a_look for row in members):
            continue
        familiar = familiar_ids(members)
        own = usual_at_merchant(members, regular)
        others = usual_of_others(ordered, bisect_left(ordered, middle), charges)
        for row in members:
            if row.amount >= worth_a_look and row.id not in familiar:
                compared = Compared(
                    category=None if row.id in regular else categories.get(row.category),
                    merchant=own.get(row.id in regular),
                    overall=None if row.id in regular or row.category in categories else others,
                )
                yield from findings_of(row, compared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The usual amounts of the groups that one charge is compared with; None where there are too few charges."""

    category: Usual | None
    merchant: Usual | None
    overall: Usual | None


def findings_of(row: Row, compared: Compared) -> Iterator[Unusual]:
    """Yield the first group in which the charge is unusual, if any."""
    for reason, usual in (
        (Reason.LARGE_FOR_CATEGORY, compared.category),
        (Reason.LARGE_FOR_MERCHANT, compared.merchant),
        (Reason.LARGE_OVERALL, compared.overall),
    ):
        if usual is not None and row.amount > usual.limit:
            yield large(reason, row, usual.amount)
            return


def familiar_ids(members: Sequence[Row]) -> set[UUID]:
    """Return the charges of one merchant that it took before or again: a rent seen twice, a premium half a year later.

    The same amount some weeks apart; nearly the same after half a year or a year; about the same three times.
    """
    familiar: set[UUID] = set()
    ordered = sorted(members, key=lambda row: (row.amount, row.date, row.id))
    for before, after in pairwise(ordered):
        days = abs((after.date - before.date).days)
        seldom = float(after.amount / before.amount) <= PREMIUM_RATIO and any(
            abs(days - wait) <= PREMIUM_DAYS_OFF for wait in PREMIUM_DAYS
        )
        if seldom or (after.amount == before.amount and days >= FAMILIAR_DAYS):
            familiar |= {before.id, after.id}
    for first, second, third in zip(ordered, ordered[1:], ordered[2:], strict=False):
        if float(third.amount / first.amount) <= OFTEN_RATIO and len({first.date, second.date, third.date}) > 1:
            familiar |= {first.id, second.id, third.id}
    return familiar


def large(reason: Reason, row: Row, usual: Decimal) -> Unusual:
    return Unusual(
        reason=reason,
        currency=row.currency,
        category=row.category,
        merchant=row.merchant,
        amount=row.amount,
        usual=in_digits(usual, row.currency),
        transaction_ids=(row.id,),
    )


def repeated_ones(charges: Sequence[Row]) -> Iterator[Unusual]:
    """Find the same amount at the same merchant on one day from one account, if too large to pay twice unnoticed.

    Two accounts that pay the same are two payers, such as a couple. A merchant that is often paid twice a day (two
    tickets, two phones) is left out.
    """
    smallest = {
        currency: max(SMALLEST_REPEATED, median(row.amount for row in members) / 2)
        for currency, members in grouped(charges, lambda row: row.currency).items()
    }
    for merchant in by_merchant(charges):
        noticed = [row for row in merchant if row.amount >= smallest[row.currency] and not is_cash(row)]
        groups = grouped(noticed, lambda row: (row.date, row.amount, row.account_id)).values()
        repeated = [sorted(members, key=lambda row: row.id) for members in groups if len(members) > 1]
        if len(repeated) < HABITUAL_DAYS:
            yield from (repeated_finding(members) for members in repeated)


def repeated_finding(members: Sequence[Row]) -> Unusual:
    first = members[0]
    return Unusual(
        reason=Reason.SAME_DAY_TWICE,
        currency=first.currency,
        category=first.category,
        merchant=first.merchant,
        amount=first.amount * len(members),
        usual=first.amount,
        transaction_ids=ids_of(members),
    )
