"""`make bench`: run every benchmark; each compares our figures with a baseline. Goals are printed, never enforced.

Only rows go to standard output: anything that servers and commands print goes to a log file.
"""

import argparse
import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from benchmarks import beside
from benchmarks.page import Result, machine, page
from benchmarks.row import Row, show

HERE = Path(__file__).parent
LOG = HERE.parent / "build" / "bench.log"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks named on the command line, or all: every module here with a `run`. -> exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(names()):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}; there are: {', '.join(names())}")
    if options.beside:
        return _compare(options.beside.absolute(), options.names or names(), options.rounds)
    results: list[Result] = []
    failed = []
    with _only_rows(LOG) as output:
        for name in options.names or names():
            _say(output, f"\n{name}", quiet=options.as_json)
            try:
                rows: list[Row] = list(importlib.import_module(f"benchmarks.{name}").run())
            except (Exception, SystemExit) as exc:  # noqa: BLE001 - the edge of the program; the others still run
                traceback.print_exc()
                failed.append(name)
                _say(output, f"failed: {exc!r:.300}\n  next: see {LOG}", quiet=options.as_json)
                continue
            results += [Result(benchmark=name, row=row) for row in rows]
            if not options.as_json:
                show(rows, output)
    if options.as_json:
        document = {"machine": machine(), "failed": failed, "rows": [result.as_json() for result in results]}
        print(json.dumps(document, indent=2))
    if options.page:
        options.page.write_text(page(results))
    return 1 if failed else 0


def _compare(other: Path, chosen: list[str], rounds: int) -> int:
    try:
        beside.show(beside.pairs(other, chosen, rounds))
    except beside.CannotCompare as exc:
        print(exc, file=sys.stderr)
        return 1
    return 0


def names() -> list[str]:
    """Return all benchmarks: the modules here that define `run`."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef run(" in path.read_text())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure, and print a row for each figure. The ratio is ours / baseline; a goal is never enforced.",
        epilog="Examples: python -m benchmarks commands scheduling --json; python -m benchmarks --beside ../old",
    )
    parser.add_argument("names", nargs="*", metavar="BENCHMARK", help=f"of: {', '.join(names())}")
    parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON document at the end.")
    parser.add_argument("--page", type=Path, metavar="FILE", help="Also write the figures to this Markdown page.")
    parser.add_argument("--beside", type=Path, metavar="DIR", help="Compare with another checkout, in the same run.")
    parser.add_argument("--rounds", type=int, default=1, help="With --beside: how often each of the two runs, in turn.")
    return parser


@contextmanager
def _only_rows(log: Path) -> Iterator[TextIO]:
    """Redirect what this process and its children print to the log; -> a stream that still reaches the caller."""
    log.parent.mkdir(exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    with log.open("w") as file, os.fdopen(os.dup(1), "w") as output:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield output
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, descriptor in enumerate(saved, 1):
                os.dup2(descriptor, number)
                os.close(descriptor)


def _say(output: TextIO, text: str, *, quiet: bool) -> None:
    if not quiet:
        print(text, file=output, flush=True)


if __name__ == "__main__":
    sys.exit(main())
