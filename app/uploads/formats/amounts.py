"""Amounts and currencies: exact decimals with the decimal places that ISO 4217 gives a currency.

Amounts are never guessed. A point is the decimal point; where a file may use a comma instead, a number that could
equally have a thousands separator (`1,650`) is refused. More decimal places than the currency has, as written by
programs that compute with floats, are rounded half to even, and a note says so.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from app.transactions.currencies import CENTS, DECIMAL_PLACES, NO_MONEY, NOTHING
from app.uploads.formats.reading import InexactError, UnusableError

AMOUNT_DIGITS = 12  # before the point
MAX_CHARACTERS = 64  # including leading zeros and the digits of a float
SIMPLE = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,2})?")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
WITH_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")

EXPECTED_AMOUNT = (
    "a decimal number such as 12.34 or -5: at most 12 digits before a point; no currency sign, no thousands separator"
)
EXPECTED_NO_GROUPS = "an unambiguous number, such as 1650.00 or 1.65: not one that may have a thousands separator"
EXPECTED_CURRENCY = "an ISO 4217 currency code, such as EUR"
EXPECTED_ANY_CURRENCY = f"{EXPECTED_CURRENCY}: the row has none. Give the file's currency with the option `currency`"
NOT_PAID_WITH = "is the code of a metal, a unit of account or a test, not of money"
ROUNDED = "rounded to its currency's number of decimal places"


def money(text: str, currency: str) -> Decimal:
    """Read an amount with a decimal point. Errors: UnusableError, InexactError."""
    if currency in CENTS and SIMPLE.fullmatch(text):  # nearly all amounts
        return Decimal(text) + NOTHING[currency]
    if not NUMBER.fullmatch(text) or len(text) > MAX_CHARACTERS:
        raise UnusableError(EXPECTED_AMOUNT)
    if not DECIMAL_PLACES[currency] and GROUPED.fullmatch(text):  # 1.650 yen may mean 1650 or 2
        raise UnusableError(EXPECTED_NO_GROUPS)
    return settled(Decimal(text), currency)


@lru_cache(maxsize=4096)
def money_with_comma(text: str, currency: str) -> Decimal:
    """Read an amount where a comma may stand for the point, and the point for nothing else."""
    if GROUPED.fullmatch(text) and ("," in text or DECIMAL_PLACES[currency] < 3):
        raise UnusableError(EXPECTED_NO_GROUPS)
    return money_by_either(text, currency)


@lru_cache(maxsize=4096)
def money_by_either(text: str, currency: str) -> Decimal:
    """Read an amount where comma and point are both decimal points, as in OFX."""
    if "," in text:
        if GROUPED.fullmatch(text) or not WITH_COMMA.fullmatch(text):
            raise UnusableError(EXPECTED_NO_GROUPS)
        text = text.replace(",", ".")
    return money(text, currency)


def settled(number: Decimal, currency: str) -> Decimal:
    """Convert the number to an amount of this currency; never minus zero. Errors: UnusableError, InexactError."""
    if not number.is_finite() or number.adjusted() >= AMOUNT_DIGITS:
        raise UnusableError(EXPECTED_AMOUNT)
    amount = number.quantize(NOTHING[currency], ROUND_HALF_EVEN) + NOTHING[currency]
    if amount.adjusted() >= AMOUNT_DIGITS:
        raise UnusableError(EXPECTED_AMOUNT)
    if amount != number:
        raise InexactError(amount, ROUNDED)
    return amount


def read_currency(text: str) -> str:
    """Read a code of ISO 4217 that has decimal places. Errors: UnusableError, also for an empty text."""
    if text not in DECIMAL_PLACES:
        expected = EXPECTED_CURRENCY if text else EXPECTED_ANY_CURRENCY
        raise UnusableError(f"{expected}; {text} {NOT_PAID_WITH}" if text in NO_MONEY else expected)
    return text


def read_currency_or_unofficial(text: str, unofficial: str, default: str | None) -> str:
    """Read the currency of a row with Plaid's two fields. Errors: UnusableError, also without an ISO code."""
    if not text and unofficial:
        raise UnusableError(f"{EXPECTED_CURRENCY}; an unofficial currency cannot be stored")
    return read_currency(text or default or "")
