"""Bank exports as JSON in Plaid's shapes, read piece by piece: one transaction is in memory at a time.

What /transactions/get answers (`accounts`, `transactions`) and what /transactions/sync does (`added`, `modified`,
`removed`); one such page, a list of them, or one after the other; wrapped in other objects, as programs keep an
answer; and a plain list of transactions. Numbers become decimals, never floats.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import IO, Any

from app.transactions.model import Account, Removal, Transaction
from app.uploads import amounts, categories, values
from app.uploads.json_scanner import Scanner, member_at
from app.uploads.reading import NO_RULES, Found, Problem, RejectedRow, Rules, UnreadableFileError, UnusableError, shown
from app.uploads.row_check import RowCheck

ROWS = frozenset({"transactions", "added", "modified", "latest_transactions"})
REMOVED = "removed"
ACCOUNTS = "accounts"
CORRECTIONS = "modified"
MAX_DEPTH = 8
MAX_ACCOUNTS = 10_000
MOST_OF_A_ROW = 1024 * 1024  # a longer element of a list is a page
WANTED_SHAPE = (
    'an object such as {"accounts": [...], "transactions": [...]}, an answer of /transactions/sync, or a list of them'
)
WANTED_ROW = "an object with the transaction's fields"
CATEGORY = "personal_finance_category"
OLDER = "category"

Element = dict[str, Any]


def read_json(file: IO[bytes], rules: Rules = NO_RULES) -> Iterator[Found]:
    """The file's rows. Errors: UnreadableFileError."""
    return Pages(Scanner(file), rules).read()


