"""The page of figures: what `make bench` measured, with a description of each benchmark."""

import importlib
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from benchmarks.row import Row

INTRODUCTION = """# Figures

`make bench BENCH="--page docs/benchmarks.md"` writes this page. Single rows may have been replaced after a later run,
so rows can be from different runs: `git log -p docs/benchmarks.md` shows which. The baseline of a figure is another
program, or the same one under other conditions, measured in the same run; where there is nothing to measure, it is a
fixed target, such as 10 s. Read the ratio (ours / baseline) rather than the times: machines differ, and a shared one is
noisy. A ratio to a fixed target depends on the machine, too. A goal is the ratio that we aim for. The page says which
goals are missed; a missed goal fails nothing.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A row, and the benchmark module it comes from."""

    benchmark: str
    row: Row

    def as_json(self) -> dict[str, Any]:
        """Return names, figures, and whether the goal is met (null if the goal is words)."""
        return {"benchmark": self.benchmark, **asdict(self.row), "meets_goal": self.row.meets_goal}


def machine() -> str:
    """Describe this machine in a few words."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


def page(results: Iterable[Result]) -> str:
    """Render Markdown: a table for each benchmark under the first lines of its module."""
    parts = [INTRODUCTION, f"\nMachine: {machine()}.\n"]
    for name, rows in groupby(results, key=lambda result: result.benchmark):
        about = " ".join((importlib.import_module(f"benchmarks.{name}").__doc__ or "").split())
        parts.append(f"\n## {name}\n\n{about}\n\n| figure | ours | baseline | ratio | goal | met | note |\n")
        parts.append("| --- | ---: | ---: | ---: | --- | --- | --- |\n")
        parts += [_line(result.row) for result in rows]
    return "".join(parts)


def _line(row: Row) -> str:
    met = {True: "yes", False: "no", None: "-"}[row.meets_goal]
    cells = [row.name, f"{row.ours:.3g}", f"{row.theirs:.3g}", f"{row.ratio:.2f}", row.goal, met, row.note]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
