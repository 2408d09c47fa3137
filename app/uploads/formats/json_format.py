"""Bank exports as JSON in Plaid's shapes, read piece by piece: one transaction is in memory at a time.

The responses of /transactions/get (`accounts`, `transactions`) and of /transactions/sync (`added`, `modified`,
`removed`); one such page, a list of them, or one after the other; wrapped in other objects, as programs store an
answer; and a plain list of transactions. Numbers become decimals, never floats.
"""

from collections.abc import Iterator
from functools import partial
from typing import IO, Any

from app.transactions.model import Account, Removal, Transaction
from app.uploads.formats import amounts, values
from app.uploads.formats.categories import PRIMARY_NAMES, check_direction, in_its_direction
from app.uploads.formats.json_fields import (
    CAMEL_CASE,
    CATEGORY,
    EXPECTED_NUMBER,
    EXPECTED_ONCE,
    FIELDS,
    ISO,
    OLDER,
    READS,
    UNOFFICIAL,
    Element,
    account_in,
    amount_in,
    contradictions_in,
    currency_in,
    has_unofficial_currency,
    identifier_in,
    in_plaids_names,
    text_in,
)
from app.uploads.formats.json_scanner import Contradictory, Scanner, member_at
from app.uploads.formats.reading import NO_RULES, Found, Problem, RejectedRow, Rules, UnreadableFileError, shown
from app.uploads.formats.row_check import RowCheck

ROWS = frozenset({"transactions", "added", "modified", "latest_transactions"})
REMOVED = "removed"
ACCOUNTS = "accounts"
CORRECTIONS = "modified"
MAX_DEPTH = 8
MAX_ACCOUNTS = 10_000
MOST_OF_A_ROW = 1024 * 1024  # a longer list element is a page
EXPECTED_SHAPE = (
    'an object such as {"accounts": [...], "transactions": [...]}, a response of /transactions/sync, or a list of them'
)
EXPECTED_ROW = "an object with the transaction's fields"
OF_ACCOUNTS = frozenset({"account_id", "type", "subtype", "name", ISO})
AMOUNT = Transaction._fields.index("amount")
CURRENCY = Transaction._fields.index("currency")
CORRECTION = Transaction._fields.index("correction")


def read_json(file: IO[bytes], rules: Rules = NO_RULES) -> Iterator[Found]:
    """Read the file's rows. Errors: UnreadableFileError."""
    return Pages(Scanner(file), rules).read()


