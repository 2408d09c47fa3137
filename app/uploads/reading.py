"""What every format's reader gives: good rows, rows that cannot be used, notes, or a file that cannot be read on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from app.transactions.model import Account, Removal, Transaction

MAX_SHOWN = 80
READING = 3
"""The generation of the readers, which each upload remembers: of an older one more can be had from the stored file.
Raise it when a reader learns to keep more of a row, or to know its merchant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the sender decides about a file.

    `currency` is the one of rows that name none; `exact` rejects an amount with more digits than its currency has,
    which is rounded otherwise.
    """

    currency: str | None = None
    exact: bool = False


NO_RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong, where, and what was wanted.

    `line` and `position` (its characters) count from 1, and are those of the value where it has a place of its own.
    `row` is the row's place among the file's transactions, from 1; None where the file itself is wrong.
    """

    line: int | None
    row: int | None
    column: str | None
    value: str
    wanted: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What was done about a value that is not as it should be, but can be used: its row is taken.

    `said` is one of few sentences, so that notes can be counted by it.
    """

    line: int | None
    row: int | None
    column: str | None
    value: str
    said: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not a transaction; the rows after it can still be read."""

    problems: tuple[Problem, ...]


class UnreadableFileError(Exception):
    """The file is bad in its structure: nothing after this place can be trusted."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.wanted for problem in problems))
        self.problems = problems


class UnusableError(ValueError):
    """A value that cannot be used."""

    def __init__(self, wanted: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted


class DoubtfulError(ValueError):
    """A value that can be used in place of the written one, if a note says so."""

    def __init__(self, value: object, said: str) -> None:
        super().__init__(said)
        self.value = value
        self.said = said


class InexactError(DoubtfulError):
    """An amount that had to be rounded, which the sender may have ruled out."""


# Accounts are no rows: they may come before or after what was booked on them, and again.
Found = Transaction | Removal | Account | RejectedRow | Note


class Reader(Protocol):
    """Bytes in, rows out in the file's order, at constant memory; a row's notes before it.

    Errors: UnreadableFileError.
    """

    def __call__(self, file: IO[bytes], rules: Rules = NO_RULES, /) -> Iterator[Found]: ...


def shown(value: str) -> str:
    """The value as an error shows it: its beginning."""
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."


def shown_bytes(value: bytes) -> str:
    """The same of bytes that need not be text."""
    return shown(value[: 4 * MAX_SHOWN].decode("utf-8", "backslashreplace"))
