"""Distinguishes income, spending and money that only moves. All views of the insights use this.

Money that moves between a user's own accounts, or pays the user's own card, changes nothing: the purchases on the card
already count. Three signs show it, the most reliable first:

- The row itself: Plaid's detailed category for transfers to and from own accounts, or a category the user chose.
- Its other side: the same amount in the other direction on another of the user's accounts within MOST_DAYS_APART, if
  one side looks like a transfer (category, OFX's TRNTYPE, name) and the other side could be one.
- Its account: money in on a credit card that looks like a payment, or a payment of a card that is among the accounts.

Without the other side a transfer may go to somebody else: a friend, a card that was never uploaded. Then it counts.

What remains is spending when it goes out or is a refund (`refunds.py`), else income.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from app.insights.analysis.refunds import refund_ids, says_nothing
from app.insights.analysis.rows import Role, Row, grouped

MOST_DAYS_APART = 5
# Of one amount on one day; a person has two or three.
MOST_LOOKED_AT = 50
TRANSFERS = frozenset({"TRANSFER_IN", "TRANSFER_OUT"})
MOVES = TRANSFERS | {"LOAN_PAYMENTS", "LOAN_DISBURSEMENTS", "TRANSFER", "CREDIT_CARD_PAYMENT"}
CARD_PAYMENT = "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
# Plaid's detailed categories for one of the user's own accounts.
BETWEEN_OWN = frozenset(
    {
        "TRANSFER_IN_ACCOUNT_TRANSFER",
        "TRANSFER_IN_SAVINGS",
        "TRANSFER_IN_INVESTMENT_AND_RETIREMENT_FUNDS",
        "TRANSFER_OUT_ACCOUNT_TRANSFER",
        "TRANSFER_OUT_SAVINGS",
        "TRANSFER_OUT_INVESTMENT_AND_RETIREMENT_FUNDS",
    }
)
TYPES = frozenset({"XFER", "PAYMENT"})
NAME_OF_A_MOVE = re.compile(
    r"\b(transfer|xfer|trnsfr|autopay|auto[- ]?pay(ment)?|payment\s+(-\s*)?thank\s+you|thank\s+you|online\s+payment"
    r"|e-?payment|(credit\s*)?card\s+(payment|pymt|pmt)|pymt|überweisung|umbuchung|virement|to\s+savings|from\s+savings"
    r"|to\s+checking|from\s+checking)\b",
    re.IGNORECASE,
)


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


def judged(rows: Iterable[Row], *, has_card: bool = False) -> list[Row]:
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
    """Return the booked rows that move money between the user's own accounts, or pay the user's own card."""
    cards = has_card or any(row.account_type == "credit" for row in rows)
    return {row.id for row in rows if is_own(row, cards=cards)} | paired(rows)


def is_own(row: Row, *, cards: bool) -> bool:
    """Say whether the row alone shows that it moves money between the user's own accounts."""
    if row.chosen:
        return row.category in TRANSFERS
    if row.detailed_category in BETWEEN_OWN:
        return True
    if row.account_type == "credit" and row.amount < 0:
        return looks_moved(row)
    return cards and row.detailed_category == CARD_PAYMENT


def looks_moved(row: Row) -> bool:
    """Say whether the row looks like one side of a transfer or of a card payment."""
    if row.category in MOVES:
        return True
    if not says_nothing(row):
        return False
    return row.transaction_type in TYPES or bool(row.merchant and NAME_OF_A_MOVE.search(row.merchant))


def paired(rows: Iterable[Row]) -> set[UUID]:
    """Return both sides of each move between two accounts; the nearest days are preferred, then the earliest."""
    open_to_it = (row for row in rows if row.account_id and (looks_moved(row) or says_nothing(row)))
    found: set[UUID] = set()
    for members in grouped(open_to_it, lambda row: (row.currency, abs(row.amount))).values():
        if len({row.account_id for row in members}) > 1:
            found |= pairs_among(members)
    return found


def pairs_among(members: list[Row]) -> set[UUID]:
    """Pair rows of one amount: shorter distances in days first, so that near rows go together."""
    found: set[UUID] = set()
    outgoing = sorted((row for row in members if row.amount > 0), key=lambda row: (row.date, row.id))
    for apart in range(MOST_DAYS_APART + 1):
        waiting: dict[int, deque[Row]] = defaultdict(deque)
        for row in sorted(members, key=lambda row: (row.date, row.id)):
            if row.amount < 0 and row.id not in found:
                waiting[row.date.toordinal()].append(row)
        for out in outgoing:
            if out.id in found:
                continue
            for day in sorted({out.date.toordinal() + apart, out.date.toordinal() - apart}, reverse=True):
                other = next((row for row in islice(waiting[day], MOST_LOOKED_AT) if fits(out, row)), None)
                if other is not None:
                    waiting[day].remove(other)
                    found |= {out.id, other.id}
                    break
    return found


def fits(out: Row, other: Row) -> bool:
    """Say whether the two can be the sides of one move."""
    return out.account_id != other.account_id and (looks_moved(out) or looks_moved(other))
