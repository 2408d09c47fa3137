"""What every format's reader gives: good rows, rows that cannot be used, or a file that cannot be read on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from app.transactions.model import Account, Removal, Transaction

MAX_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, where, and what was wanted.

    `line` counts from 1, the header's line included; None in JSON, whose lines mean nothing. `row` is the
    row's place among the file's transactions, from 1; None where the file itself is wrong.
    """

    line: int | None
    row: int | None
    column: str | None
    value: str
    wanted: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not a transaction; the rows after it can still be read."""

    problems: tuple[Problem, ...]


class UnreadableFileError(Exception):
    """The file is bad in its structure: nothing after this place can be trusted."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.wanted for problem in problems))
        self.problems = problems


# Accounts are no rows: they may come before or after what was booked on them, and again.
Found = Transaction | Removal | Account | RejectedRow
# Bytes in, rows out in the file's order, at constant memory. Errors: UnreadableFileError.
Reader = Callable[[IO[bytes]], Iterator[Found]]


def shown(value: str) -> str:
    """The value as an error shows it: its beginning."""
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."


def shown_bytes(value: bytes) -> str:
    """The same of bytes that need not be text."""
    return shown(value[: 4 * MAX_SHOWN].decode("utf-8", "backslashreplace"))
