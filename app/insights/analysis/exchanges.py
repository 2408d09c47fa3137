"""Finds the two sides of a move between two of the user's accounts in different currencies.

The amounts differ, so the evidence must be stronger than for one currency: by their categories both sides are a
transfer, or the payment of a card or a loan; the amounts can be worth the same; and neither side has another candidate.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from app.insights.analysis import signs
from app.insights.analysis.exchange_rates import can_be_worth_the_same
from app.insights.analysis.pairs import MOST_DAYS_APART, PAYMENTS, Sign
from app.insights.analysis.rows import Row, grouped

MOST_A_DAY = 50  # rows that may be the other side; a person has two or three
KINDS: tuple[tuple[Sign, Sign], ...] = (
    (signs.is_categorized_as_a_transfer, signs.is_categorized_as_a_transfer),
    *PAYMENTS,
)
"""The signs of the two sides."""


def exchanged(rows: Iterable[Row]) -> set[UUID]:
    """Return both sides of each move. rows: those that have no other side in their own currency."""
    open_to_it = [row for row in rows if row.account_id and may_be_exchanged(row)]
    if len({row.currency for row in open_to_it}) < 2:
        return set()
    incoming = grouped((row for row in open_to_it if row.amount < 0), lambda row: row.date.toordinal())
    candidates = {row.id: candidates_of(row, incoming) for row in open_to_it if row.amount > 0}
    wanted = Counter(other for others in candidates.values() for other in others)
    found: set[UUID] = set()
    for out, others in candidates.items():
        if len(others) == 1 and wanted[others[0]] == 1:
            found |= {out, others[0]}
    return found


def may_be_exchanged(row: Row) -> bool:
    if row.amount > 0:
        return not signs.MOVES.isdisjoint({row.category, None if row.chosen else row.detailed_category})
    return signs.is_categorized_as_a_transfer(row) or signs.lowers_debt(row)


def candidates_of(out: Row, incoming: dict[int, list[Row]]) -> list[UUID]:
    """Return the rows that can be the other side, by day. Days with too many rows to tell them apart have none."""
    day = out.date.toordinal()
    return [
        other.id
        for on in range(day - MOST_DAYS_APART, day + MOST_DAYS_APART + 1)
        if len(incoming.get(on, ())) <= MOST_A_DAY
        for other in incoming.get(on, ())
        if fits(out, other)
    ]


def fits(out: Row, other: Row) -> bool:
    """Return whether the rows can be the sides of one move."""
    if out.account_id == other.account_id or out.currency == other.currency:
        return False
    if not any(kind[0](out) and kind[1](other) for kind in KINDS):
        return False
    return can_be_worth_the_same((out.amount, out.currency), (Decimal(0) - other.amount, other.currency))
