"""The fields of a transaction in Plaid's JSON: where each is, how it is read, and the message when it cannot be."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from app.uploads.formats import amounts, categories, values
from app.uploads.formats.json_scanner import Contradictory, members_of
from app.uploads.formats.reading import UnusableError

CATEGORY = categories.PLAIDS
OLDER = "category"
ISO, UNOFFICIAL = "iso_currency_code", "unofficial_currency_code"
EXPECTED_NUMBER = "a number such as 12.34, without quotes: at most 12 digits before a point"
EXPECTED_ONCE = "one value: the object repeats this name"

Element = dict[str, Any]


class Field(NamedTuple):
    """One field: its name, how it is read, and the message for a value that cannot be (ValueError)."""

    name: str
    read: Callable[[Element], Any]
    expected: str


def text_in(element: Element, name: str) -> str:
    """Return a text, or an empty one when absent."""
    value = element.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnusableError(f"{name} as a quoted string, or null")
    return value.strip()


def account_in(element: Element) -> str:
    """Read Plaid's account_id."""
    return values.read_name(text_in(element, "account_id"))


def identifier_in(element: Element) -> str | None:
    """Read Plaid's transaction_id."""
    return values.read_identifier(text_in(element, "transaction_id"))


def amount_in(element: Element, currency: str) -> Decimal:
    """Read a number; not `true`, which is a number in Python. A text is refused: Plaid never sends one."""
    value = element.get("amount")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnusableError(EXPECTED_NUMBER)
    return amounts.settled(Decimal(value), currency)


def currency_in(element: Element, default: str | None) -> str:
    """Read an ISO code. Errors: UnusableError, also for a currency without one (`unofficial_currency_code`)."""
    unofficial = "?" if has_unofficial_currency(element) else ""
    return amounts.read_currency_or_unofficial(text_in(element, ISO), unofficial, default)


def has_unofficial_currency(element: Element) -> bool:
    """Return whether the only currency given has no code of ISO 4217."""
    return not element.get(ISO) and element.get(UNOFFICIAL) not in (None, "")


def merchant_in(element: Element) -> str | None:
    """Read the merchant's name, else the statement's text: Plaid leaves the first empty for transfers."""
    return values.read_merchant(text_in(element, "merchant_name")) or values.read_merchant(text_in(element, "name"))


def category_in(element: Element) -> str:
    """Read the primary of Plaid's personal_finance_category, an object; or a text; or the older list of names."""
    value = element.get(CATEGORY)
    if isinstance(value, dict):
        return categories.read_category(text_in(value, "primary"))
    if value is None:
        if flat := first_in(element, categories.PRIMARY_NAMES):
            return categories.read_category(flat)
        if OLDER in element:
            return categories.older_category(names_in(element))
    return categories.read_category(text_in(element, CATEGORY))


def detailed_in(element: Element) -> str | None:
    """Read the detailed category beside it."""
    value = element.get(CATEGORY)
    if isinstance(value, dict):
        return categories.read_detailed_category(text_in(value, "detailed"))
    if value is None:
        if flat := first_in(element, categories.DETAILED_NAMES):
            return categories.read_detailed_category(flat)
        if OLDER in element and not first_in(element, categories.PRIMARY_NAMES):
            return categories.older_detailed_category(names_in(element))
    return categories.read_detailed_in_text(text_in(element, CATEGORY))


def first_in(element: Element, names: tuple[str, ...]) -> str:
    """Return the first of these fields that has a value."""
    return next((text for name in names if name in element and (text := text_in(element, name))), "")


def names_in(element: Element) -> list[str]:
    """Read Plaid's older category: names from the general to the specific."""
    value = element[OLDER]
    if isinstance(value, str):
        return [value]
    if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise UnusableError(f"{OLDER} as a list of names, or null")
    return value or []


def pending_in(element: Element) -> bool:
    """Read Plaid's pending; absent means booked."""
    value = element.get("pending")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise UnusableError(values.EXPECTED_PENDING)
    return value


def settled_later(_: Element) -> None:
    """Return no value yet: amount and currency are read together, at the end; fields Plaid lacks stay without one."""


def in_plaids_names(element: Any) -> Any:
    """Convert an object whose names are in camel case (`accountId`) to Plaid's own names."""
    if not isinstance(element, dict) or "account_id" in element or SPELLED_OTHERWISE.keys().isdisjoint(element):
        return element
    found = members_of([(in_plaids_spelling(name), value) for name, value in element.items()])
    if not isinstance(element, Contradictory):
        return found
    names = found.names if isinstance(found, Contradictory) else frozenset()
    return Contradictory(found, names | frozenset(map(in_plaids_spelling, element.names)))


def in_plaids_spelling(name: str) -> str:
    """Return a field's name as Plaid spells it; other names unchanged."""
    return SPELLED_OTHERWISE.get(name, name)


def contradictions_in(element: Element) -> list[str]:
    """Return the fields that have several values."""
    names = element.names & NAMES if isinstance(element, Contradictory) else frozenset()
    category = element.get(CATEGORY)
    if isinstance(category, Contradictory) and category.names & {"primary", "detailed"}:
        names |= {CATEGORY}
    return sorted(names)


# In the order of Transaction's fields.
FIELDS = (
    Field("account_id", account_in, values.EXPECTED_NAME),
    Field("transaction_id", identifier_in, values.EXPECTED_IDENTIFIER),
    Field("date", lambda found: values.read_date(text_in(found, "date")), values.EXPECTED_DATE),
    Field("amount", settled_later, EXPECTED_NUMBER),
    Field(ISO, settled_later, amounts.EXPECTED_CURRENCY),
    Field("merchant_name", merchant_in, values.EXPECTED_MERCHANT),
    Field(
        "payment_channel",
        lambda found: values.read_channel(text_in(found, "payment_channel")),
        values.CHANNEL_UNKNOWN,
    ),
    Field(CATEGORY, category_in, categories.EXPECTED_CATEGORY),
    Field("pending", pending_in, values.EXPECTED_PENDING),
    Field(CATEGORY, detailed_in, categories.EXPECTED_CATEGORY),
    Field("name", lambda found: values.read_merchant(text_in(found, "name")), values.EXPECTED_MERCHANT),
    Field("memo", settled_later, ""),
    Field("transaction_type", settled_later, ""),
    Field(
        "pending_transaction_id",
        lambda found: values.read_identifier(text_in(found, "pending_transaction_id")),
        values.EXPECTED_IDENTIFIER,
    ),
    Field("correction", settled_later, ""),
    Field("replacement", lambda _: False, ""),
)
READS = tuple(field.read for field in FIELDS)
NAMES = frozenset(
    {*(field.name for field in FIELDS), OLDER, UNOFFICIAL, *categories.PRIMARY_NAMES, *categories.DETAILED_NAMES}
)
CAMEL_CASE: dict[str, str] = {name: name[0] + name.title().replace("_", "")[1:] for name in NAMES if "_" in name}
SPELLED_OTHERWISE: dict[str, str] = {spelled: name for name, spelled in CAMEL_CASE.items()}
