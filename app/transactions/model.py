"""What a transaction is, in Plaid's terms."""

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

UNCATEGORIZED = "UNCATEGORIZED"


class PaymentChannel(StrEnum):
    """How the payment was made."""

    ONLINE = "online"
    IN_STORE = "in store"
    OTHER = "other"


class Transaction(NamedTuple):
    """One row of spending.

    `amount` has Plaid's sign: positive is money out (a purchase), negative is money in (a salary, a
    refund); always two decimals. `date` is the bank's calendar day, without a time zone. A named tuple:
    tens of thousands are made for one upload.
    """

    account_id: str
    transaction_id: str | None
    date: datetime.date
    amount: Decimal
    currency: str
    merchant_name: str | None
    payment_channel: PaymentChannel
    category: str
    pending: bool
