"""Insights on the wire. Amounts are decimal strings with Plaid's sign: positive is money out."""

import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class CategoryMonth(BaseModel):
    """One category in one month and currency. Pending transactions are counted apart and not in `total`."""

    month: str = Field(pattern=r"^\d{4}-\d{2}$", examples=["2026-01"])
    category: str
    currency: str
    total: Decimal
    count: int
    pending_count: int


class Summary(BaseModel):
    """Where the money went between two days, both included; None is an open end."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_date: datetime.date | None = Field(alias="from")
    to_date: datetime.date | None = Field(alias="to")
    groups: list[CategoryMonth]
