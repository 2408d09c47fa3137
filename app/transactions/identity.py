"""Which rows of one file are the same row.

Without a bank's `transaction_id`, two equal rows are two rows (two coffees on one day): the file that has them again,
or one that overlaps it by whole days, brings the same two again. So each has its occurrence among its equals, and a
stored row answers for one occurrence.

With an id, equal rows are one row listed twice. Rows that differ are different rows even under one id: FITIDs are
unique within an account only by the standard's wish, and a row must not vanish because a bank broke it. So each has
the number of its variant under the id. Booked and pending count apart: a file may have both states of one payment.
"""

from collections import Counter, defaultdict
from hashlib import blake2b
from typing import NamedTuple

from app.transactions.model import Transaction

# Stands between fields; no field can hold it, because PostgreSQL's text cannot.
SEPARATOR = "\0"
ID_BYTES = 16


class Place(NamedTuple):
    """A row among those of its file: how many equal ones there were, how many variants of its id, this one counted."""

    occurrence: int
    variant: int


class Places:
    """Tells the places of one file's rows, in their order. Remembers 16 bytes for each distinct row and each id."""

    def __init__(self) -> None:
        self.occurrences: Counter[bytes] = Counter()
        self.variants: defaultdict[bytes, int] = defaultdict(int)

    def of(self, row: Transaction) -> Place:
        """The place of the file's next row."""
        state = f"{row.pending}{row.correction}"
        details = () if row.transaction_id is None else [text or "" for text in row[9:14]]
        content = digest(
            row.account_id,
            row.transaction_id or "",
            row.date.isoformat(),
            str(row.amount),
            row.currency,
            row.merchant_name or "",
            row.payment_channel,
            row.category,
            state,
            *details,
        )
        occurrence = self.occurrences[content] = self.occurrences[content] + 1
        if row.transaction_id is None or row.correction:
            return Place(occurrence, 1)
        bank_id = digest(row.account_id, row.transaction_id, state)
        if occurrence == 1:
            self.variants[bank_id] += 1
        return Place(occurrence, self.variants[bank_id])


def digest(*fields: str) -> bytes:
    """A short hash of the fields; 128 bits keep accidental equality out of reach."""
    return blake2b(SEPARATOR.join(fields).encode(), digest_size=ID_BYTES).digest()