class Pages:
    """Finds the transactions in a text, whatever is around them."""

    def __init__(self, scanner: Scanner, rules: Rules) -> None:
        self.scanner = scanner
        self.rules = rules
        self.row = 0
        self.found = False
        self.currencies: dict[str, str] = {}

    def read(self) -> Iterator[Found]:
        """All rows, removals and accounts. Errors: UnreadableFileError."""
        while self.scanner.next_sign():
            if self.found and self.scanner.next_sign() not in "{[":
                raise self.scanner.error(self.scanner.at, "the end of the file, or one more object or list")
            yield from self.page_or_row() if self.scanner.next_sign() == "{" else self.inside(0)
            if not self.found:
                break
        if not self.found:
            problem = Problem(line=None, row=None, column=None, value="no list of transactions", wanted=WANTED_SHAPE)
            raise UnreadableFileError(problem)

    def inside(self, depth: int) -> Iterator[Found]:
        """What is in the value that begins here."""
        sign = self.scanner.next_sign()
        if depth > MAX_DEPTH or sign not in ("{", "["):
            self.scanner.whole_value()
        elif sign == "{":
            yield from self.page(depth)
        else:
            for _ in self.scanner.elements():
                if depth == 0 and self.scanner.next_sign() == "{":
                    yield from self.page_or_row()
                elif depth == 0 and self.scanner.next_sign() != "[":
                    yield from self.rows_element("")
                else:
                    yield from self.inside(depth + 1)

    def page(self, depth: int) -> Iterator[Found]:
        """What is in the object that begins here."""
        for key in self.scanner.members():
            if self.scanner.next_sign() != "[":
                yield from self.inside(depth + 1)
            elif key in ROWS or key == REMOVED:
                self.found = True
                for _ in self.scanner.elements():
                    yield from self.removed() if key == REMOVED else self.rows_element(key)
            elif key == ACCOUNTS:
                for _ in self.scanner.elements():
                    yield from self.account(depth)
            else:
                yield from self.inside(depth + 1)

    def page_or_row(self) -> Iterator[Found]:
        """An object that is a page, or else a transaction itself."""
        scanner = self.scanner
        try:
            element = scanner.value(MOST_OF_A_ROW)
        except LookupError:
            yield from self.page(1)
            return
        start = scanner.start
        if "amount" in element:
            yield from self.row_of(element, start, "")
        else:
            scanner.at = start
            yield from self.page(1)

    def rows_element(self, key: str) -> Iterator[Found]:
        """The element of a list of transactions that begins here."""
        element = self.scanner.whole_value()
        yield from self.row_of(element, self.scanner.start, key)

    def row_of(self, element: Any, start: int, key: str) -> Iterator[Found]:
        """A transaction, with its notes, or why it is none."""
        self.found = True
        self.row += 1
        if found := self.transaction(element, key == CORRECTIONS):
            yield found
        else:
            yield from self.checked(element, start, key == CORRECTIONS)

    def transaction(self, element: Any, correction: bool) -> Transaction | None:
        """The transaction that an element describes; None when it does not, or not without a note."""
        try:
            currency = currency_in(element, self.default_currency(element))
            amount = amount_in(element, currency)
            category = category_in(element)
            return Transaction(
                account_in(element),
                identifier_in(element),
                values.read_date(text_in(element, "date")),
                amount,
                currency,
                merchant_in(element),
                values.read_channel(text_in(element, "payment_channel")),
                categories.by_sign(category, amount) if category in categories.BY_SIGN else category,
                pending_in(element),
                detailed_in(element),
                values.read_merchant(text_in(element, "name")),
                None,
                None,
                values.read_identifier(text_in(element, "pending_transaction_id")),
                correction,
            )
        except (ValueError, AttributeError):  # the latter: it is no object
            return None

    def default_currency(self, element: Element) -> str | None:
        """The currency of a transaction that names none: its account's, else the sender's."""
        return self.currencies.get(str(element.get("account_id"))) or self.rules.currency

    def checked(self, element: Any, start: int, correction: bool) -> Iterator[Found]:
        """The same field by field, which few rows need."""
        scanner = self.scanner
        if not isinstance(element, dict):
            line, position = scanner.place(start)
            problem = Problem(
                line=line, row=self.row, column=None, value=shown(printable(element)), wanted=WANTED_ROW,
                position=position,
            )  # fmt: skip
            yield RejectedRow((problem,))
            return

        def locate(column: str) -> tuple[int | None, int | None, str]:
            found = member_at(scanner.text, start, column)
            line, position = scanner.place(found[0] if found else start)
            value = element.get(column)
            return line, position, printable(value) if not found or isinstance(value, str) else found[1]

        check = RowCheck(self.row, self.rules, locate)
        default = self.default_currency(element)
        iso = "unofficial_currency_code" if has_unofficial_currency(element) else "iso_currency_code"
        currency = check.value(iso, lambda: currency_in(element, default), amounts.WANTED_CURRENCY)
        found = {
            field: check.value(column, lambda read=read: read(element), wanted)  # type: ignore[misc]
            for field, column, read, wanted in FIELDS
        }
        amount = check.value("amount", lambda: amount_in(element, currency or "USD"), WANTED_NUMBER)
        if check.problems:
            yield check.rejected
        else:
            if found["category"] in categories.BY_SIGN:
                found["category"] = categories.by_sign(found["category"], amount)
            yield from check.notes
            yield Transaction(amount=amount, currency=currency, correction=correction, **found)

    def removed(self) -> Iterator[Found]:
        """An entry of `removed`: a transaction that the bank took back, or why it names none."""
        element = self.scanner.whole_value()
        start = self.scanner.start
        try:
            identifier = identifier_in(element)
            if identifier is not None:
                yield Removal(identifier, values.read_identifier(text_in(element, "account_id")))
                return
        except (ValueError, AttributeError):
            pass
        self.row += 1
        line, position = self.scanner.place(start)
        problem = Problem(
            line=line, row=self.row, column="transaction_id", value=shown(printable(element)),
            wanted="the id of the removed transaction", position=position,
        )  # fmt: skip
        yield RejectedRow((problem,))

    def account(self, depth: int) -> Iterator[Found]:
        """An account, if it can be read as one: its rows say what is wrong with them."""
        if self.scanner.next_sign() != "{":
            yield from self.inside(depth + 2)
            return
        try:
            element = self.scanner.value(MOST_OF_A_ROW)
        except LookupError:
            yield from self.page(depth + 2)
            return
        if any(isinstance(element.get(key), list) for key in (*ROWS, REMOVED)):
            self.scanner.at = self.scanner.start
            yield from self.page(depth + 2)
            return
        try:
            account = Account(
                account_in(element),
                *(
                    values.as_taken(values.read_merchant, text_in(element, name))
                    for name in ("type", "subtype", "name")
                ),
            )
        except ValueError:
            return
        balances = element.get("balances")
        currency = element.get("iso_currency_code") or (
            balances.get("iso_currency_code") if isinstance(balances, dict) else None
        )
        if isinstance(currency, str) and len(self.currencies) < MAX_ACCOUNTS:
            self.currencies[account.account_id] = currency
        yield account


