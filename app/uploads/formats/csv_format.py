"""Bank exports as CSV in Plaid's column names, or in a bank's own (`csv_columns.py`).

As exported, as pandas writes them, or saved again by a spreadsheet.

Commas, semicolons, tabs or bars between fields; UTF-8, UTF-16, or what the bytes look like (`text_encoding.py`); LF,
CRLF or CR; quotes as in RFC 4180. Columns in any order, unknown ones ignored. A text that a spreadsheet would take for
a formula (`=1+1`) is a text: it is stored unchanged, and is only returned as JSON. An export for spreadsheets, if ever
added, must neutralize it.
"""

import csv
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import IO, Any

from app.transactions.model import Transaction
from app.uploads.formats import amounts, categories, values
from app.uploads.formats.csv_columns import (
    AMOUNT,
    COLUMNS,
    DETAILED,
    ISO,
    KNOWN,
    PLAIDS,
    UNOFFICIAL,
    Column,
    debit_and_credit_in,
    header_problems,
    or_nothing,
    places_of,
    signed_amount,
)
from app.uploads.formats.csv_text import DELIMITER_LINE, DELIMITERS, Lines, delimiter_of, place_of
from app.uploads.formats.reading import NO_RULES, Found, Note, Problem, RejectedRow, Rules, UnreadableFileError, shown
from app.uploads.formats.row_check import RowCheck

EXPECTED_RECORD = "an RFC 4180 record (quotes closed, and doubled inside quoted fields)"
ABOVE_HEADER = "the lines above the header were ignored"
FEWEST_KNOWN_NAMES = 4
MOST_LINES_ABOVE = 40
WORD_ENDS = re.compile(r"[ -]|(?<=[a-z])(?=[A-Z])")
DEFAULT_CURRENCY = "USD"
NO_CURRENCY = f"the file has no column iso_currency_code: its amounts count as {DEFAULT_CURRENCY}"
CURRENCY = next(column for column in COLUMNS if column.name == ISO)
AMOUNT_AT = Transaction._fields.index("amount")
CURRENCY_AT = Transaction._fields.index("currency")
CATEGORY_AT = Transaction._fields.index("category")
made: Callable[[list[Any]], Transaction] = partial(tuple.__new__, Transaction)  # _make would count the fields again


def read_csv(file: IO[bytes], rules: Rules = NO_RULES) -> Iterator[Found]:
    """Read the file's rows, with constant memory. Errors: UnreadableFileError."""
    lines = Lines(file)
    row, start = 0, 1
    try:
        header, start, delimiter, above = header_of(lines)
        records = csv.reader(lines.text, strict=True, skipinitialspace=True, delimiter=delimiter)
        reader = RecordReader(header, start, delimiter, rules)
        yield from reader.notes
        if above:
            yield Note(line=1, row=None, column=None, value=shown(above), said=ABOVE_HEADER)
        start = lines.number + 1
        lines.recent.clear()
        for record in records:
            if found := reader.transaction(record):
                row += 1
                yield found
            # Spreadsheets write rows without any value; files that were joined repeat the header.
            elif any(map(str.strip, record)) and record != header:
                row += 1
                yield from reader.checked(record, lines.recent, line=start, row=row)
            start = lines.number + 1
            lines.recent.clear()
    except csv.Error as exc:
        problem = Problem(line=start, row=row + 1, column=None, value=str(exc), wanted=EXPECTED_RECORD)
        raise UnreadableFileError(problem) from None
    if lines.note is not None:
        yield lines.note


