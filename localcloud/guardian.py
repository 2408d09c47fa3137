"""Outlives the local cloud briefly: when that dies, ends the processes that it left behind.

Run as `python guardian.py LEDGER RUN` with a pipe as standard input. The pipe closes whenever the local cloud ends,
even by SIGKILL, which no signal handler or exit hook can guarantee. Prints the name of each process it ends.
"""

import os
import sys
from pathlib import Path

END_WAIT_S = 5.0


def main() -> None:
    """Wait for the end of standard input, then sweep."""
    sys.stdin.buffer.read()
    # Imported late: until then this process is one of the smallest on the machine.
    from localcloud.machine.ledger import Ledger, sweep
    from localcloud.tasks.images import engines
    from localcloud.tasks.memory import memory_groups

    ledger = Ledger(Path(sys.argv[1]))
    for name in sweep(ledger):
        print(name)  # noqa: T201 - the program's edge
    _end_stopped_guardians()
    engines.remove_leftovers(ledger.path.with_name(engines.RECORD), run=sys.argv[2])
    memory_groups.remove_leftovers(ledger.path.with_name(memory_groups.RECORD), run=sys.argv[2])


def _end_stopped_guardians() -> None:
    """End this run's own guardian where `spendsense down` sweeps in its place, because somebody has stopped it."""
    import contextlib

    import psutil

    stopped: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            is_guardian = process.pid != os.getpid() and process.cmdline()[-2:] == sys.argv[1:]
            if is_guardian and process.status() == psutil.STATUS_STOPPED:
                process.kill()
                stopped.append(process)
    psutil.wait_procs(stopped, timeout=END_WAIT_S)


if __name__ == "__main__":
    main()