class Pages:
    """Finds the transactions in a text, whatever surrounds them."""

    def __init__(self, scanner: Scanner, rules: Rules) -> None:
        self.scanner = scanner
        self.rules = rules
        self.row = 0
        self.found = False
        self.currencies: dict[str, str] = {}

    def read(self) -> Iterator[Found]:
        """Yield all rows, removals and accounts. Errors: UnreadableFileError."""
        while self.scanner.next_sign():
            if self.found and self.scanner.next_sign() not in "{[":
                raise self.scanner.error(self.scanner.at, "the end of the file, or one more object or list")
            yield from self.page_or_row() if self.scanner.next_sign() == "{" else self.inside(0)
            if not self.found:
                break
        if not self.found:
            problem = Problem(line=None, row=None, column=None, value="no list of transactions", wanted=EXPECTED_SHAPE)
            raise UnreadableFileError(problem)

    def inside(self, depth: int) -> Iterator[Found]:
        """Yield what is in the value that begins here."""
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
        """Yield what is in the object that begins here."""
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
        """Read an object that is a page or a transaction."""
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
        """Read the list element that begins here as a transaction."""
        element = self.scanner.whole_value()
        yield from self.row_of(element, self.scanner.start, key)

    def row_of(self, element: object, start: int, key: str) -> Iterator[Found]:
        """Yield a transaction with its notes, or why it is rejected."""
        self.found = True
        self.row += 1
        element = in_plaids_names(element)
        if found := self.transaction(element, key == CORRECTIONS):
            yield found
        else:
            yield from self.checked(element, start, key == CORRECTIONS)

    def transaction(self, element: Any, correction: bool) -> Transaction | None:
        """Read the transaction of an element; None when it has problems or notes."""
        try:
            if contradictions_in(element):
                return None
            row = [read(element) for read in READS]
            row[CURRENCY] = currency_in(element, self.default_currency(element))
            row[AMOUNT] = amount_in(element, row[CURRENCY])
            row[CORRECTION] = correction
            check_direction(in_its_direction(row))
            return Transaction._make(row)
        except (ValueError, AttributeError):  # AttributeError: it is not an object
            return None

    def default_currency(self, element: Element) -> str | None:
        """Return the currency of a transaction that names none: its account's, else the sender's."""
        return self.currencies.get(str(element.get("account_id"))) or self.rules.currency

    def checked(self, element: object, start: int, correction: bool) -> Iterator[Found]:
        """Read an element field by field, which few rows need."""
        if not isinstance(element, dict):
            yield RejectedRow((self.no_row(element, start, None, EXPECTED_ROW),))
            return
        scanner = self.scanner

        def locate(column: str) -> tuple[int | None, int | None, str]:
            if column == CATEGORY and element.get(CATEGORY) is None:  # it was read from another field
                column = next((name for name in (*PRIMARY_NAMES, OLDER) if name in element), column)
            found = member_at(scanner.text, start, {column, CAMEL_CASE.get(column, column)})
            line, position = scanner.place(found[0] if found else start)
            value = element.get(column)
            return line, position, printable(value) if not found or isinstance(value, str) else found[1]

        check = RowCheck(self.row, self.rules, locate)
        for column in contradictions_in(element):
            check.problem(column, EXPECTED_ONCE)
        default = self.default_currency(element)
        named = UNOFFICIAL if has_unofficial_currency(element) else ISO
        row = [check.value(field.name, partial(field.read, element), field.expected) for field in FIELDS]
        currency = check.value(named, lambda: currency_in(element, default), amounts.EXPECTED_CURRENCY)
        amount = check.value("amount", lambda: amount_in(element, currency or "USD"), EXPECTED_NUMBER)
        if check.problems:
            yield check.rejected
            return
        row[CURRENCY], row[AMOUNT], row[CORRECTION] = currency, amount, correction
        check.value(CATEGORY, partial(check_direction, in_its_direction(row)), "")
        yield from check.notes
        yield Transaction._make(row)

    def removed(self) -> Iterator[Found]:
        """Yield an entry of `removed`, a transaction that the bank withdrew, or why it names none."""
        element = self.scanner.whole_value()
        start = self.scanner.start
        element = in_plaids_names(element)
        try:
            identifier = identifier_in(element)
            if identifier is not None and not contradictions_in(element):
                yield Removal(identifier, values.read_identifier(text_in(element, "account_id")))
                return
        except (ValueError, AttributeError):
            pass
        self.row += 1
        yield RejectedRow((self.no_row(element, start, "transaction_id", "the id of the removed transaction"),))

    def no_row(self, element: object, start: int, column: str | None, expected: str) -> Problem:
        """Make the problem for an element that is something else altogether."""
        line, position = self.scanner.place(start)
        return Problem(
            line=line, row=self.row, column=column, value=shown(printable(element)), wanted=expected, position=position
        )

    def account(self, depth: int) -> Iterator[Found]:
        """Yield an account if it can be read: problems are reported by its rows."""
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
        element = in_plaids_names(element)
        if isinstance(element, Contradictory) and element.names & OF_ACCOUNTS:
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
        balances = in_plaids_names(element.get("balances"))
        currency = element.get(ISO) or (balances.get(ISO) if isinstance(balances, dict) else None)
        if isinstance(currency, str) and len(self.currencies) < MAX_ACCOUNTS:
            self.currencies[account.account_id] = currency
        yield account


def printable(value: object) -> str:
    """Render a value for a problem; what is not text (half a surrogate pair) is escaped."""
    text = "" if value is None else str(value)[:1000]
    return text.encode("utf-8", "backslashreplace").decode()
