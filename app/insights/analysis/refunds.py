"""Refunds: money in that returns earlier spending. In every view they lower spending and are not income.

Money in is a refund if its category is one that money is spent in. Where the category says nothing, it is a refund if
the merchant was paid at least as much within REFUND_DAYS before and has not yet refunded that. A charge that was
refunded in full is settled, and so is its refund.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.merchants import by_merchant
from app.insights.analysis.rows import Row
from app.transactions.model import UNCATEGORIZED

REFUND_DAYS = 90
# Plaid's spending categories. Money in with one of these is a refund.
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
# Categories of both money in and money out. In any other category, money in is a refund once some was spent in it.
EITHER_WAY = frozenset({"INCOME", "TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS", "LOAN_DISBURSEMENTS", "TRANSFER"})
SAYS_NOTHING = frozenset({UNCATEGORIZED, "OTHER", "MISC", "MISCELLANEOUS", "GENERAL", "UNKNOWN"})
PAID_IN_TYPES = frozenset({"INT", "DIV", "DIRECTDEP", "DEP"})  # of OFX: never a refund


def says_nothing(row: Row) -> bool:
    """Return whether neither the bank nor the user says what the row is."""
    return not row.chosen and row.category.upper() in SAYS_NOTHING


def refund_ids(rows: Sequence[Row]) -> set[UUID]:
    """Return the refunds among rows that are not transfers."""
    spent_in = SPENT_IN | {row.category for row in rows if row.amount > 0 and not says_nothing(row)} - EITHER_WAY
    found = {row.id for row in rows if row.amount < 0 and row.category in spent_in}
    if any(may_give_back(row) for row in rows):
        for members in by_merchant(rows):
            if any(may_give_back(row) for row in members):
                found |= given_back(members, found)
    return found


def may_give_back(row: Row) -> bool:
    """Return whether only earlier payments can show that the row is a refund."""
    return row.amount < 0 and says_nothing(row) and row.transaction_type not in PAID_IN_TYPES


def given_back(members: Iterable[Row], known: set[UUID]) -> set[UUID]:
    """Return the rows of one merchant that refund its charges; `known` refunds are included in the count."""
    found: set[UUID] = set()
    charges: deque[tuple[int, Decimal]] = deque()  # by day, the part not yet refunded
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
            open_amount = min(-row.amount, left)
            left -= open_amount
            while open_amount:
                on, amount = charges.pop()
                if amount > open_amount:
                    charges.append((on, amount - open_amount))
                open_amount -= min(amount, open_amount)
    return found


def settled_ids(rows: Iterable[Row]) -> set[UUID]:
    """Return the charges that were refunded in full, and their refunds. rows: spending, in which money in is a refund.

    A refund settles the latest unsettled charge of its merchant and amount.
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
