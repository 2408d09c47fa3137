"""Distinguishes income, spending and money that only moves. All views of the insights use this.

Money that moves between a user's own accounts, or pays the user's own card or loan, changes nothing: the purchases on
the card already count. Three signs show it, the most reliable first:

- The row itself: Plaid's detailed category for transfers to and from own accounts, or a category the user chose.
- Its other side on another of the user's accounts: the same amount in the other direction (`pairs.py`), or an amount in
  another currency (`exchanges.py`).
- Its account: money in on a card or a loan that looks like a payment, or a payment of a card that is among the
  accounts.

Without the other side a transfer may go to somebody else: a friend, a card that was never uploaded. Then it counts.

What remains is spending when it goes out or is a refund (`refunds.py`), else income.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.insights.analysis.exchanges import exchanged
from app.insights.analysis.pairs import MOST_DAYS_APART, paired
from app.insights.analysis.refunds import refund_ids
from app.insights.analysis.rows import Role, Row, grouped
from app.insights.analysis.signs import BETWEEN_OWN, CARD, CARD_PAYMENT, TRANSFERS, looks_moved, lowers_debt

# Whether two rows are the sides of one move depends on the other candidates of both, and on theirs in turn. A row is
# classified the same way whichever days are requested only if the rows of this many more days are read too.
DAYS_AROUND = 3 * MOST_DAYS_APART


@dataclass(frozen=True, slots=True)
class Flow:
    """The booked rows by meaning: money earned, money spent (including refunds, negative), and moved money."""

    income: list[Row]
    spending: list[Row]
    moved: list[Row]


def flow_of(rows: Iterable[Row]) -> Flow:
    """Divide booked rows into the three, keeping their order. Rows without a role are classified among these rows."""
    counted = [row for row in rows if row.amount]
    found = {row.id: row.role for row in counted}
    if None in found.values():
        found |= roles_of(counted)
    parts = grouped(counted, lambda row: found[row.id])
    return Flow(*(parts.get(role, []) for role in (Role.INCOME, Role.SPENDING, Role.MOVED)))


def classified(rows: Iterable[Row], *, has_card: bool = False) -> list[Row]:
    """Return the rows with their roles; pending rows and rows with amount zero have none."""
    found = list(rows)
    roles = roles_of([row for row in found if row.amount and not row.pending], has_card=has_card)
    return [row._replace(role=roles.get(row.id)) for row in found]


def roles_of(rows: Sequence[Row], *, has_card: bool = False) -> dict[UUID, Role]:
    """Return the role of each booked row by its id. has_card: the user has rows of a card besides these."""
    moved = moved_ids(rows, has_card=has_card)
    kept = [row for row in rows if row.id not in moved]
    returned = refund_ids(kept)
    roles = {row.id: Role.SPENDING if row.amount > 0 or row.id in returned else Role.INCOME for row in kept}
    return roles | dict.fromkeys(moved, Role.MOVED)


def moved_ids(rows: Sequence[Row], *, has_card: bool = False) -> set[UUID]:
    """Return the booked rows that move money between the user's own accounts, or pay the user's own card or loan."""
    cards = has_card or any(row.account_type == CARD for row in rows)
    sides = paired(rows)
    sides |= exchanged(row for row in rows if row.id not in sides)
    return sides | {row.id for row in rows if is_own(row, cards=cards)}


def is_own(row: Row, *, cards: bool) -> bool:
    """Return whether the row alone shows that it moves money between the user's own accounts."""
    if row.chosen:
        return row.category in TRANSFERS
    if not BETWEEN_OWN.isdisjoint({row.category, row.detailed_category}):
        return True
    if lowers_debt(row):
        return looks_moved(row)
    return cards and CARD_PAYMENT in {row.category, row.detailed_category}
