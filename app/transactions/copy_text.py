r"""Rows as the text that PostgreSQL's COPY reads: a line for each, tabs between, \N for NULL."""

from app.transactions.model import Transaction

COLUMNS = ("id", *Transaction._fields[:9])
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(row_id: str, row: Transaction) -> str:
    """One line, in the order of COLUMNS."""
    fields = (
        row_id,
        escaped(row.account_id),
        NULL if row.transaction_id is None else escaped(row.transaction_id),
        row.date.isoformat(),
        str(row.amount),
        row.currency,
        NULL if row.merchant_name is None else escaped(row.merchant_name),
        row.payment_channel.value,
        escaped(row.category),
        "t" if row.pending else "f",
    )
    return "\t".join(fields) + "\n"


def escaped(text: str) -> str:
    """The text with what COPY reads otherwise spelled out; most has nothing of it."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)
