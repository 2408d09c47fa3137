"""Request and response models of transactions."""

import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.transactions.model import PaymentChannel

MAX_CATEGORY = 200


def printable(text: str) -> str:
    """Check that the text is one line of printable characters."""
    if not text.isprintable() or text != text.strip():
        raise ValueError("should have printable characters and no leading or trailing spaces")
    return text


CategoryName = Annotated[str, Field(min_length=1, max_length=MAX_CATEGORY), AfterValidator(printable)]


class StoredTransaction(BaseModel):
    """A transaction. A positive amount is money out, a negative one money in, in `currency`."""

    id: UUID
    upload_id: UUID = Field(description="The upload that first contained it")
    account_id: str
    transaction_id: str | None = Field(description="The bank's own id")
    date: datetime.date = Field(description="The bank's calendar day, without a time zone")
    amount: Decimal = Field(examples=["4.50"])
    currency: str = Field(examples=["USD"])
    merchant_name: str | None
    payment_channel: PaymentChannel
    category: str = Field(description="The user's own choice, else the bank's category")
    bank_category: str
    pending: bool
    detailed_category: str | None = Field(description="Plaid's detailed category")
    original_name: str | None = Field(description="The name as the bank's statement has it")
    memo: str | None
    transaction_type: str | None = Field(description="OFX's TRNTYPE", examples=["XFER"])
    pending_transaction_id: str | None = Field(
        description="The bank's id of the row that this one replaced: the pending one, or one that it corrects"
    )
    account_type: str | None = Field(description="Plaid's", examples=["depository"])
    account_subtype: str | None = Field(description="Plaid's", examples=["checking"])


class FormerTransaction(BaseModel):
    """A transaction before the bank changed, replaced or removed it."""

    ended_at: datetime.datetime = Field(description="When this state ended, UTC")
    upload_id: UUID = Field(description="The upload that changed it")
    fate: Literal["updated", "replaced", "removed"]
    pending: bool
    date: datetime.date
    transaction_id: str | None
    merchant_name: str | None
    amount: Decimal
    currency: str
    category: str = Field(description="The user's own choice, else the bank's category")
    bank_category: str
    payment_channel: PaymentChannel


class Versions(BaseModel):
    """Earlier states of one transaction, the latest first."""

    items: list[FormerTransaction]


class CategoryChange(BaseModel):
    """A category of the user's own; null returns to the bank's."""

    model_config = ConfigDict(extra="forbid")

    category: CategoryName | None = Field(examples=["GIFTS"])
