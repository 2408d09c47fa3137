"""Charges that came back: money in from the same merchant, of the same amount, soon afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from app.insights.rows import Row

LONGEST_WAIT_DAYS = 90


def refunded_ids(members: Sequence[Row]) -> set[UUID]:
    """The charges among one merchant's rows that were paid back in full, and the rows that paid them back.

    A refund pays back the latest charge of its amount that is not paid back yet.
    """
    open_charges: dict[Decimal, list[Row]] = defaultdict(list)
    settled: set[UUID] = set()
    # On one day the charge comes before its refund.
    for row in sorted(members, key=lambda one: (one.date, one.amount < 0, one.id)):
        if row.amount > 0:
            open_charges[row.amount].append(row)
            continue
        charges = open_charges[-row.amount]
        if charges and (row.date - charges[-1].date).days <= LONGEST_WAIT_DAYS:
            settled |= {charges.pop().id, row.id}
    return settled
