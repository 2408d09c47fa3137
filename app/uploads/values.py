"""One value each: text in, the checked value out, ValueError for what cannot be used."""

import datetime
import re
from decimal import Decimal
from functools import lru_cache

from app.transactions.model import UNCATEGORIZED, PaymentChannel

DEFAULT_CURRENCY = "USD"
MAX_NAME = 200

AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,2})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
NOTHING = Decimal("0.00")  # added, it brings two decimals and takes the sign from minus zero
AMOUNT_LIMIT = 10**12
BOOLEANS = {"true": True, "false": False}

WANTED_NAME = f"1 to {MAX_NAME} printable characters"
WANTED_OPTIONAL_NAME = f"at most {MAX_NAME} printable characters, or nothing"
WANTED_DATE = "a date as YYYY-MM-DD"
WANTED_AMOUNT = (
    "a decimal number such as 12.34 or -5: at most 12 digits, then at most 2 after a point; "
    "no currency sign, no thousands separator"
)
WANTED_CURRENCY = f"three capital letters such as EUR, or nothing for {DEFAULT_CURRENCY}"
WANTED_MERCHANT = f"at most {MAX_NAME} characters, or nothing"
WANTED_CHANNEL = f"one of: {', '.join(channel.value for channel in PaymentChannel)}"
WANTED_CATEGORY = f"at most {MAX_NAME} printable characters, such as FOOD_AND_DRINK, or nothing"
WANTED_PENDING = "true or false"

# An export repeats its days, merchants and amounts: most texts were read before.
remembered = lru_cache(maxsize=4096)


@remembered
def read_name(text: str) -> str:
    """A short text in one line."""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError
    return text


def read_optional_name(text: str) -> str | None:
    """The same, or nothing. Not remembered: an identifier comes once."""
    if not text:
        return None
    if len(text) > MAX_NAME or not text.isprintable():
        raise ValueError
    return text


@remembered
def read_merchant(text: str) -> str | None:
    """A name as banks write them: runs of blanks and line ends become one blank."""
    name = " ".join(text.split())
    if len(name) > MAX_NAME or "\0" in name:
        raise ValueError
    name.encode()  # half a surrogate pair, as JSON can spell, is no text: UnicodeEncodeError is a ValueError
    return name or None


@remembered
def read_category(text: str) -> str:
    """A category; what has none is said so."""
    return read_name(text) if text else UNCATEGORIZED


@remembered
def read_date(text: str) -> datetime.date:
    """A calendar day."""
    if not DATE.fullmatch(text):
        raise ValueError
    return datetime.date.fromisoformat(text)


@remembered
def read_amount(text: str) -> Decimal:
    """An exact amount with two decimals; never minus zero."""
    if not AMOUNT.fullmatch(text):
        raise ValueError
    return Decimal(text) + NOTHING


def exact_amount(number: Decimal) -> Decimal:
    """The same of a number that was read already: further decimals must be zeros."""
    if not number.is_finite() or abs(number) >= AMOUNT_LIMIT:
        raise ValueError
    amount = round(number, 2)
    if amount != number:
        raise ValueError
    return amount + NOTHING


@remembered
def read_currency(text: str) -> str:
    """An ISO 4217 code."""
    if not text:
        return DEFAULT_CURRENCY
    if not CURRENCY.fullmatch(text):
        raise ValueError
    return text


@remembered
def read_channel(text: str) -> PaymentChannel:
    """How it was paid."""
    return PaymentChannel(text.lower())


def read_pending(text: str) -> bool:
    """Whether it is not booked yet."""
    if (pending := BOOLEANS.get(text.lower())) is None:
        raise ValueError
    return pending