def printable(value: object) -> str:
    """A value as a problem shows it; what is no text (half a surrogate pair) is spelled out."""
    text = "" if value is None else str(value)[:1000]
    return text.encode("utf-8", "backslashreplace").decode()


def text_in(element: Element, name: str) -> str:
    """A text, or nothing."""
    value = element.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnusableError(f"{name} as a text in quotes, or null")
    return value.strip()


def account_in(element: Element) -> str:
    """Plaid's account_id."""
    return values.read_name(text_in(element, "account_id"))


def identifier_in(element: Element) -> str | None:
    """Plaid's transaction_id."""
    return values.read_identifier(text_in(element, "transaction_id"))


def amount_in(element: Element, currency: str) -> Decimal:
    """A number; `true` is one for Python, not for us. A text is refused: Plaid sends none."""
    value = element.get("amount")
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnusableError(WANTED_NUMBER)
    return amounts.settled(Decimal(value), currency)


def currency_in(element: Element, default: str | None) -> str:
    """An ISO code. A currency that has none (`unofficial_currency_code`) cannot be kept as another one."""
    unofficial = "?" if has_unofficial_currency(element) else ""
    return amounts.read_currency_or_unofficial(text_in(element, "iso_currency_code"), unofficial, default)


def has_unofficial_currency(element: Element) -> bool:
    """Whether the only currency named has no code of ISO 4217."""
    return not element.get("iso_currency_code") and element.get("unofficial_currency_code") is not None


def merchant_in(element: Element) -> str | None:
    """The merchant's name, else the statement's text: Plaid leaves the first empty for transfers."""
    return values.read_merchant(text_in(element, "merchant_name")) or values.read_merchant(text_in(element, "name"))


def category_in(element: Element) -> str:
    """The primary of Plaid's personal_finance_category, an object; a text as it is; else the older list of names."""
    value = element.get(CATEGORY)
    if isinstance(value, dict):
        return categories.read_category(text_in(value, "primary"))
    if value is None and OLDER in element:
        return categories.older_category(names_in(element))
    return categories.read_category(text_in(element, CATEGORY))


def detailed_in(element: Element) -> str | None:
    """The detail beside it."""
    value = element.get(CATEGORY)
    if isinstance(value, dict):
        return categories.read_detailed_category(text_in(value, "detailed"))
    if value is None and OLDER in element:
        return categories.older_detailed_category(names_in(element))
    return categories.read_detailed_in_text(text_in(element, CATEGORY))


def names_in(element: Element) -> list[str]:
    """Plaid's older category: names from the general to the particular."""
    value = element[OLDER]
    if isinstance(value, str):
        return [value]
    if value is not None and not (isinstance(value, list) and all(isinstance(name, str) for name in value)):
        raise UnusableError(f"{OLDER} as a list of names, or null")
    return value or []


def pending_in(element: Element) -> bool:
    """Plaid's pending; absent is booked."""
    value = element.get("pending")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise UnusableError(values.WANTED_PENDING)
    return value


WANTED_NUMBER = "a number such as 12.34, without quotes: at most 12 digits before a point"
# Transaction's fields but for amount and currency: its name, Plaid's, how it is read, and what is wanted.
FIELDS: tuple[tuple[str, str, Callable[[Element], Any], str], ...] = (
    ("account_id", "account_id", account_in, values.WANTED_NAME),
    ("transaction_id", "transaction_id", identifier_in, values.WANTED_IDENTIFIER),
    ("date", "date", lambda found: values.read_date(text_in(found, "date")), values.WANTED_DATE),
    ("merchant_name", "merchant_name", merchant_in, values.WANTED_MERCHANT),
    (
        "payment_channel",
        "payment_channel",
        lambda found: values.read_channel(text_in(found, "payment_channel")),
        values.CHANNEL_UNKNOWN,
    ),
    ("category", CATEGORY, category_in, categories.WANTED_CATEGORY),
    ("pending", "pending", pending_in, values.WANTED_PENDING),
    ("detailed_category", CATEGORY, detailed_in, categories.WANTED_CATEGORY),
    ("original_name", "name", lambda found: values.read_merchant(text_in(found, "name")), values.WANTED_MERCHANT),
    (
        "pending_transaction_id",
        "pending_transaction_id",
        lambda found: values.read_identifier(text_in(found, "pending_transaction_id")),
        values.WANTED_IDENTIFIER,
    ),
)