def header_of(lines: Lines) -> tuple[list[str], int, str, str]:
    """Return the header, its line, the delimiter between its fields, and the first text above it.

    The header is the first line near the beginning that has several known names: banks describe the export above it.
    Without one, it is the first line that is not empty.
    """
    first: tuple[str, int, str] | None = None
    named = ""
    for line in lines.text:
        if not line.strip():
            continue
        if separator := DELIMITER_LINE.fullmatch(line):
            named = separator[1]
            continue
        delimiter, known = delimiter_of(line, lambda name: column_name(name) in KNOWN)
        delimiter = named or delimiter
        if first is None:
            first = line, lines.number, delimiter
        if known >= FEWEST_KNOWN_NAMES:
            number, above = lines.number, "" if line is first[0] else first[0].strip()
            records = csv.reader(chain([line], lines.text), strict=True, skipinitialspace=True, delimiter=delimiter)
            return next(records), number, delimiter, above
        if lines.number >= MOST_LINES_ABOVE:
            break
    line, number, delimiter = first or ("", max(lines.number, 1), DELIMITERS[0])
    return next(csv.reader([line], skipinitialspace=True, delimiter=delimiter), []), number, delimiter, ""


def column_name(written: str) -> str:
    """Normalize a column's name to Plaid's style: `accountId`, `account-id` and `Account ID` become account_id."""
    return WORD_ENDS.sub("_", written.strip()).lower()


