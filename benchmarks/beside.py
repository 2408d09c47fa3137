"""Another checkout's figures beside this one's: each benchmark is run in both, alternating, in one run."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TextIO

from benchmarks.row import Row

HERE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A figure of both checkouts, in the unit at the end of its name: the medians of all rounds."""

    name: str
    other: float
    ours: float
    less_is_better: bool

    @property
    def ratio(self) -> float:
        """Return how many times the other's figure ours is, so that more than 1 is worse."""
        better, worse = (self.other, self.ours) if self.less_is_better else (self.ours, self.other)
        return worse / better if better else float("inf" if worse else 1)


class CannotCompare(Exception):
    """A checkout has no environment to run its benchmarks with, or one of them failed; the text says which."""


def pairs(other: Path, names: Iterable[str], rounds: int) -> Iterator[Pair]:
    """Yield the figures that both checkouts have, benchmark by benchmark. Errors: CannotCompare."""
    for name in names:
        if not (other / "benchmarks" / f"{name}.py").exists():
            continue
        theirs: dict[str, list[Row]] = {}
        ours: dict[str, list[Row]] = {}
        for _ in range(rounds):
            for checkout, found in ((other, theirs), (HERE, ours)):
                for row in _rows(checkout, name):
                    found.setdefault(row.name, []).append(row)
        for figure in (name for name in ours if name in theirs):
            yield Pair(
                name=figure,
                other=statistics.median(row.ours for row in theirs[figure]),
                ours=statistics.median(row.ours for row in ours[figure]),
                less_is_better=not ours[figure][0].goal.startswith(">="),
            )


def show(found: Iterable[Pair], output: TextIO | None = None) -> None:
    """Print the figures as a table."""
    output = output or sys.stdout
    print(f"{'what':<52} {'other':>10} {'ours':>10} {'worse by':>8}", file=output)
    for pair in found:
        print(f"{pair.name:<52} {pair.other:>10.3f} {pair.ours:>10.3f} {pair.ratio:>7.2f}x", file=output, flush=True)


def _rows(checkout: Path, name: str) -> list[Row]:
    python = checkout / ".venv" / "bin" / "python"
    if not python.exists():
        raise CannotCompare(f"{checkout} has no .venv\n  next: run `make .venv/.installed` there")
    command = [str(python), "-m", "benchmarks", name, "--json"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        log = checkout / "build" / "bench.log"
        raise CannotCompare(f"{name} failed in {checkout}: {done.stderr.strip()[-300:]}\n  next: see {log}")
    return [Row(**{each.name: row[each.name] for each in fields(Row)}) for row in json.loads(done.stdout)["rows"]]
