"""Money in against money out by month, and how regular the money in is."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.insights.analysis.recurring import Direction, Series, series_among
from app.insights.analysis.rows import Row, booked, grouped, ids_of, month_of, total_of
from app.insights.analysis.transfers import flow_of

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFlow:
    """One month in one currency: `net` = income - spending. Refunds lower spending and may make it negative.

    `moved_ids` are transactions between the user's own accounts or payments of the user's own card; neither figure
    includes them.
    """

    month: str
    currency: str
    income: Decimal
    spending: Decimal
    net: Decimal
    income_ids: tuple[UUID, ...]
    spending_ids: tuple[UUID, ...]
    moved_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeRegularity:
    """One currency: the share of all money in that came from the recurring `series`, from 0.00 to 1.00."""

    currency: str
    regular_share: Decimal
    series: tuple[Series, ...]
    irregular_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlow:
    """The months in order, and the income in each currency."""

    months: tuple[MonthFlow, ...]
    income: tuple[IncomeRegularity, ...]


def cash_flow(rows: Iterable[Row]) -> CashFlow:
    """Compare income with spending, using the booked rows."""
    counted = booked(rows)
    flow = flow_of(counted)
    months = {(month_of(row), row.currency) for row in counted}
    parts = [
        grouped(part, lambda row: (month_of(row), row.currency)) for part in (flow.income, flow.spending, flow.moved)
    ]
    incoming = grouped(flow.income, lambda row: row.currency)
    today = max((row.date for row in counted), default=datetime.date.min)
    series = series_among(flow.income, Direction.IN, today=today)
    return CashFlow(
        months=tuple(month_flow(*month, *(part.get(month, []) for part in parts)) for month in sorted(months)),
        income=tuple(
            regularity_of(currency, members, [one for one in series if one.currency == currency])
            for currency, members in sorted(incoming.items())
        ),
    )


def month_flow(month: str, currency: str, incoming: list[Row], outgoing: list[Row], moved: list[Row]) -> MonthFlow:
    """Add up one month in one currency."""
    income, spending = 0 - total_of(incoming, currency), total_of(outgoing, currency)
    return MonthFlow(
        month=month,
        currency=currency,
        income=income,
        spending=spending,
        net=income - spending,
        income_ids=ids_of(incoming),
        spending_ids=ids_of(outgoing),
        moved_ids=ids_of(moved),
    )


def regularity_of(currency: str, members: list[Row], series: list[Series]) -> IncomeRegularity:
    """Compute the recurring share of the income."""
    regular_ids = {row_id for one in series for row_id in one.transaction_ids}
    regular = total_of((row for row in members if row.id in regular_ids), currency)
    return IncomeRegularity(
        currency=currency,
        regular_share=abs(regular / total_of(members, currency)).quantize(HUNDREDTH),
        series=tuple(series),
        irregular_ids=ids_of(row for row in members if row.id not in regular_ids),
    )
