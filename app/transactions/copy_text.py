r"""Rows as the text that PostgreSQL's COPY reads: a line for each, tabs between, \N for NULL."""

from typing import Final

from app.transactions.identity import Place
from app.transactions.model import Account, Removal, Transaction

# Of the temporary table that uploads are merged from (app/transactions/repository.py).
COLUMNS = (
    "kind",
    "occurrence",
    "variant",
    *(name for name in Transaction._fields if name != "correction"),
    "account_type",
    "account_subtype",
    "account_name",
)
ROW, CORRECTION, REMOVAL, ACCOUNT = "row", "correction", "removal", "account"
NULL: Final = "\\N"
NO_ACCOUNT = f"\t{NULL}" * 3 + "\n"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_line(place: Place, row: Transaction) -> str:
    """One line, in the order of COLUMNS."""
    fields = (
        CORRECTION if row.correction else ROW,
        str(place.occurrence),
        str(place.variant),
        escaped(row.account_id),
        NULL if row.transaction_id is None else escaped(row.transaction_id),
        row.date.isoformat(),
        str(row.amount),
        row.currency,
        NULL if row.merchant_name is None else escaped(row.merchant_name),
        row.payment_channel.value,
        escaped(row.category),
        "t" if row.pending else "f",
        NULL if row.detailed_category is None else escaped(row.detailed_category),
        NULL if row.original_name is None else escaped(row.original_name),
        NULL if row.memo is None else escaped(row.memo),
        NULL if row.transaction_type is None else escaped(row.transaction_type),
        NULL if row.pending_transaction_id is None else escaped(row.pending_transaction_id),
    )
    return "\t".join(fields) + NO_ACCOUNT


def removal_line(removal: Removal) -> str:
    """A removal's, in the order of COLUMNS."""
    return line_of(REMOVAL, account_id=removal.account_id, transaction_id=removal.transaction_id)


def account_line(account: Account) -> str:
    """An account's, in the order of COLUMNS."""
    return line_of(
        ACCOUNT,
        account_id=account.account_id,
        account_type=account.type,
        account_subtype=account.subtype,
        account_name=account.name,
    )


def line_of(kind: str, **texts: str | None) -> str:
    """One line with these columns, the others NULL."""
    fields = (texts.get(column) for column in COLUMNS[1:])
    return "\t".join([kind, *(NULL if text is None else escaped(text) for text in fields)]) + "\n"


def escaped(text: str) -> str:
    """The text with what COPY reads otherwise spelled out; most has nothing of it."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)
