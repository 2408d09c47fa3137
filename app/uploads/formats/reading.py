"""The results of every format's reader: good rows, unusable rows, notes, or a file that cannot be read further."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from app.transactions.model import Account, Removal, Transaction

MAX_SHOWN = 80
READING = 3
"""The generation of the readers, which each upload stores: files read by an older one can yield more when read again.
Increase it when a reader keeps more of a row, or recognizes its merchant better.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The sender's decisions about a file.

    `currency` applies to rows that name none; `exact` rejects an amount with more decimal places than its currency has,
    which is rounded otherwise.
    """

    currency: str | None = None
    exact: bool = False


NO_RULES = Rules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error in a file: the place, the value found, and what was expected.

    `line` and `position` (in characters) count from 1, and are those of the value if it has a place of its own. `row`
    is the row's number among the file's transactions, from 1; None where the file itself is wrong. `wanted` is what was
    expected, named like the API's field.
    """

    line: int | None
    row: int | None
    column: str | None
    value: str
    wanted: str
    position: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A remark about an irregular value that can be used: its row is accepted.

    `said` is one of a few sentences, so that notes can be counted by it.
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
    """The file's structure is broken: nothing after this place can be trusted."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.wanted for problem in problems))
        self.problems = problems


class UnusableError(ValueError):
    """A value that cannot be used."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


class DoubtfulError(ValueError):
    """A value that can be used in place of the written one, with a note."""

    def __init__(self, value: object, said: str) -> None:
        super().__init__(said)
        self.value = value
        self.said = said


class InexactError(DoubtfulError):
    """An amount that had to be rounded, which the sender may have forbidden."""


# Accounts are not rows: they may come before or after their transactions, and repeatedly.
Found = Transaction | Removal | Account | RejectedRow | Note


class Reader(Protocol):
    """Reads bytes and yields rows in the file's order, with constant memory; a row's notes come before it.

    Errors: UnreadableFileError.
    """

    def __call__(self, file: IO[bytes], rules: Rules = NO_RULES, /) -> Iterator[Found]: ...


def shown(value: str) -> str:
    """Return the beginning of the value, as an error shows it."""
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."


def shown_bytes(value: bytes) -> str:
    """Return the beginning of bytes that need not be text."""
    return shown(value[: 4 * MAX_SHOWN].decode("utf-8", "backslashreplace"))
