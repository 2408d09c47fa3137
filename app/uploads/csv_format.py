"""Bank exports as CSV in Plaid's column names: bytes in, checked transactions out, line by line.

Encoding UTF-8, with or without byte order mark; LF or CRLF; quotes as in RFC 4180. Columns in any order,
unknown ones ignored. A file is good as a whole or not at all: problems are collected, and raised at the end.
"""

import csv
import datetime
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import IO

from app.transactions.model import UNCATEGORIZED, PaymentChannel, Transaction

MAX_PROBLEMS = 20
MAX_LINE_BYTES = 16 * 1024
MAX_SHOWN = 80
DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvProblem:
    """What is wrong, where, and what was wanted. `line` counts from 1, the header's line included."""

    line: int
    column: str | None
    value: str
    wanted: str


class CsvRejectedError(Exception):
    """The file cannot be used. Has the first problems, MAX_PROBLEMS at most."""

    def __init__(self, problems: Sequence[CsvProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: how its text is read, and what to tell whoever sent a text that cannot be (ValueError)."""

    name: str
    read: Callable[[str], object]
    wanted: str
    optional: bool = False


def read_transactions(file: IO[bytes]) -> Iterator[Transaction]:
    """Yield the file's transactions, at constant memory.

    Errors: CsvRejectedError, after the last good row; what was yielded until then must be thrown away.
    """
    problems: list[CsvProblem] = []
    lines = TextLines(file)
    records = csv.reader(lines, strict=True, skipinitialspace=True)
    start = 1
    try:
        cells = cells_by_column(next(records, []), problems)
        if problems:
            raise CsvRejectedError(problems)
        width, positions = cells
        start = records.line_num + 1
        for record in records:
            if record:
                row = transaction_of(record, width, positions, start, problems)
                if row is not None:
                    yield row
                elif len(problems) >= MAX_PROBLEMS:
                    break
            start = records.line_num + 1
    except csv.Error as exc:
        problems.append(
            CsvProblem(
                line=start, column=None, value=str(exc), wanted="a record of RFC 4180 (quotes closed, doubled inside)"
            )
        )
    except UnusableLineError as exc:
        problems.append(exc.problem)
    if problems:
        raise CsvRejectedError(problems[:MAX_PROBLEMS])


class UnusableLineError(Exception):
    """A line that is not text, or too long: reading cannot go on after it."""

    def __init__(self, problem: CsvProblem) -> None:
        super().__init__(problem.wanted)
        self.problem = problem


class TextLines:
    """The lines of a file as text. Errors: UnusableLineError, which knows the line."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.file.readline(MAX_LINE_BYTES + 1):
            self.number += 1
            if len(line) > MAX_LINE_BYTES:
                raise self.unusable(line, f"a line of at most {MAX_LINE_BYTES:,} bytes")
            try:
                text = line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise self.unusable(line, "text in UTF-8") from None
            if "\0" in text:
                raise self.unusable(line, "text without NUL characters")
            yield text

    def unusable(self, line: bytes, wanted: str) -> UnusableLineError:
        """The error for the present line."""
        value = shown(line[: 4 * MAX_SHOWN].decode("utf-8", "backslashreplace"))
        return UnusableLineError(CsvProblem(line=self.number, column=None, value=value, wanted=wanted))


def cells_by_column(header: list[str], problems: list[CsvProblem]) -> tuple[int, list[int | None]]:
    """The header's width, and where in a record each of COLUMNS is; None for an optional one that is absent."""
    names = [name.strip() for name in header]
    for column in COLUMNS:
        if names.count(column.name) > 1:
            problems.append(CsvProblem(line=1, column=column.name, value=column.name, wanted="this column once"))
        elif column.name not in names and not column.optional:
            wanted = f"a column named {column.name} in the first line"
            problems.append(CsvProblem(line=1, column=column.name, value=shown(",".join(names)), wanted=wanted))
    return len(names), [names.index(column.name) if column.name in names else None for column in COLUMNS]


def transaction_of(
    record: list[str], width: int, positions: list[int | None], line: int, problems: list[CsvProblem]
) -> Transaction | None:
    """One record to one transaction; None, and what is wrong added to `problems`, when it is not one."""
    if len(record) != width:
        wanted = f"{width} fields, as the header has; quote a field that holds a comma"
        problems.append(CsvProblem(line=line, column=None, value=f"{len(record)} fields", wanted=wanted))
        return None
    values: list[object] = []
    for column, position in zip(COLUMNS, positions, strict=True):
        text = "" if position is None else record[position].strip()
        try:
            values.append(column.read(text))
        except ValueError:
            problems.append(CsvProblem(line=line, column=column.name, value=shown(text), wanted=column.wanted))
    return Transaction._make(values) if len(values) == len(COLUMNS) else None


def shown(value: str) -> str:
    """The value as an error shows it: its beginning."""
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."


AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,2})?")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")
NOTHING = Decimal("0.00")  # added, it brings two decimals and takes the sign from minus zero
BOOLEANS = {"true": True, "false": False}
MAX_NAME = 200


# An export repeats its days, merchants and amounts: most texts were read before.
remembered = lru_cache(maxsize=4096)


@remembered
def read_name(text: str) -> str:
    """A short text in one line."""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise ValueError
    return text


def read_optional_name(text: str) -> str | None:
    """The same, or nothing."""
    return read_name(text) if text else None


@remembered
def read_merchant(text: str) -> str | None:
    """A name as banks write them: runs of blanks and line ends become one blank."""
    name = " ".join(text.split())
    if len(name) > MAX_NAME:
        raise ValueError
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


# In the order of Transaction's fields.
COLUMNS = (
    Column(name="account_id", read=read_name, wanted=f"1 to {MAX_NAME} printable characters"),
    Column(
        name="transaction_id",
        read=read_optional_name,
        wanted=f"at most {MAX_NAME} printable characters, or nothing",
        optional=True,
    ),
    Column(name="date", read=read_date, wanted="a date as YYYY-MM-DD"),
    Column(
        name="amount",
        read=read_amount,
        wanted="a decimal number such as 12.34 or -5: at most 12 digits, then at most 2 after a point; "
        "no currency sign, no thousands separator",
    ),
    Column(
        name="iso_currency_code",
        read=read_currency,
        wanted=f"three capital letters such as EUR, or nothing for {DEFAULT_CURRENCY}",
        optional=True,
    ),
    Column(name="merchant_name", read=read_merchant, wanted=f"at most {MAX_NAME} characters, or nothing"),
    Column(
        name="payment_channel",
        read=read_channel,
        wanted=f"one of: {', '.join(channel.value for channel in PaymentChannel)}",
    ),
    Column(
        name="personal_finance_category",
        read=read_category,
        wanted=f"at most {MAX_NAME} printable characters, such as FOOD_AND_DRINK, or nothing",
    ),
    Column(name="pending", read=read_pending, wanted="true or false"),
)
