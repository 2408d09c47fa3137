r"""Rows as the text that PostgreSQL's COPY reads: a line for each, tabs between, \N for NULL."""

from uuid import UUID

from app.transactions.model import Transaction

COLUMNS = ("id", *Transaction._fields)
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(row_id: UUID, row: Transaction) -> str:
    """One line, in the order of COLUMNS."""
    fields = (
        row_id.hex,
        row.account_id.translate(ESCAPES),
        NULL if row.transaction_id is None else row.transaction_id.translate(ESCAPES),
        row.date.isoformat(),
        str(row.amount),
        row.currency,
        NULL if row.merchant_name is None else row.merchant_name.translate(ESCAPES),
        row.payment_channel.value,
        row.category.translate(ESCAPES),
        "t" if row.pending else "f",
    )
    return "\t".join(fields) + "\n"
