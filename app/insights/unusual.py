"""Charges worth a second look: far above what is usual, or taken twice on one day.

Usual is what the nearest group with enough charges says: the category's, else all of the user's. Charges of a
recurring series, of an amount the merchant took before, and those paid back are usual whatever the group says.
"""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median
from uuid import UUID

from app.insights.merchants import by_merchant
from app.insights.recurring import Direction, recurring
from app.insights.refunds import refunded_ids
from app.insights.rows import CENT, Row, booked, grouped, ids_of

# Below as many charges nothing is usual yet.
FEWEST_ROWS = 8
FEWEST_MERCHANTS = 8
FEWEST_ROWS_OF_MERCHANT = 3
LEAST_RATIO_OF_DEAREST = 2.0
# Amounts differ by factors rather than by sums, so deviations are those of the logarithms; median and median deviation,
# which one large charge does not move as it would move mean and standard deviation.
DEVIATIONS = 4.5
DEVIATION_SCALE = 1.4826  # makes the median deviation comparable with a standard deviation
LEAST_DEVIATION = 0.15
LEAST_RATIO = 3.0
MOST_EXPONENT = 20.0  # e to that is more than anybody has
LARGE_SHARE = 20  # of so many charges, one may itself be unusual
# Below twice what the user's merchants usually take, a charge that is large for its group is still small.
WORTH_A_LOOK = 2
# What a merchant took before is familiar: see `familiar_ids`.
FAMILIAR_DAYS = 20
PREMIUM_RATIO = 1.15
PREMIUM_DAYS = (182, 365)
PREMIUM_DAYS_OFF = 10
OFTEN_RATIO = 1.5
FENCE = 1.5
LEAST_RATIO_OF_ALL = 5.0
SMALLEST_REPEATED = Decimal("20.00")
# Who pays twice a day as often as that means to.
HABITUAL_DAYS = 3


class Reason(StrEnum):
    """Why a charge is unusual."""

    LARGE_FOR_CATEGORY = "large_for_category"
    LARGE_FOR_MERCHANT = "large_for_merchant"
    LARGE_OVERALL = "large_overall"
    SAME_DAY_TWICE = "same_day_twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """One finding. `usual` is what it is compared with, by its reason.

    large_for_category: the median of the category's charges. large_for_merchant: the median of the merchant's.
    large_overall: the median of what each of the user's merchants usually takes, for a category with few charges.
    same_day_twice: the amount that was taken more than once; `amount` is all of them.
    """

    reason: Reason
    currency: str
    category: str
    merchant: str | None
    amount: Decimal
    usual: Decimal
    transaction_ids: tuple[UUID, ...]


def unusual(rows: Iterable[Row]) -> list[Unusual]:
    """The findings, the latest day first."""
    counted = booked(rows)
    merchants = by_merchant(counted)
    settled = {row_id for members in merchants for row_id in refunded_ids(members)}
    charges = [row for row in counted if row.amount > 0 and row.id not in settled]
    days = {row.id: row.date for row in charges}
    series = [set(one.transaction_ids) for one in recurring(counted, Direction.OUT)]
    found = [*large_ones(charges, series), *repeated_ones(charges)]
    return sorted(
        found,
        key=lambda one: (days[one.transaction_ids[0]], one.amount, one.reason, one.transaction_ids),
        reverse=True,
    )


@dataclass(frozen=True, slots=True)
class Usual:
    """A group's usual amount and how large one may be before it is unusual."""

    amount: Decimal
    limit: float


