"""The rows insights are made of, and what most of them begin with."""

import datetime
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeVar
from uuid import UUID

from app.transactions.currencies import with_digits

Key = TypeVar("Key", bound=Hashable)


class Role(StrEnum):
    """What a booked row means: see `transfers.py`. Refunds are spending."""

    INCOME = "income"
    SPENDING = "spending"
    MOVED = "moved"


class Row(NamedTuple):
    """One transaction. A positive amount is money out. `category` is the user's own where `chosen`, else the bank's.

    `role` is None until the row was judged.
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


def month_of(row: Row) -> str:
    """As 2026-01."""
    return row.date.isoformat()[:7]


def booked(rows: Iterable[Row]) -> list[Row]:
    """The rows that count: what is pending may still change or vanish."""
    return [row for row in rows if not row.pending]


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """The rows by a key, each group in the rows' order."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def total_of(rows: Iterable[Row], currency: str) -> Decimal:
    """The exact sum of the amounts, which are all in this currency, with its digits."""
    return with_digits(sum((row.amount for row in rows), Decimal(0)), currency)


def ids_of(rows: Iterable[Row]) -> tuple[UUID, ...]:
    """What explains a figure."""
    return tuple(row.id for row in rows)