class RecordReader:
    """Makes transactions from the records below one header. Errors: UnreadableFileError for the header."""

    def __init__(self, header: list[str], line: int, delimiter: str, rules: Rules) -> None:
        self.names = without_empty_end([column_name(name) for name in header])
        if problems := header_problems(self.names, line):
            raise UnreadableFileError(*problems)
        self.width = len(self.names)
        self.delimiter = delimiter
        self.rules = rules
        self.amount = amounts.money if delimiter == "," else amounts.money_with_comma
        self.debit_and_credit = debit_and_credit_in(self.names)
        self.notes: list[Note] = []
        self.default = self.default_currency(line)
        self.assumed = "" if UNOFFICIAL in self.names else self.default or ""
        self.steps = [self.step(column, line) for column in COLUMNS]
        # Fields without a column are read once, not for every row.
        self.unsaid: list[Any] = [read("") if position == self.width else None for read, position, _ in self.steps]
        said = [(field, *step) for field, step in enumerate(self.steps) if step[1] < self.width]
        self.in_one_place = [(field, read, position) for field, read, position, others in said if not others]
        self.in_several = [each for each in said if each[-1]]

    def default_currency(self, line: int) -> str | None:
        """Return the currency of rows that name none: the sender's; dollars only if the file has no currency column."""
        if self.rules.currency or places_of(CURRENCY, self.names) or UNOFFICIAL in self.names:
            return self.rules.currency
        self.notes.append(Note(line=line, row=None, column=ISO, value="", said=NO_CURRENCY))
        return DEFAULT_CURRENCY

    def step(self, column: Column, line: int) -> tuple[Callable[[str], Any], int, tuple[int, ...]]:
        """Return how a column is read, where it is, and where else to look when it is empty.

        For an absent column, the empty text at each record's end is read.
        """
        present = places_of(column, self.names)
        if column.name == DETAILED and not present:
            present = [self.names.index(name) for name in (PLAIDS, "category") if name in self.names]
            return categories.read_detailed_in_text, *split(present or [self.width])
        if present:
            return column.read, *split(present)
        if column.said:
            self.notes.append(Note(line=line, row=None, column=column.name, value="", said=column.said))
        return (lambda _: column.absent), self.width, ()

    def written_amount(self, text: str, cells: list[str]) -> str:
        """Return the amount of a record: its text, or that of one of two columns. Errors: UnusableError."""
        if self.debit_and_credit is None:
            return text
        out, back = self.debit_and_credit
        return signed_amount(cells[out], cells[back])

    def transaction(self, record: list[str]) -> Transaction | None:
        """Read a record's transaction; None when it has problems or notes. Runs for every row."""
        if len(record) != self.width:
            return None
        row = self.unsaid.copy()
        try:
            for field, read, position in self.in_one_place:
                row[field] = read(record[position].strip())
            for field, read, position, others in self.in_several:
                row[field] = read(self.text(record, position, others))
            row[CURRENCY_AT] = currency = amounts.read_currency(row[CURRENCY_AT] or self.assumed)
            written = row[AMOUNT_AT] if self.debit_and_credit is None else self.written_amount(row[AMOUNT_AT], record)
            row[AMOUNT_AT] = self.amount(written, currency)
            if row[CATEGORY_AT] in categories.OF_ONE_DIRECTION:
                categories.check_direction(categories.in_its_direction(row))
            return made(row)
        except ValueError:
            return None

    def text(self, cells: list[str], position: int, others: tuple[int, ...]) -> str:
        """Return the first of the cells that has a value."""
        for place in (position, *others):
            if (text := cells[place].strip()) not in values.NOTHING:
                return text
        return ""

    def checked(self, record: list[str], lines: list[str], *, line: int, row: int) -> Iterator[Found]:
        """Check a record column by column, which few rows need; yield its notes, and the row or why it is rejected."""
        surplus = record[self.width :]
        if len(record) < self.width or any(map(str.strip, surplus)):
            expected = f"{self.width} fields, like the header; quote fields that contain the separator"
            value = f"{len(record)} fields"
            yield RejectedRow((Problem(line=line, row=row, column=None, value=value, wanted=expected),))
            return
        cells = [*record[: self.width], ""]

        def locate(column: str) -> tuple[int, int | None, str]:
            place = self.place(column, cells)
            if place == self.width:
                return line, None, ""
            below, position = place_of(lines, self.delimiter, place)
            return line + below, position, cells[place].strip()

        check = RowCheck(row, self.rules, locate)
        found = self.values(cells, check)
        if check.problems:
            yield check.rejected
            return
        check.value(PLAIDS, partial(categories.check_direction, categories.in_its_direction(found)), "")
        yield from check.notes
        yield Transaction._make(found)

    def values(self, cells: list[str], check: RowCheck) -> list[Any]:
        """Read the values of a record's cells, as far as possible."""
        found: list[Any] = []
        for column, (read, position, others) in zip(COLUMNS, self.steps, strict=True):
            text = self.text(cells, position, others) if others else cells[position].strip()
            found.append(check.value(column.name, partial(read, text), column.expected))
        written = found[CURRENCY_AT]
        unofficial = or_nothing(cells[self.names.index(UNOFFICIAL)].strip()) if UNOFFICIAL in self.names else ""
        currency = check.value(
            UNOFFICIAL if unofficial and not written else ISO,
            partial(amounts.read_currency_or_unofficial, written, unofficial, self.default),
            amounts.EXPECTED_CURRENCY,
        )
        amount = check.value(
            self.column_of_amount(cells),
            lambda: self.amount(self.written_amount(found[AMOUNT_AT], cells), currency or DEFAULT_CURRENCY),
            amounts.EXPECTED_AMOUNT,
        )
        found[CURRENCY_AT], found[AMOUNT_AT] = currency, amount
        return found

    def column_of_amount(self, cells: list[str]) -> str:
        """Name the column that has a record's amount."""
        if self.debit_and_credit is None:
            return AMOUNT
        out, back = self.debit_and_credit
        return self.names[back if or_nothing(cells[back].strip()) and not or_nothing(cells[out].strip()) else out]

    def place(self, name: str, cells: list[str]) -> int:
        """Return from which cell of a record a column is read."""
        for column, (_, position, others) in zip(COLUMNS, self.steps, strict=True):
            if column.name == name:
                full = (place for place in (position, *others) if cells[place].strip() not in values.NOTHING)
                return next(full, position)
        return self.names.index(name) if name in self.names else self.width


def without_empty_end(names: list[str]) -> list[str]:
    """Drop the empty names that a spreadsheet left after the last one."""
    while names and not names[-1]:
        names = names[:-1]
    return names


def split(places: list[int]) -> tuple[int, tuple[int, ...]]:
    return places[0], tuple(places[1:])
