r"""Rows as text for PostgreSQL's COPY: one line each, separated by tabs, \N for NULL."""

import datetime
from functools import lru_cache
from typing import Final

from app.transactions.identity import Places
from app.transactions.model import MARKS, Account, Removal, Transaction

# Columns of the temporary table that uploads are merged from (app/transactions/repository.py).
COLUMNS = (
    "kind",
    "occurrence",
    "variant",
    *(name for name in Transaction._fields if name not in MARKS),
    "account_type",
    "account_subtype",
    "account_name",
)
ROW, CORRECTION, REPLACEMENT, REMOVAL, ACCOUNT = "row", "correction", "replacement", "removal", "account"
NULL: Final = "\\N"
NO_ACCOUNT = f"\t{NULL}" * 3 + "\n"
NO_DETAILS = "\t".join([NULL] * 5)
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

day_text = lru_cache(maxsize=4096)(datetime.date.isoformat)  # a file repeats its days


def copy_line(places: Places, row: Transaction) -> str:
    """Render a file's next row, in the order of COLUMNS. Rows are compared by the text that is written."""
    kind = CORRECTION if row.correction else REPLACEMENT if row.replacement else ROW
    account_id = escaped_again(row.account_id)
    bank_id = escaped(row.transaction_id) if row.transaction_id else NULL
    pending = "t" if row.pending else "f"
    content = (
        f"{account_id}\t{bank_id}\t{day_text(row.date)}\t{row.amount!s}\t{row.currency}\t"
        f"{escaped(row.merchant_name) if row.merchant_name else NULL}\t{row.payment_channel!s}\t"
        f"{escaped_again(row.category)}\t{pending}"
    )
    details = details_of(row)
    if bank_id is NULL:
        place = places.of(f"{kind}\t{content}\t{row.detailed_category or ''}")
    elif kind is not ROW:
        place = places.of(f"{kind}\t{content}\t{details}")
    else:
        place = places.of(f"{kind}\t{content}\t{details}", of_id=f"{account_id}\t{bank_id}\t{pending}")
    return f"{kind}\t{place.occurrence}\t{place.variant}\t{content}\t{details}{NO_ACCOUNT}"


def details_of(row: Transaction) -> str:
    """Render the fields that most files lack."""
    detailed, original, memo = row.detailed_category, row.original_name, row.memo
    if not (detailed or original or memo or row.transaction_type or row.pending_transaction_id):
        return NO_DETAILS
    details = (detailed, original, memo, row.transaction_type, row.pending_transaction_id)
    return "\t".join([escaped(text) if text else NULL for text in details])


def removal_line(removal: Removal) -> str:
    """Render a removal, in the order of COLUMNS."""
    return line_of(
        REMOVAL,
        account_id=removal.account_id,
        transaction_id=removal.transaction_id,
        date=None if removal.date is None else removal.date.isoformat(),
        amount=None if removal.amount is None else str(removal.amount),
        merchant_name=removal.merchant_name,
    )


def account_line(account: Account) -> str:
    """Render an account, in the order of COLUMNS."""
    return line_of(
        ACCOUNT,
        account_id=account.account_id,
        account_type=account.type,
        account_subtype=account.subtype,
        account_name=account.name,
    )


def line_of(kind: str, **texts: str | None) -> str:
    """Render one line with these columns, the others NULL."""
    fields = (texts.get(column) for column in COLUMNS[1:])
    return "\t".join([kind, *(NULL if text is None else escaped(text) for text in fields)]) + "\n"


def escaped(text: str) -> str:
    """Escape what COPY would interpret; most text contains none of it."""
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


escaped_again = lru_cache(maxsize=4096)(escaped)  # of few different texts: a file's accounts and categories
