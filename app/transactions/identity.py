"""Decides which rows of one file are the same row.

Without a bank's `transaction_id`, two equal rows are two rows (two coffees on one day): if the same file is uploaded
again, or one that overlaps it by whole days, it contains the same two rows. So each row has the number of its
occurrence among equal ones, and a stored row corresponds to one occurrence. Category and channel do not make a payment
another one: a row that differs from a stored one in these alone is its later state (payment_statements.py).

With an id, equal rows are one row listed twice. Rows that differ are different rows even with the same id: the standard
asks for FITIDs that are unique within an account, but a row must not vanish because a bank violates that. So each row
has the number of its variant of the id. Booked and pending rows count separately: a file may have both states of one
payment.
"""

from typing import NamedTuple

HALF_BITS = 64


class Place(NamedTuple):
    """A row's number among the equal rows of its file, and among the variants of its id, itself included."""

    occurrence: int
    variant: int


FIRST = Place(1, 1)  # most rows: made once


class Places:
    """Numbers the rows of one file, in their order. Stores 128 bits for each distinct row and each id."""

    def __init__(self) -> None:
        self.occurrences: dict[int, int] = {}
        self.variants: dict[int, int] = {}

    def of(self, content: str, *, of_id: str | None = None) -> Place:
        """Return the place of the file's next row.

        content: identical for equal rows, and only for them. of_id: the bank's id with account and state, for a row
        that may be a variant.
        """
        row = digest(content)
        occurrence = self.occurrences[row] = self.occurrences.get(row, 0) + 1
        if of_id is None:
            return FIRST if occurrence == 1 else Place(occurrence, 1)
        bank_id = digest(of_id)
        variant = self.variants.get(bank_id, 0)
        if occurrence == 1:
            variant = self.variants[bank_id] = variant + 1
        return Place(occurrence, variant)


def digest(text: str) -> int:
    """Hash the text to 128 bits, which makes an accidental collision practically impossible.

    These are Python's own hashes, of the text and of a longer one. They take three fifths of hashlib's time, and their
    random key is the process's: they are compared within one file only.
    """
    return hash(text) << HALF_BITS ^ hash(text + "\n")
