"""The filters of a list of transactions, as query parameters and as SQL."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.platform import api
from app.platform.paging import DEFAULT_LIMIT, MAX_LIMIT
from app.transactions.account_ids import UsersAccountIds

# PostgreSQL's text cannot contain NUL.
SearchText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
AmountBound = Annotated[Decimal, Field(max_digits=16, decimal_places=4)]

LIKE_ESCAPES = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Filters(BaseModel):
    """The filters of a list; those that are given must all match."""

    model_config = ConfigDict(frozen=True, extra="forbid")  # a misspelled filter would show more than was requested

    from_date: api.Day | None = Field(None, alias="from", description="First day, included")
    to_date: api.Day | None = Field(None, alias="to", description="Last day, included")
    account_id: SearchText | None = None
    category: SearchText | None = Field(None, description="The effective category: the user's, else the bank's")
    merchant: SearchText | None = Field(None, description="Part of the merchant's name, case-insensitive")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    min_amount: AmountBound | None = Field(None, description="Minimum; a positive amount is money out")
    max_amount: AmountBound | None = Field(None, description="Maximum")
    pending: bool | None = None
    upload_id: UUID | None = Field(None, description="The upload that first contained it")

    def conditions(self, ids: UsersAccountIds | None) -> list[tuple[str, object]]:
        """Return SQL conditions, each with its parameter; `{}` marks its place. ids: replaces an old account id."""
        accounts = None
        if self.account_id is not None:
            accounts = [self.account_id] if ids is None else ids.every_form(self.account_id)
        merchant = None if self.merchant is None else f"%{self.merchant.translate(LIKE_ESCAPES)}%"
        every: list[tuple[str, object]] = [
            ("date >= {}", self.from_date),
            ("date <= {}", self.to_date),
            ("account_id = ANY({}::text[])", accounts),
            ("coalesce(user_category, category) = {}", self.category),
            ("merchant_name ILIKE {}", merchant),
            ("currency = {}", self.currency),
            ("amount >= {}::numeric", self.min_amount),
            ("amount <= {}::numeric", self.max_amount),
            ("pending = {}", self.pending),
            ("upload_id = {}", self.upload_id),
        ]
        return [(condition, value) for condition, value in every if value is not None]


class ListQuery(Filters):
    """The filters, and which part of the list to return."""

    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
