"""Bank exports as CSV in Plaid's column names.

Encoding UTF-8, with or without byte order mark; LF or CRLF; quotes as in RFC 4180. Columns in any order,
unknown ones ignored. A text that a spreadsheet would take for a formula (`=1+1`) is a text: it is kept as
it came, and leaves only as JSON. Whoever adds an export for spreadsheets must defuse it there.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from app.transactions.model import UNSAID, Transaction
from app.uploads import values
from app.uploads.reading import Found, Problem, RejectedRow, UnreadableFileError, shown, shown_bytes

MAX_LINE_BYTES = 16 * 1024
WANTED_RECORD = "a record of RFC 4180 (quotes closed, doubled inside)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: how its text is read, and what to tell whoever sent a text that cannot be (ValueError)."""

    name: str
    read: Callable[[str], object]
    wanted: str
    optional: bool = False


def read_csv(file: IO[bytes]) -> Iterator[Found]:
    """The file's rows, at constant memory. Errors: UnreadableFileError."""
    records = csv.reader(text_lines(file), strict=True, skipinitialspace=True)
    row = 0
    start = 1
    try:
        reader = RecordReader(next(records, []))
        start = records.line_num + 1
        for record in records:
            if record:
                row += 1
                yield reader.transaction(record) or reader.rejected(record, line=start, row=row)
            start = records.line_num + 1
    except csv.Error as exc:
        problem = Problem(line=start, row=row + 1, column=None, value=str(exc), wanted=WANTED_RECORD)
        raise UnreadableFileError(problem) from None


def text_lines(file: IO[bytes]) -> Iterator[str]:
    """The lines of a file as text. Errors: UnreadableFileError, which knows the line."""
    encoding = "utf-8-sig"
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES:
            raise unusable_line(number, line, f"a line of at most {MAX_LINE_BYTES:,} bytes")
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            raise unusable_line(number, line, "text in UTF-8") from None
        if "\0" in text:
            raise unusable_line(number, line, "text without NUL characters")
        encoding = "utf-8"
        yield text


def unusable_line(number: int, line: bytes, wanted: str) -> UnreadableFileError:
    """The error for a line after which reading cannot go on."""
    return UnreadableFileError(Problem(line=number, row=None, column=None, value=shown_bytes(line), wanted=wanted))


class RecordReader:
    """Makes transactions of the records below one header. Errors: UnreadableFileError for the header."""

    def __init__(self, header: list[str]) -> None:
        names = [name.strip() for name in header]
        if problems := header_problems(names):
            raise UnreadableFileError(*problems)
        self.width = len(names)
        # An absent column reads the empty text that is put at each record's end.
        self.steps = [
            (column.read, names.index(column.name) if column.name in names else self.width) for column in COLUMNS
        ]

    def transaction(self, record: list[str]) -> Transaction | None:
        """The record's transaction; None when it is not one. As few steps as can be: it runs for every row."""
        if len(record) != self.width:
            return None
        cells = [*record, ""]
        try:
            return Transaction._make([*(read(cells[position].strip()) for read, position in self.steps), *UNSAID])
        except ValueError:
            return None

    def rejected(self, record: list[str], *, line: int, row: int) -> RejectedRow:
        """Why `transaction` said None; column by column, which only bad rows need."""
        if len(record) != self.width:
            wanted = f"{self.width} fields, as the header has; quote a field that holds a comma"
            value = f"{len(record)} fields"
            return RejectedRow((Problem(line=line, row=row, column=None, value=value, wanted=wanted),))
        cells = [*record, ""]
        problems = []
        for column, (read, position) in zip(COLUMNS, self.steps, strict=True):
            text = cells[position].strip()
            try:
                read(text)
            except ValueError:
                problem = Problem(line=line, row=row, column=column.name, value=shown(text), wanted=column.wanted)
                problems.append(problem)
        return RejectedRow(tuple(problems))


def header_problems(names: list[str]) -> list[Problem]:
    """What is wrong with the header."""
    problems = []
    for column in COLUMNS:
        if names.count(column.name) > 1:
            wanted = "this column once"
            problems.append(Problem(line=1, row=None, column=column.name, value=column.name, wanted=wanted))
        elif column.name not in names and not column.optional:
            wanted = f"a column named {column.name} in the first line"
            value = shown(",".join(names))
            problems.append(Problem(line=1, row=None, column=column.name, value=value, wanted=wanted))
    return problems


# In the order of Transaction's fields.
COLUMNS = (
    Column(name="account_id", read=values.read_name, wanted=values.WANTED_NAME),
    Column(name="transaction_id", read=values.read_optional_name, wanted=values.WANTED_OPTIONAL_NAME, optional=True),
    Column(name="date", read=values.read_date, wanted=values.WANTED_DATE),
    Column(name="amount", read=values.read_amount, wanted=values.WANTED_AMOUNT),
    Column(name="iso_currency_code", read=values.read_currency, wanted=values.WANTED_CURRENCY, optional=True),
    Column(name="merchant_name", read=values.read_merchant, wanted=values.WANTED_MERCHANT),
    Column(name="payment_channel", read=values.read_channel, wanted=values.WANTED_CHANNEL),
    Column(name="personal_finance_category", read=values.read_category, wanted=values.WANTED_CATEGORY),
    Column(name="pending", read=values.read_pending, wanted=values.WANTED_PENDING),
)
