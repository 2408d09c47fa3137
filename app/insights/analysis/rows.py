"""The rows that insights are computed from, and steps that most of them share."""

import datetime
import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import IO, NamedTuple, TypeVar
from uuid import UUID

from app.transactions.currencies import CENTS, with_digits

Key = TypeVar("Key", bound=Hashable)


class Role(StrEnum):
    """The meaning of a booked row: see `transfers.py`. Refunds are spending."""

    INCOME = "income"
    SPENDING = "spending"
    MOVED = "moved"


class Row(NamedTuple):
    """One transaction. A positive amount is money out. `category` is the user's own if `chosen`, else the bank's.

    `role` is None until it is determined.
    """

    id: UUID
    date: datetime.date
    amount: Decimal
    currency: str
    merchant: str | None
    category: str
    pending: bool
    account_id: str = ""
    account_type: str | None = None
    detailed_category: str | None = None
    transaction_type: str | None = None
    chosen: bool = False
    role: Role | None = None


def read_rows(file: IO[bytes]) -> list[Row]:
    """Read what `repository.copy_latest_rows` wrote: a line for each row, a JSON array as COPY writes text."""
    rows = []
    for line in file:
        # In COPY's text, a backslash stands for a control character or, doubled, for itself. JSON has only the latter.
        identifier, day, amount, currency, *others = json.loads(line.replace(b"\\\\", b"\\"))
        exact = Decimal(amount) if currency in CENTS else with_digits(Decimal(amount), currency)
        rows.append(Row(UUID(identifier), datetime.date.fromisoformat(day), exact, currency, *others))
    return rows


def month_of(row: Row) -> str:
    """Return the month in the form 2026-01."""
    return row.date.isoformat()[:7]


def booked(rows: Iterable[Row]) -> list[Row]:
    """Leave out pending rows, which may still change or vanish."""
    return [row for row in rows if not row.pending]


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Group the rows by a key, keeping their order within each group."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def total_of(rows: Iterable[Row], currency: str) -> Decimal:
    """Return the exact sum of the amounts, all in this currency, with the currency's number of decimal places."""
    return with_digits(sum((row.amount for row in rows), Decimal(0)), currency)


def ids_of(rows: Iterable[Row]) -> tuple[UUID, ...]:
    return tuple(row.id for row in rows)
