"""Charges worth a second look: far above what is usual for their category, or taken twice on one day."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from statistics import median
from uuid import UUID

from app.insights.rows import CENT, Row, booked, grouped, ids_of

# Below as many charges nothing is usual yet.
FEWEST_ROWS = 8
# Median and median deviation, which one large charge does not move as it would move mean and standard deviation.
DEVIATIONS = Decimal("6")
DEVIATION_SCALE = Decimal("1.4826")  # makes the median deviation comparable with a standard deviation
LEAST_RATIO = Decimal("2")


class Reason(StrEnum):
    """Why a charge is unusual."""

    LARGE_FOR_CATEGORY = "large_for_category"
    SAME_DAY_TWICE = "same_day_twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """One finding; `usual` is the category's median amount, or the amount that was taken more than once."""

    reason: Reason
    currency: str
    category: str
    merchant: str | None
    amount: Decimal
    usual: Decimal
    transaction_ids: tuple[UUID, ...]


def unusual(rows: Iterable[Row]) -> list[Unusual]:
    """The findings, the latest day first."""
    charges = [row for row in booked(rows) if row.amount > 0]
    days = {row.id: row.date for row in charges}
    found = [*large_ones(charges), *repeated_ones(charges)]
    return sorted(found, key=lambda one: (days[one.transaction_ids[0]], one.amount, one.reason), reverse=True)


def large_ones(charges: list[Row]) -> list[Unusual]:
    """Charges far above their category's others."""
    found = []
    for (category, currency), members in grouped(charges, lambda row: (row.category, row.currency)).items():
        if len(members) < FEWEST_ROWS:
            continue
        usual = median(row.amount for row in members)
        deviation = median(abs(row.amount - usual) for row in members) * DEVIATION_SCALE
        limit = max(usual + DEVIATIONS * deviation, usual * LEAST_RATIO)
        found += [
            Unusual(
                reason=Reason.LARGE_FOR_CATEGORY,
                currency=currency,
                category=category,
                merchant=row.merchant,
                amount=row.amount,
                usual=usual.quantize(CENT),
                transaction_ids=(row.id,),
            )
            for row in members
            if row.amount > limit
        ]
    return found


def repeated_ones(charges: list[Row]) -> list[Unusual]:
    """The same amount at the same merchant on one day, above what one pays twice without noticing."""
    named = (row for row in charges if row.merchant and row.amount >= SMALLEST_REPEATED)
    return [
        Unusual(
            reason=Reason.SAME_DAY_TWICE,
            currency=currency,
            category=members[0].category,
            merchant=members[0].merchant,
            amount=amount * len(members),
            usual=amount,
            transaction_ids=ids_of(members),
        )
        for (_, _, amount, currency), members in grouped(
            named, lambda row: (row.date, row.merchant, row.amount, row.currency)
        ).items()
        if len(members) > 1
    ]


SMALLEST_REPEATED = Decimal("20.00")
