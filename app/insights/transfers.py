"""Which rows are neither income nor spending, and which money in is a refund.

Money that moves between a user's own accounts, and a payment of the user's own card, changes nothing: what the card
bought counts already. Three things tell, the surest first:

- The row itself: Plaid's detailed category of transfers to and from own accounts, or a category the user chose.
- Its other side: the same amount the other way on another of the user's accounts within MOST_DAYS_APART, where one side
  looks like a transfer (category, OFX's TRNTYPE, name) and the other is nothing else.
- Where it is: money in on a credit card that looks like a payment, and a payment of a card that is among the accounts.

Without the other side a transfer may go to somebody else: a friend, a card that was never uploaded. It counts.

A refund is money in of a category one spends in, or at a merchant where at least as much was spent before when the bank
names no category. It makes spending less.
"""

import re
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from uuid import UUID

from app.insights.rows import Row, grouped
from app.transactions.model import UNCATEGORIZED

MOST_DAYS_APART = 5
# Of one amount on one day; a person has two or three.
MOST_LOOKED_AT = 50
TRANSFERS = frozenset({"TRANSFER_IN", "TRANSFER_OUT"})
MOVES = TRANSFERS | {"LOAN_PAYMENTS", "LOAN_DISBURSEMENTS", "TRANSFER", "CREDIT_CARD_PAYMENT"}
CARD_PAYMENT = "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
# Plaid's detailed categories that name an account of the user's own.
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
# Money in of these is no refund; of another it is, when it is one of Plaid's for spending or one the user spends in.
EARNED = MOVES | {"INCOME", UNCATEGORIZED}
SPENT_IN = frozenset(
    {
        "BANK_FEES",
        "ENTERTAINMENT",
        "FOOD_AND_DRINK",
        "GENERAL_MERCHANDISE",
        "GENERAL_SERVICES",
        "HOME_IMPROVEMENT",
        "MEDICAL",
        "PERSONAL_CARE",
        "RENT_AND_UTILITIES",
        "TRANSPORTATION",
        "TRAVEL",
    }
)
PAID_IN_TYPES = frozenset({"INT", "DIV", "DIRECTDEP", "DEP"})  # of OFX: never a refund
MOVED_TYPES = frozenset({"XFER", "PAYMENT"})
NAME_OF_A_MOVE = re.compile(
    r"\b(transfer|xfer|trnsfr|autopay|auto[- ]?pay(ment)?|payment\s+(-\s*)?thank\s+you|thank\s+you|online\s+payment"
    r"|e-?payment|(credit\s*)?card\s+(payment|pymt|pmt)|pymt|überweisung|umbuchung|virement|to\s+savings|from\s+savings"
    r"|to\s+checking|from\s+checking)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Flow:
    """The booked rows by what they mean: money earned, money spent (refunds among it, negative), and moved money."""

    income: list[Row]
    spending: list[Row]
    moved: list[Row]


def flow_of(rows: Iterable[Row]) -> Flow:
    """Part booked rows, each in one of the three, in their order."""
    counted = [row for row in rows if row.amount]
    cards = {row.account_id for row in counted if row.account_type == "credit"}
    moved = {row.id for row in counted if is_own(row, cards=bool(cards))} | paired(counted)
    kept = [row for row in counted if row.id not in moved]
    returned = refunds(kept)
    return Flow(
        income=[row for row in kept if row.amount < 0 and row.id not in returned],
        spending=[row for row in kept if row.amount > 0 or row.id in returned],
        moved=[row for row in counted if row.id in moved],
    )


def is_own(row: Row, *, cards: bool) -> bool:
    """Whether the row alone tells that it moves money between the user's own accounts."""
    if row.chosen:
        return row.category in TRANSFERS
    if row.detailed_category in BETWEEN_OWN:
        return True
    if row.account_type == "credit" and row.amount < 0:
        return looks_moved(row)
    return cards and row.detailed_category == CARD_PAYMENT


def looks_moved(row: Row) -> bool:
    """Whether the row looks like one side of a transfer or of a card's payment."""
    if row.category in MOVES:
        return True
    if row.chosen or row.category != UNCATEGORIZED:
        return False
    return row.transaction_type in MOVED_TYPES or bool(row.merchant and NAME_OF_A_MOVE.search(row.merchant))


def paired(rows: Iterable[Row]) -> set[UUID]:
    """Both sides of each move between two accounts: of several that fit, the nearest days, the earliest first."""
    open_to_it = (row for row in rows if row.account_id and (looks_moved(row) or not named(row)))
    found: set[UUID] = set()
    for members in grouped(open_to_it, lambda row: (row.currency, abs(row.amount))).values():
        if len({row.account_id for row in members}) > 1:
            found |= pairs_among(members)
    return found


def named(row: Row) -> bool:
    """Whether the bank or the user says what the row is."""
    return row.chosen or row.category != UNCATEGORIZED


def pairs_among(members: list[Row]) -> set[UUID]:
    """The pairs among rows of one amount: each distance in days in turn, so that what is near goes together."""
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
    """Whether the two can be the sides of one move."""
    return out.account_id != other.account_id and (looks_moved(out) or looks_moved(other))


def refunds(rows: list[Row]) -> set[UUID]:
    """Money in that gives back what was spent."""
    found: set[UUID] = set()
    spent_in = SPENT_IN | {row.category for row in rows if row.amount > 0} - EARNED
    spent: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in sorted(rows, key=lambda row: (row.date, row.amount < 0, row.id)):
        key = ((row.merchant or "").casefold(), row.currency)
        if row.amount > 0:
            spent[key] += row.amount
        elif row.category in spent_in or (
            row.category == UNCATEGORIZED
            and row.merchant
            and row.transaction_type not in PAID_IN_TYPES
            and spent[key] >= -row.amount
        ):
            found.add(row.id)
            spent[key] += row.amount
    return found
