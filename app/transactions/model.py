"""The model of a transaction, in Plaid's terms."""

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

UNCATEGORIZED = "UNCATEGORIZED"


class PaymentChannel(StrEnum):
    """The channel through which a payment was made."""

    ONLINE = "online"
    IN_STORE = "in store"
    OTHER = "other"


class Transaction(NamedTuple):
    """One transaction.

    `amount` has Plaid's sign: positive is money out (a purchase), negative is money in (a salary, a refund). `date` is
    the bank's calendar day, without a time zone. `merchant_name` is the best available name, `original_name` the
    statement's own. `pending_transaction_id` names the row that this one replaces: the pending one, or with
    `replacement` the row that an OFX statement corrects. `transaction_type` is OFX's TRNTYPE, `correction` an entry of
    /transactions/sync's `modified`. A named tuple, because one upload makes tens of thousands.
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
    detailed_category: str | None = None
    original_name: str | None = None
    memo: str | None = None
    transaction_type: str | None = None
    pending_transaction_id: str | None = None
    correction: bool = False
    replacement: bool = False


# The marks of a transaction that are not columns: they decide its kind (copy_text.py).
MARKS = frozenset({"correction", "replacement"})


class Removal(NamedTuple):
    """The bank withdrew a transaction: an entry of /transactions/sync's `removed`, or a deletion in an OFX statement.

    account_id None: any account. The other values tell apart the rows of an id that is not unique.
    """

    transaction_id: str
    account_id: str | None
    date: datetime.date | None = None
    amount: Decimal | None = None
    merchant_name: str | None = None


class Account(NamedTuple):
    """An account as the file describes it, in Plaid's terms: a `credit card` is of type `credit`."""

    account_id: str
    type: str | None
    subtype: str | None
    name: str | None
