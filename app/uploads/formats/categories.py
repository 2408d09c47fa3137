"""Plaid's categories in all their spellings: an object, its text as pandas writes it, the older list of names.

The older names (`["Food and Drink", "Restaurants"]`) become those of personal_finance_category, so that one user's
coffee is in one category whenever it was exported, and a transfer is recognized. The list is kept as the detail.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from app.transactions.model import UNCATEGORIZED, Transaction
from app.uploads.formats.reading import DoubtfulError, UnusableError
from app.uploads.formats.values import CUT, LONGEST_CUT, MAX_NAME, NOTHING, beginning

AMOUNT = Transaction._fields.index("amount")
CATEGORY = Transaction._fields.index("category")
# Names under which programs flatten Plaid's object beside the row's other fields.
PLAIDS = "personal_finance_category"
PRIMARY_NAMES = (f"{PLAIDS}.primary", f"{PLAIDS}_primary", "category_primary", "primary_category", "pfc_primary")
DETAILED_NAMES = (f"{PLAIDS}.detailed", f"{PLAIDS}_detailed", "category_detailed", "detailed_category", "pfc_detailed")
EXPECTED_CATEGORY = "printable characters, such as FOOD_AND_DRINK, or nothing"
PRIMARY = re.compile(r"""['"]primary['"]\s*:\s*['"]([^'"]*)['"]""")
DETAILED = re.compile(r"""['"]detailed['"]\s*:\s*['"]([^'"]*)['"]""")
LISTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")

# The sign of the amount decides which of the two it is: money out or money in. The names begin with a character that no
# file's category can contain.
TRANSFER, INTEREST = "\0transfer", "\0interest"
BY_SIGN = {TRANSFER: ("TRANSFER_OUT", "TRANSFER_IN"), INTEREST: ("BANK_FEES", "INCOME")}
# The older names; the longest matching path counts. Source: Plaid's mapping of categories to personal_finance_category.
OLDER = {
    ("Bank Fees",): "BANK_FEES",
    ("Cash Advance",): TRANSFER,
    ("Community",): "GOVERNMENT_AND_NON_PROFIT",
    ("Food and Drink",): "FOOD_AND_DRINK",
    ("Healthcare",): "MEDICAL",
    ("Interest",): INTEREST,
    ("Payment",): "LOAN_PAYMENTS",
    ("Payment", "Rent"): "RENT_AND_UTILITIES",
    ("Recreation",): "ENTERTAINMENT",
    ("Recreation", "Gyms and Fitness Centers"): "PERSONAL_CARE",
    ("Service",): "GENERAL_SERVICES",
    ("Service", "Utilities"): "RENT_AND_UTILITIES",
    ("Service", "Cable"): "RENT_AND_UTILITIES",
    ("Service", "Telecommunication Services"): "RENT_AND_UTILITIES",
    ("Service", "Subscription"): "ENTERTAINMENT",
    ("Service", "Personal Care"): "PERSONAL_CARE",
    ("Shops",): "GENERAL_MERCHANDISE",
    ("Shops", "Supermarkets and Groceries"): "FOOD_AND_DRINK",
    ("Tax",): "GOVERNMENT_AND_NON_PROFIT",
    ("Transfer",): TRANSFER,
    ("Transfer", "Payroll"): "INCOME",
    ("Travel",): "TRAVEL",
    ("Travel", "Public Transportation Services"): "TRANSPORTATION",
    ("Travel", "Taxi"): "TRANSPORTATION",
    ("Travel", "Gas Stations"): "TRANSPORTATION",
    ("Travel", "Parking"): "TRANSPORTATION",
    ("Travel", "Tolls and Fees"): "TRANSPORTATION",
}
MONEY_IN = frozenset({"INCOME", "TRANSFER_IN"})
# The categories that in_its_direction or check_direction is about.
OF_ONE_DIRECTION = MONEY_IN | BY_SIGN.keys()
OPPOSITE = "its sign was followed (positive is money out), although the category means money in"
CARD_PAYMENT = ("Payment", "Credit Card")

remembered = lru_cache(maxsize=4096)


@remembered
def read_category(text: str) -> str:
    """Read a category; UNCATEGORIZED without one. Plaid's dict or list as text gives the name in it."""
    if text.startswith("{"):
        text = named_in(PRIMARY, text)
    elif text.startswith("["):
        return older_category(listed_in(text))
    return UNCATEGORIZED if text in NOTHING else short(text)


@remembered
def read_detailed_category(text: str) -> str | None:
    """Read the detailed category; None when empty."""
    return None if text in NOTHING else short(text)


@remembered
def read_detailed_in_text(text: str) -> str | None:
    """Read the detailed name from Plaid's dict or list as text; other categories have no detail."""
    if text.startswith("["):
        return older_detailed_category(listed_in(text))
    return read_detailed_category(named_in(DETAILED, text) if text.startswith("{") else "")


def older_category(names: Sequence[str]) -> str:
    """Map a list of Plaid's older names to a category; an unknown name is kept as it is."""
    if not names or names[0] in NOTHING:
        return UNCATEGORIZED
    for length in (2, 1):
        if category := OLDER.get(tuple(names[:length])):
            return category
    return short(names[0])


def older_detailed_category(names: Sequence[str]) -> str | None:
    """Return the detail: the names themselves, except for a card payment, which is not spending."""
    if tuple(names[:2]) == CARD_PAYMENT:
        return "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
    return short(" > ".join(names)) if len(names) > 1 else None


def in_its_direction(row: list[Any]) -> list[Any]:
    """Replace a category that depends on the direction of the money."""
    if row[CATEGORY] in BY_SIGN:
        row[CATEGORY] = BY_SIGN[row[CATEGORY]][row[AMOUNT] < 0]
    return row


def check_direction(row: list[Any]) -> None:
    """Errors: DoubtfulError when the category contradicts the sign, as when a program inverted all signs."""
    if row[CATEGORY] in MONEY_IN and row[AMOUNT] > 0:
        raise DoubtfulError(None, OPPOSITE)


def named_in(pattern: re.Pattern[str], text: str) -> str:
    """Return the name that the pattern finds, or an empty text."""
    found = pattern.search(text)
    return found[1] if found else ""


def listed_in(text: str) -> list[str]:
    """Return the names in a list that was written as text."""
    return [single or double for single, double in LISTED.findall(text)]


def short(text: str) -> str:
    """Return a category's name. Errors: UnusableError; DoubtfulError with the beginning of a long one."""
    name = " ".join(text.split())
    if len(name) > LONGEST_CUT or not name.isprintable():
        raise UnusableError(EXPECTED_CATEGORY)
    if len(name) > MAX_NAME:
        raise DoubtfulError(beginning(name), CUT)
    return name
