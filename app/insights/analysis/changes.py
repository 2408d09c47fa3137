"""Compares spending with the month before, by category."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.rows import Row, booked, grouped, ids_of, total_of
from app.insights.analysis.transfers import flow_of

TENTH = Decimal("0.1")
NO_TENTH = Decimal("0.0")  # added to -0.0, gives 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:  # pylint: disable=too-many-instance-attributes  # the response has these fields
    """A category's net spending in a month and the month before; `percent` is relative to `before`, None if that was
    zero.

    Transactions between the user's own accounts and payments of the user's own card are in no category.
    """

    month: str
    category: str
    currency: str
    before: Decimal
    after: Decimal
    change: Decimal
    percent: Decimal | None
    transaction_ids: tuple[UUID, ...]
    before_transaction_ids: tuple[UUID, ...]


def changes(rows: Iterable[Row]) -> list[Change]:
    """Compare each category in each month after the first, if it had rows in that month or the one before."""
    flow = flow_of(booked(rows))
    groups = grouped([*flow.income, *flow.spending], lambda row: (month_index(row.date), row.category, row.currency))
    if not groups:
        return []
    first, last = min(groups)[0], max(groups)[0]
    # A group appears in its own month and the next. Between distant rows there are many months without any.
    seen = {(index + later, category, currency) for index, category, currency in groups for later in (0, 1)}
    return [
        change_of(
            f"{index // 12:04}-{index % 12 + 1:02}",
            category,
            currency,
            groups.get((index - 1, category, currency), []),
            groups.get((index, category, currency), []),
        )
        for index, category, currency in sorted(seen)
        if first < index <= last
    ]


def month_index(date: datetime.date) -> int:
    """Count the months since the beginning of the calendar."""
    return date.year * 12 + date.month - 1


def change_of(month: str, category: str, currency: str, earlier: list[Row], members: list[Row]) -> Change:
    before, after = total_of(earlier, currency), total_of(members, currency)
    percent = None if not before else ((after - before) / abs(before) * 100).quantize(TENTH) + NO_TENTH
    return Change(
        month=month,
        category=category,
        currency=currency,
        before=before,
        after=after,
        change=after - before,
        percent=percent,
        transaction_ids=ids_of(members),
        before_transaction_ids=ids_of(earlier),
    )