def usual_of(amounts: Sequence[Decimal]) -> Usual:
    """The group's, by its median and median deviation."""
    middle = median(amounts)
    deviation = median(abs(math.log(amount / middle)) for amount in amounts) * DEVIATION_SCALE
    far = float(middle) * math.exp(min(DEVIATIONS * max(deviation, LEAST_DEVIATION), MOST_EXPONENT))
    # Coffees and weekly shopping in one group make the deviation wide: several times its large charges is far too.
    large_one = sorted(amounts)[-2 - len(amounts) // LARGE_SHARE]
    return Usual(middle, max(min(far, float(large_one) * LEAST_RATIO), float(middle) * LEAST_RATIO))


def large_ones(charges: Sequence[Row], series: Sequence[set[UUID]]) -> list[Unusual]:
    """Charges far above what is usual."""
    found: list[Unusual] = []
    regular = set().union(*series)
    for members in grouped(charges, lambda row: row.currency).values():
        named = by_merchant(members)
        nameless = [[row] for row in members if not (row.merchant and row.merchant.strip())]
        found += large_in_currency([*named, *nameless], regular)
    return found


def large_in_currency(merchants: Sequence[Sequence[Row]], regular: set[UUID]) -> Iterator[Unusual]:
    """One currency's. merchants: its charges, a list each; regular: those of a series."""
    typical = [median(row.amount for row in members) for members in merchants]
    categories = usual_by_category(row for members in merchants for row in members if row.id not in regular)
    worth_a_look = median(typical) * WORTH_A_LOOK
    ordered = sorted(typical)
    for members, middle in zip(merchants, typical, strict=True):
        if all(row.amount < worth_a_look for row in members):
            continue
        familiar = familiar_ids(members)
        own = usual_at_merchant(members, regular)
        others = usual_of_others(ordered, bisect_left(ordered, middle))
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
    """What is usual in the groups that one charge is compared with; None where there is too little to compare."""

    category: Usual | None
    merchant: Usual | None
    overall: Usual | None


def findings_of(row: Row, compared: Compared) -> Iterator[Unusual]:
    """The first group the charge is unusual in, if any."""
    for reason, usual in (
        (Reason.LARGE_FOR_CATEGORY, compared.category),
        (Reason.LARGE_FOR_MERCHANT, compared.merchant),
        (Reason.LARGE_OVERALL, compared.overall),
    ):
        if usual is not None and row.amount > usual.limit:
            yield large(reason, row, usual.amount)
            return


def usual_at_merchant(members: Sequence[Row], regular: set[UUID]) -> dict[bool, Usual]:
    """The merchant's: of the charges of a series (True) and of the others (False), where they are enough."""
    parts = grouped(members, lambda row: row.id in regular)
    return {part: usual_of([row.amount for row in some]) for part, some in parts.items() if len(some) >= FEWEST_ROWS}


def usual_by_category(charges: Iterable[Row]) -> dict[str, Usual]:
    """Each category's that has enough charges."""
    groups = grouped(charges, lambda row: row.category)
    return {category: usual_in_category(some) for category, some in groups.items() if len(some) >= FEWEST_ROWS}


def usual_in_category(charges: Sequence[Row]) -> Usual:
    """The category's. What is usual at one of its merchants is usual: beside many coffees a dinner is."""
    usual = usual_of([row.amount for row in charges])
    dearest = max(
        (median(row.amount for row in some) for some in by_merchant(charges) if len(some) >= FEWEST_ROWS_OF_MERCHANT),
        default=usual.amount,
    )
    return Usual(usual.amount, max(usual.limit, float(dearest) * LEAST_RATIO_OF_DEAREST))


def usual_of_others(ordered: Sequence[Decimal], own: int) -> Usual | None:
    """What is usual at the other merchants: up to the far end of their amounts' logarithms; None of too few.

    ordered: each merchant's usual amount, by size. own: the place of the merchant that does not count.
    """
    others = len(ordered) - 1
    if others < FEWEST_MERCHANTS:
        return None
    lower, middle, upper = (
        ordered[place + (place >= own)] for place in (others // 4, others // 2, others - 1 - others // 4)
    )
    return Usual(middle, max(float(upper) * float(upper / lower) ** FENCE, float(middle) * LEAST_RATIO_OF_ALL))


def familiar_ids(members: Sequence[Row]) -> set[UUID]:
    """The charges of one merchant that it took before or again: a rent seen twice, a premium half a year later.

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
    """The finding of one charge."""
    return Unusual(
        reason=reason,
        currency=row.currency,
        category=row.category,
        merchant=row.merchant,
        amount=row.amount,
        usual=usual.quantize(CENT),
        transaction_ids=(row.id,),
    )


def repeated_ones(charges: Sequence[Row]) -> Iterator[Unusual]:
    """The same amount at the same merchant on one day, above what one pays twice without noticing.

    A merchant that is paid twice a day time and again (two tickets, two phones) is none.
    """
    smallest = {
        currency: max(SMALLEST_REPEATED, median(row.amount for row in members) / 2)
        for currency, members in grouped(charges, lambda row: row.currency).items()
    }
    named = [row for row in charges if row.merchant and row.amount >= smallest[row.currency]]
    repeated = {
        key: members
        for key, members in grouped(named, lambda row: (row.merchant, row.currency, row.amount, row.date)).items()
        if len(members) > 1
    }
    days: dict[tuple[str | None, str], int] = defaultdict(int)
    for merchant, currency, _, _ in repeated:
        days[merchant, currency] += 1
    for (merchant, currency, amount, _), members in repeated.items():
        if days[merchant, currency] < HABITUAL_DAYS:
            yield Unusual(
                reason=Reason.SAME_DAY_TWICE,
                currency=currency,
                category=members[0].category,
                merchant=merchant,
                amount=amount * len(members),
                usual=amount,
                transaction_ids=ids_of(sorted(members, key=lambda row: row.id)),
            )
