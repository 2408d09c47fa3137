"""`make bench`: every benchmark in turn, each side by side in one run; goals are read, never enforced."""

import importlib
import sys
from pathlib import Path

from benchmarks.row import show


def main() -> None:
    """Run the benchmarks named on the command line, or all: every module here with a `run`."""
    modules = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("__"))
    wanted = sys.argv[1:] or modules
    for name in wanted:
        run = getattr(importlib.import_module(f"benchmarks.{name}"), "run", None)
        if run is not None:
            print(f"\n{name}", flush=True)
            show(run())


if __name__ == "__main__":
    main()
