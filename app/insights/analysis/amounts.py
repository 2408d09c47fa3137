"""Classifies the amounts of a series: one price, a price that changed, or a bill that is different each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from app.insights.analysis.rows import Row

# Exchange rates move a price by less than this between two payments; a new price is a larger step that stays.
NOISE = 1.06
WIDEST_LEVEL = 1.12
# Premiums and fees that come once or twice a year change nearly every time, within this ratio.
YEARLY_STEP = 1.35


class AmountKind(StrEnum):
    """Fixed: one price within a few percent, possibly changed. Varying: different each time, as a bill for usage."""

    FIXED = "fixed"
    VARYING = "varying"


@dataclass(frozen=True, slots=True)
class Amounts:
    """The kind, and for a price the index of the first row at its latest level; 0 when it never changed.

    `exact`: apart from its changes, the price is the same to the cent.
    """

    kind: AmountKind
    changed_at: int = 0
    exact: bool = False


def amounts_of(rows: Sequence[Row], *, seldom: bool = False) -> Amounts:
    """Distinguish one price, a changed price and a bill. rows: by date. seldom: they come once or twice a year."""
    values = without_exceptions([abs(row.amount) for row in rows])
    exact = [index for index, (before, after) in enumerate(pairwise(values), 1) if before != after]
    if len(exact) <= most_changes(len(values)):
        return Amounts(AmountKind.FIXED, exact[-1] if exact else 0, exact=True)
    if seldom and all(ratio(before, after) <= YEARLY_STEP for before, after in pairwise(values)):
        return Amounts(AmountKind.FIXED, exact[-1])
    changes = level_changes(values)
    if len(changes) <= most_changes(len(values)) // 2 and steady(values, changes):
        return Amounts(AmountKind.FIXED, changes[-1] if changes else 0)
    return Amounts(AmountKind.VARYING)


def without_exceptions(values: Sequence[Decimal]) -> list[Decimal]:
    """Replace a single value that differs between two equal ones (a fee, a call abroad) by these.

    Two alternating prices are not exceptions.
    """
    usual = list(values)
    exceptions = [
        index
        for index, (before, value, after) in enumerate(zip(values, values[1:], values[2:], strict=False), 1)
        if before == after != value
    ]
    if len(exceptions) <= max(1, len(values) // 8):
        for index in exceptions:
            usual[index] = values[index - 1]
    return usual


def most_changes(rows: int) -> int:
    """Return how many changes a price may have in that many payments: one in few, one per four in many."""
    return max(1, rows // 4)


def level_changes(values: Sequence[Decimal]) -> list[int]:
    """Return the indexes where a value leaves the noise around the values since the last change."""
    changes = []
    low = high = values[0]
    for index, value in enumerate(values[1:], 1):
        low, high = min(low, value), max(high, value)
        if ratio(low, high) > WIDEST_LEVEL:
            changes.append(index)
            low = high = value
    return changes


def steady(values: Sequence[Decimal], changes: Sequence[int]) -> bool:
    """Return whether most payments are within the noise of the payment before."""
    near = sum(ratio(before, after) <= NOISE for before, after in pairwise(values))
    return near + len(changes) >= (len(values) - 1) * 0.85


def ratio(one: Decimal, other: Decimal) -> float:
    """Return the larger of two positive amounts as a multiple of the smaller."""
    return float(max(one, other) / min(one, other))
