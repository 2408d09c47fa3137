"""Outlives the local cloud briefly: when that dies, ends the processes that it left behind.

Run as `python guardian.py LEDGER RUN` with a pipe as standard input. The pipe closes whenever the local cloud ends,
even by SIGKILL, which no signal handler or exit hook can guarantee. Prints the name of each process it ends.
"""

import os
import sys
from pathlib import Path


def main() -> None:
    """Wait for the end of standard input, then sweep."""
    sys.stdin.buffer.read()
    # Imported late: until then this process is one of the smallest on the machine.
    import contextlib

    import psutil

    from localcloud.machine.ledger import Ledger, sweep
    from localcloud.tasks.memory_groups import RECORD, remove_leftovers

    ledger = Ledger(Path(sys.argv[1]))
    for name in sweep(ledger):
        print(name)  # noqa: T201 - the program's edge
    for process in psutil.process_iter():  # this run's own guardian, where `spendsense down` sweeps in its place
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.cmdline()[-2:] == sys.argv[1:]:
                process.resume()
    remove_leftovers(ledger.path.with_name(RECORD), run=sys.argv[2])


if __name__ == "__main__":
    main()
