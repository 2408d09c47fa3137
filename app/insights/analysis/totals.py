"""Totals by month, category or merchant. Currencies are never added to each other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.insights.analysis.rows import Row, booked, grouped, ids_of, month_of, total_of
from app.insights.analysis.transfers import flow_of


class Grouping(StrEnum):
    """The criterion by which totals are grouped."""

    MONTH = "month"
    CATEGORY = "category"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One group in one currency: `net` = spent - received. Refunds lower `spent` and may make it negative.

    Transactions between the user's own accounts and payments of the user's own card are in no group.
    """

    group: str | None
    currency: str
    spent: Decimal
    received: Decimal
    net: Decimal
    count: int
    transaction_ids: tuple[UUID, ...]


KEYS: dict[Grouping, Callable[[Row], str | None]] = {
    Grouping.MONTH: month_of,
    Grouping.CATEGORY: lambda row: row.category,
    Grouping.MERCHANT: lambda row: row.merchant,
}


def totals(rows: Iterable[Row], grouping: Grouping) -> list[Total]:
    """Return the groups ordered by name; rows without one (a merchant) come first."""
    key = KEYS[grouping]
    counted = booked(rows)
    flow = flow_of(counted)
    moved, received = set(ids_of(flow.moved)), set(ids_of(flow.income))
    groups = grouped((row for row in counted if row.id not in moved), lambda row: (key(row), row.currency))
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] or "", item[0][1]))
    return [total(group, currency, members, received) for (group, currency), members in ordered]


def total(group: str | None, currency: str, members: list[Row], received: set[UUID]) -> Total:
    """Add up one group in one currency. received: the ids of income."""
    spent = total_of((row for row in members if row.id not in received), currency)
    net = total_of(members, currency)
    return Total(
        group=group,
        currency=currency,
        spent=spent,
        received=spent - net,
        net=net,
        count=len(members),
        transaction_ids=ids_of(members),
    )
