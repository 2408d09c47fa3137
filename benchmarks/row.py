"""One line of a benchmark: ours beside what it is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result. `ours` and `theirs` are in the unit the name ends with; `goal` says what the ratio should be."""

    name: str
    ours: float
    theirs: float
    ratio: float
    goal: str
    note: str = ""


def show(rows: Iterable[Row]) -> None:
    """Print the rows as a table."""
    print(f"{'what':<44} {'ours':>10} {'theirs':>10} {'ratio':>6}  goal")
    for row in rows:
        print(f"{row.name:<44} {row.ours:>10.3f} {row.theirs:>10.3f} {row.ratio:>6.2f}  {row.goal}  {row.note}")
