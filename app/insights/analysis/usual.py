"""The usual amount in a group of charges, and how large one may be before it is unusual."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from uuid import UUID

from app.insights.analysis.merchants import by_merchant
from app.insights.analysis.rows import Row, grouped

# Below this many charges nothing is usual yet.
FEWEST_ROWS = 8
FEWEST_MERCHANTS = 8
# Fewer merchants are enough if they were paid often.
FEW_MERCHANTS = 3
MANY_CHARGES = 20
FEWEST_ROWS_OF_MERCHANT = 3
LEAST_RATIO_OF_MOST_EXPENSIVE = 2.0
# Amounts differ by factors rather than by differences, so deviations are taken from logarithms. One large charge moves
# the mean and the standard deviation, but hardly the median and the median deviation.
DEVIATIONS = 4.5
DEVIATION_SCALE = 1.4826  # makes the median deviation comparable to a standard deviation
LEAST_DEVIATION = 0.15
LEAST_RATIO = 3.0
MOST_EXPONENT = 20.0  # e to the power of this is more than anybody has
LARGE_SHARE = 20  # one in this many charges may itself be unusual
# Distance beyond the upper quartile of all merchants, in interquartile ranges.
FENCE = 1.5
LEAST_RATIO_OF_ALL = 5.0


@dataclass(frozen=True, slots=True)
class Usual:
    """A group's usual amount and how large one may be before it is unusual."""

    amount: Decimal
    limit: float


def usual_of(amounts: Sequence[Decimal]) -> Usual:
    """Derive it from the group's median and median deviation."""
    middle = median(amounts)
    deviation = median(abs(math.log(amount / middle)) for amount in amounts) * DEVIATION_SCALE
    far = float(middle) * math.exp(min(DEVIATIONS * max(deviation, LEAST_DEVIATION), MOST_EXPONENT))
    # Coffee and weekly shopping in one group make the deviation wide: several times its large charges is also the
    # limit.
    large_one = sorted(amounts)[-2 - len(amounts) // LARGE_SHARE]
    return Usual(middle, max(min(far, float(large_one) * LEAST_RATIO), float(middle) * LEAST_RATIO))


def usual_at_merchant(members: Sequence[Row], regular: set[UUID]) -> dict[bool, Usual]:
    """Return what is usual for a merchant's charges in a series (True) and its others (False), where enough exist."""
    parts = grouped(members, lambda row: row.id in regular)
    return {part: usual_of([row.amount for row in some]) for part, some in parts.items() if len(some) >= FEWEST_ROWS}


def usual_by_category(charges: Iterable[Row]) -> dict[str, Usual]:
    """Return what is usual in each category that has enough charges."""
    groups = grouped(charges, lambda row: row.category)
    return {category: usual_in_category(some) for category, some in groups.items() if len(some) >= FEWEST_ROWS}


def usual_in_category(charges: Sequence[Row]) -> Usual:
    """Return a category's. What is usual at one of its merchants is usual in it: a dinner among many coffees."""
    usual = usual_of([row.amount for row in charges])
    most_expensive = max(
        (median(row.amount for row in some) for some in by_merchant(charges) if len(some) >= FEWEST_ROWS_OF_MERCHANT),
        default=usual.amount,
    )
    return Usual(usual.amount, max(usual.limit, float(most_expensive) * LEAST_RATIO_OF_MOST_EXPENSIVE))


def usual_of_others(ordered: Sequence[Decimal], own: int, charges: int) -> Usual | None:
    """Return what is usual at the other merchants: up to the far end of their logarithmic amounts.

    With few merchants and many charges, the limit is twice what the most expensive takes; None with too few. ordered:
    each merchant's usual amount, by size. own: the position of the merchant to leave out. charges: at all merchants.
    """
    others = len(ordered) - 1
    if others < (FEWEST_MERCHANTS if charges < MANY_CHARGES else FEW_MERCHANTS):
        return None
    lower, middle, upper, most_expensive = (
        ordered[place + (place >= own)] for place in (others // 4, others // 2, others - 1 - others // 4, others - 1)
    )
    if others < FEWEST_MERCHANTS:
        return Usual(middle, float(most_expensive) * LEAST_RATIO_OF_MOST_EXPENSIVE)
    return Usual(middle, max(float(upper) * float(upper / lower) ** FENCE, float(middle) * LEAST_RATIO_OF_ALL))
