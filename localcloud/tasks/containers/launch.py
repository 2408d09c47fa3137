"""Becomes a container's program after setting what only the process itself can set: memory group, limits, terminal.

Run by launching.py as `python -I -S launch.py REPORT GROUP ULIMITS TERMINAL PROGRAM ARGUMENT...`. REPORT: the number of
a file descriptor that receives errors and is closed once this has become the program. GROUP: the `cgroup.procs` of the
group to enter. ULIMITS: `nofile:1024:2048,core:0:-1` (soft, hard; -1 is unlimited). TERMINAL: `terminal` when standard
input is a terminal that should also be output and controlling terminal. GROUP, ULIMITS and TERMINAL may be empty.

A container with limits waits for this program, so it imports only what it needs: 10 ms instead of 20.
"""

import os
import sys

NOT_ENTERED, NOT_EXECUTED = b"entered", b"executed"
"""The step that failed: the first word of a line in the report. The reason follows."""
CANNOT_EXECUTE = 126


def main() -> int:
    """Become the program; return only when it cannot be executed."""
    report, group, ulimits, terminal, program, *arguments = sys.argv[1:]
    os.set_inheritable(int(report), False)
    try:
        if group:
            _enter(group, int(report))
        if ulimits:
            _limit(ulimits)
        if terminal:
            _take_terminal()
        os.execv(program, [program, *arguments])  # noqa: S606 - executing a program is a launcher's purpose
    except (OSError, ValueError) as exc:
        os.write(int(report), b"%s exec %s: %s\n" % (NOT_EXECUTED, os.fsencode(program), str(exc).encode()))
    return CANNOT_EXECUTE


def _enter(group: str, report: int) -> None:
    """Enter the memory group. A program that cannot enter runs nevertheless; its memory is then watched."""
    try:
        with open(group, "w") as processes:  # noqa: PTH123 - importing pathlib takes longer than everything else
            processes.write("0")
    except OSError as exc:
        os.write(report, b"%s %s\n" % (NOT_ENTERED, str(exc).encode()))


def _limit(ulimits: str) -> None:
    import resource

    for limit in ulimits.split(","):
        name, soft, hard = limit.split(":")
        resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (int(soft), int(hard)))


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.dup2(0, 1)
    os.dup2(0, 2)


if __name__ == "__main__":
    sys.exit(main())
