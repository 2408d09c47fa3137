"""Refunds: money in that gives back what was spent. They make spending less, and are no income, in every view.

Money in is a refund when its category is one that money is spent in. Where the category says nothing, it is one at a
merchant that was paid at least as much within REFUND_DAYS before, and that is not given back yet. A charge that came
back in full is settled, and its refund with it.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from app.insights.merchants import by_merchant
from app.insights.rows import Row
from app.transactions.model import UNCATEGORIZED

REFUND_DAYS = 90
# Plaid's categories of spending. Money in of these is a refund.
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
# Categories that money comes in by and goes out by; of any other one, money in is a refund once some was spent in it.
EITHER_WAY = frozenset({"INCOME", "TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS", "LOAN_DISBURSEMENTS", "TRANSFER"})
SAYS_NOTHING = frozenset({UNCATEGORIZED, "OTHER", "MISC", "MISCELLANEOUS", "GENERAL", "UNKNOWN"})
PAID_IN_TYPES = frozenset({"INT", "DIV", "DIRECTDEP", "DEP"})  # of OFX: never a refund


def says_nothing(row: Row) -> bool:
    """Whether neither the bank nor the user says what the row is."""
    return not row.chosen and row.category.upper() in SAYS_NOTHING


def refund_ids(rows: Sequence[Row]) -> set[UUID]:
    """The refunds among rows that are no transfers."""
    spent_in = SPENT_IN | {row.category for row in rows if row.amount > 0 and not says_nothing(row)} - EITHER_WAY
    found = {row.id for row in rows if row.amount < 0 and row.category in spent_in}
    if any(may_give_back(row) for row in rows):
        for members in by_merchant(rows):
            if any(may_give_back(row) for row in members):
                found |= given_back(members, found)
    return found


def may_give_back(row: Row) -> bool:
    """Whether only what was paid before can tell if the row is a refund."""
    return row.amount < 0 and says_nothing(row) and row.transaction_type not in PAID_IN_TYPES


def given_back(members: Iterable[Row], known: set[UUID]) -> set[UUID]:
    """The rows of one merchant that give back what it took; those `known` take part."""
    found: set[UUID] = set()
    charges: deque[tuple[int, Decimal]] = deque()  # by day, what is not given back of them
    left = Decimal(0)
    for row in in_turn(members):
        day = row.date.toordinal()
        while charges and day - charges[0][0] > REFUND_DAYS:
            left -= charges.popleft()[1]
        if row.amount > 0:
            charges.append((day, row.amount))
            left += row.amount
        elif row.id in known or (may_give_back(row) and left >= -row.amount):
            found.add(row.id)
            wanted = min(-row.amount, left)
            left -= wanted
            while wanted:
                on, amount = charges.pop()
                if amount > wanted:
                    charges.append((on, amount - wanted))
                wanted -= min(amount, wanted)
    return found


def settled_ids(rows: Iterable[Row]) -> set[UUID]:
    """The charges that came back in full, and their refunds. rows: spending, in which money in is a refund.

    A refund settles the latest charge of its merchant and amount that is not settled yet.
    """
    settled: set[UUID] = set()
    for members in by_merchant(rows):
        if all(row.amount > 0 for row in members):
            continue
        open_charges: dict[Decimal, list[Row]] = defaultdict(list)
        for row in in_turn(members):
            if row.amount > 0:
                open_charges[row.amount].append(row)
                continue
            charges = open_charges[-row.amount]
            if charges and (row.date - charges[-1].date).days <= REFUND_DAYS:
                settled |= {charges.pop().id, row.id}
    return settled


def in_turn(members: Iterable[Row]) -> list[Row]:
    """Sort by date; on one day charges come before refunds."""
    return sorted(members, key=lambda row: (row.date, row.amount < 0, row.id))
