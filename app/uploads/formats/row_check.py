"""Checks a row with problems or notes: its values are read one by one to collect them."""

from collections.abc import Callable
from typing import Any

from app.uploads.formats.reading import (
    DoubtfulError,
    InexactError,
    Note,
    Problem,
    RejectedRow,
    Rules,
    UnusableError,
    shown,
)

# A column's name -> the position of its value (line and character), and the value as the file has it.
Locate = Callable[[str], tuple[int | None, int | None, str]]


class RowCheck:
    """Collects problems and notes about the values of one row."""

    def __init__(self, row: int, rules: Rules, locate: Locate) -> None:
        self.row = row
        self.rules = rules
        self.locate = locate
        self.problems: list[Problem] = []
        self.notes: list[Note] = []

    def value(self, column: str, read: Callable[[], Any], expected: str) -> Any:
        """Return what `read` returns, or would return with a note; None, which may also be a value, after a problem."""
        try:
            return read()
        except DoubtfulError as doubtful:
            if isinstance(doubtful, InexactError) and self.rules.exact:
                self.problem(column, f"{doubtful.said}; this upload asks for exact amounts")
                return None
            line, position, value = self.locate(column)
            note = Note(
                line=line, row=self.row, column=column, value=shown(value), said=doubtful.said, position=position
            )
            self.notes.append(note)
            return doubtful.value
        except UnusableError as unusable:
            self.problem(column, unusable.expected)
        except ValueError:
            self.problem(column, expected)
        return None

    def problem(self, column: str, expected: str) -> None:
        """Record that this column's value cannot be used."""
        line, position, value = self.locate(column)
        found = Problem(line=line, row=self.row, column=column, value=shown(value), wanted=expected, position=position)
        if found not in self.problems:  # two fields may be read from one value
            self.problems.append(found)

    @property
    def rejected(self) -> RejectedRow:
        return RejectedRow(tuple(self.problems))
