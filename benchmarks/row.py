"""One line of a benchmark: our figure beside what it is compared with."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

BOUND = re.compile(r"(<=|>=) (\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A result, in the unit at the end of its name. theirs: the baseline; goal: what the ratio should be."""

    name: str
    ours: float
    theirs: float
    ratio: float
    goal: str
    note: str = ""

    @property
    def meets_goal(self) -> bool | None:
        """Return None (unknown) if the goal is words."""
        bound = BOUND.match(self.goal)
        if bound is None:
            return None
        limit = float(bound[2])
        return self.ratio <= limit if bound[1] == "<=" else self.ratio >= limit


def show(rows: Iterable[Row], output: TextIO | None = None) -> None:
    """Print the rows as a table."""
    output = output or sys.stdout
    print(f"{'what':<52} {'ours':>10} {'baseline':>10} {'ratio':>6}  goal", file=output)
    for row in rows:
        missed = "  MISSED" if row.meets_goal is False else ""
        figures = f"{row.ours:>10.3f} {row.theirs:>10.3f} {row.ratio:>6.2f}"
        print(f"{row.name:<52} {figures}  {row.goal}{missed}  {row.note}", file=output, flush=True)
