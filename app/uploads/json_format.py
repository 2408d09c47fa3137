"""Bank exports as JSON in the shape Plaid's /transactions/get answers: `accounts`, and `transactions` to read.

Read piece by piece: one transaction is in memory at a time. Numbers become decimals, never floats.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO, Any

from app.transactions.model import UNSAID, Transaction
from app.uploads import values
from app.uploads.bounded_json import BoundedJson
from app.uploads.reading import Found, Problem, RejectedRow, UnreadableFileError, shown

ROWS = "transactions"
ROWS_DEPTH = 2  # an element of an array in the object at the top
MAX_DEPTH = 20
MAX_VALUES = 1000
OPENING = frozenset({"start_map", "start_array"})
CLOSING = frozenset({"end_map", "end_array"})
WANTED_SHAPE = 'an object such as {"accounts": [...], "transactions": [...]}'

Element = dict[str, object]


def read_json(file: IO[bytes]) -> Iterator[Found]:
    """The file's rows. Errors: UnreadableFileError."""
    from ijson import JSONError  # pylint: disable=import-outside-toplevel  # the service starts without it

    row = 0
    try:
        for row, found in enumerate(elements(file), 1):
            yield transaction_of(found) or rejected(found, row)
    # ValueError: text that is not UTF-8. SystemError: how ijson 3.6 tells of more digits than Python reads.
    except (JSONError, ValueError, ArithmeticError, SystemError) as exc:
        raise unreadable(str(exc).partition("\n")[0], row + 1) from None


def elements(file: IO[bytes]) -> Iterator[object]:
    """The elements of the array `transactions` at the top, each whole. Errors: UnreadableFileError, and ijson's.

    ijson.items would do, but it names each value by its path: a file of `[` alone takes memory by its square.
    """
    import ijson  # pylint: disable=import-outside-toplevel

    depth = size = 0
    key: object = None
    found = False
    element: Any = None
    for event, value in ijson.basic_parse(BoundedJson(file)):
        opening = event in OPENING
        depth -= event in CLOSING
        if element is not None:
            element.event(event, value)
            size += 1
            if depth == ROWS_DEPTH:
                yield element.value
                element = None
        elif depth == ROWS_DEPTH and key == ROWS and event not in CLOSING:
            if opening:
                element, size = ijson.ObjectBuilder(), 0
                element.event(event, value)
            else:
                yield value
        elif depth == 1:
            key = value if event == "map_key" else key
            found = found or (key == ROWS and event == "start_array")
            key = None if key == ROWS and event == "start_map" else key
        depth += opening
        if depth > MAX_DEPTH or size > MAX_VALUES:
            raise unreadable(f"more than {MAX_DEPTH} levels, or {MAX_VALUES} values in a transaction", None)
    if not found:
        raise unreadable("no array `transactions` at the top", None)


def unreadable(found: str, row: int | None) -> UnreadableFileError:
    """The error for a text that is not JSON, or not in Plaid's shape."""
    return UnreadableFileError(Problem(line=None, row=row, column=None, value=shown(found), wanted=WANTED_SHAPE))


def transaction_of(found: object) -> Transaction | None:
    """The transaction that an element describes; None when it does not."""
    if not isinstance(found, dict):
        return None
    try:
        return Transaction._make([*(read(found) for _, read, _ in FIELDS), *UNSAID])
    except ValueError:
        return None


def rejected(found: object, row: int) -> RejectedRow:
    """Why `transaction_of` said None."""
    if not isinstance(found, dict):
        problem = Problem(
            line=None, row=row, column=None, value=shown(str(found)), wanted="an object with the transaction's fields"
        )
        return RejectedRow((problem,))
    problems = []
    for name, read, wanted in FIELDS:
        try:
            read(found)
        except ValueError:
            value = printable(found.get(name))
            problems.append(Problem(line=None, row=row, column=name, value=value, wanted=wanted))
    return RejectedRow(tuple(problems))


def printable(value: object) -> str:
    """A value as a problem shows it; what is no text (half a surrogate pair) is spelled out."""
    try:
        text = "" if value is None else str(value)[:1000]
    except ValueError:  # Python spells no number of more than 4,300 digits
        text = "a number of very many digits"
    return shown(text.encode("utf-8", "backslashreplace").decode())


def text_in(found: Element, name: str) -> str:
    """A text, or nothing."""
    value = found.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError
    return value.strip()


def account_in(found: Element) -> str:
    """Plaid's account_id."""
    return values.read_name(text_in(found, "account_id"))


def identifier_in(found: Element) -> str | None:
    """Plaid's transaction_id."""
    return values.read_optional_name(text_in(found, "transaction_id"))


def amount_in(found: Element) -> Decimal:
    """A number; `true` is one for Python, not for us. A text is refused: Plaid sends none."""
    value = found.get("amount")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError
    if isinstance(value, int) and abs(value) >= values.AMOUNT_LIMIT:
        raise ValueError  # before a number of a million digits is converted
    return values.exact_amount(Decimal(value))


def currency_in(found: Element) -> str:
    """An ISO code. A currency that has none (`unofficial_currency_code`) cannot be kept as another one."""
    text = text_in(found, "iso_currency_code")
    if not text and found.get("unofficial_currency_code") is not None:
        raise ValueError
    return values.read_currency(text)


def merchant_in(found: Element) -> str | None:
    """The merchant's name, else the statement's text: Plaid leaves the first empty for transfers."""
    return values.read_merchant(text_in(found, "merchant_name") or text_in(found, "name"))


def category_in(found: Element) -> str:
    """The primary of Plaid's personal_finance_category, an object; a text is taken as it is."""
    value = found.get("personal_finance_category")
    return values.read_category(text_in(value, "primary") if isinstance(value, dict) else text_in(found, CATEGORY))


def pending_in(found: Element) -> bool:
    """Plaid's pending; absent is booked."""
    value = found.get("pending", False)
    if not isinstance(value, bool):
        raise ValueError
    return value


CATEGORY = "personal_finance_category"
# In the order of Transaction's fields.
FIELDS: tuple[tuple[str, Callable[[Element], object], str], ...] = (
    ("account_id", account_in, values.WANTED_NAME),
    ("transaction_id", identifier_in, values.WANTED_OPTIONAL_NAME),
    ("date", lambda found: values.read_date(text_in(found, "date")), values.WANTED_DATE),
    ("amount", amount_in, "a number such as 12.34: at most 12 digits, then at most 2 after a point"),
    ("iso_currency_code", currency_in, values.WANTED_CURRENCY),
    ("merchant_name", merchant_in, values.WANTED_MERCHANT),
    ("payment_channel", lambda found: values.read_channel(text_in(found, "payment_channel")), values.WANTED_CHANNEL),
    (CATEGORY, category_in, values.WANTED_CATEGORY),
    ("pending", pending_in, values.WANTED_PENDING),
)
