"""Response models of the insights. Amounts are decimal strings with Plaid's sign: positive is money out."""

import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.insights.analysis.cash_flow import CashFlow
from app.insights.analysis.changes import Change
from app.insights.analysis.recurring import Series
from app.insights.analysis.totals import Total
from app.insights.analysis.unusual import Unusual

Item = TypeVar("Item")


class CategoryMonth(BaseModel):
    """One category in one month and currency. Pending transactions are counted separately and are not in `total`."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$", examples=["2026-01"])
    category: str
    currency: str
    total: Decimal
    count: int
    pending_count: int


class Summary(BaseModel):
    """The money spent and received by category between two days, both included; None is an open end.

    Transactions between the user's own accounts and payments of the user's own cards or loans are in no group; refunds
    lower a total. If there are more than 50,000 rows, such transactions are recognized only among the latest.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    from_date: datetime.date | None = Field(alias="from")
    to_date: datetime.date | None = Field(alias="to")
    groups: list[CategoryMonth]


class Analysed(BaseModel):
    """The rows an insight is based on: the latest ones between its days. Not `complete` when there were more."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_date: datetime.date | None = Field(alias="from", description="The first row's day")
    to_date: datetime.date | None = Field(alias="to", description="The last row's day")
    rows: int
    complete: bool


class Findings(BaseModel, Generic[Item]):
    """The findings of an insight. Each item names the transactions that explain it."""

    analysed: Analysed
    items: list[Item]


class CashFlowFindings(BaseModel):
    """Money in against money out, and how regular the money in is."""

    analysed: Analysed
    cash_flow: CashFlow


Totals = Findings[Total]
Recurring = Findings[Series]
UnusualCharges = Findings[Unusual]
Changes = Findings[Change]
