"""Which rows of one file are the same row.

Without a bank's `transaction_id`, two equal rows are two rows (two coffees on one day): the file that has them again,
or one that overlaps it by whole days, brings the same two again. So each has its occurrence among its equals, and a
stored row answers for one occurrence.

With an id, equal rows are one row listed twice. Rows that differ are different rows even under one id: FITIDs are
unique within an account only by the standard's wish, and a row must not vanish because a bank broke it. So each has
the number of its variant under the id. Booked and pending count apart: a file may have both states of one payment.
"""

from hashlib import blake2b
from typing import NamedTuple

ID_BYTES = 16


class Place(NamedTuple):
    """A row among those of its file: how many equal ones there were, how many variants of its id, this one counted."""

    occurrence: int
    variant: int


class Places:
    """Tells the places of one file's rows, in their order. Remembers 16 bytes for each distinct row and each id."""

    def __init__(self) -> None:
        self.occurrences: dict[bytes, int] = {}
        self.variants: dict[bytes, int] = {}

    def of(self, content: str, *, of_id: str | None = None) -> Place:
        """The place of the file's next row.

        content: equal rows have the same, and no others have. of_id: the bank's id in its account and state, of a row
        that may be a variant.
        """
        row = digest(content)
        occurrence = self.occurrences[row] = self.occurrences.get(row, 0) + 1
        if of_id is None:
            return Place(occurrence, 1)
        bank_id = digest(of_id)
        variant = self.variants.get(bank_id, 0)
        if occurrence == 1:
            variant = self.variants[bank_id] = variant + 1
        return Place(occurrence, variant)


def digest(text: str) -> bytes:
    """A short hash of the text; 128 bits keep accidental equality out of reach."""
    return blake2b(text.encode(), digest_size=ID_BYTES).digest()
