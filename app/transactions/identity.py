"""Which rows are the same row: what makes uploading the same file twice add nothing.

With Plaid's `transaction_id`, that is the identity. Without it, all fields of the row are, together with
the row's occurrence among identical rows of its file: two equal coffees on one day are two rows, and
the same file (or one that overlaps it by whole days) brings the same two again. `pending` counts among
the fields, so a payment that was pending in one export and booked in the next is two rows, of which
the insights count the booked one.
"""

from collections import Counter
from hashlib import blake2b

from app.transactions.model import Transaction

# Stands between fields; no field can hold it, because PostgreSQL's text cannot.
SEPARATOR = "\0"
ID_BYTES = 16


class Identities:
    """Names the rows of one file, in their order. Remembers 16 bytes for each distinct row without an id."""

    def __init__(self) -> None:
        self.occurrences: Counter[bytes] = Counter()

    def of(self, row: Transaction) -> str:
        """The identity of the file's next row: a UUID's 32 hexadecimal digits."""
        if row.transaction_id is not None:
            return digest("id", row.account_id, row.transaction_id).hex()
        content = digest(
            "content",
            row.account_id,
            row.date.isoformat(),
            str(row.amount),
            row.currency,
            row.merchant_name or "",
            row.payment_channel,
            row.category,
            "pending" if row.pending else "booked",
        )
        occurrence = self.occurrences[content] = self.occurrences[content] + 1
        if occurrence == 1:
            return content.hex()
        return digest("again", content.hex(), str(occurrence)).hex()


def digest(*fields: str) -> bytes:
    """A short hash of the fields; 128 bits keep accidental equality out of reach."""
    return blake2b(SEPARATOR.join(fields).encode(), digest_size=ID_BYTES).digest()
