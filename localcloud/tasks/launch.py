"""Becomes a container's program, after what only the process itself can set: memory group, limits, terminal.

Run as `python -I -S launch.py REPORT GROUP ULIMITS TERMINAL PROGRAM ARGUMENT...`; launching.py does. REPORT: the number
of a file descriptor that takes what goes wrong, and is closed when this is the program; GROUP: the `cgroup.procs` to
enter by; ULIMITS: `nofile:1024:2048,core:0:-1` (soft, hard; -1 is unlimited); TERMINAL: `terminal` when standard input
is one and shall be output and control terminal, too. The last three may be empty.

A container with limits waits for this program, so it imports only what it needs: 10 ms instead of 20.
"""

import os
import sys

NOT_ENTERED, NOT_EXECUTED = b"entered", b"executed"
"""What was not: the first word of a line of the report, the reason after it."""
CANNOT_EXECUTE = 126


def main() -> int:
    """-> only when the program cannot be executed."""
    report, group, ulimits, terminal, program, *arguments = sys.argv[1:]
    os.set_inheritable(int(report), False)
    try:
        if group:
            _enter(group, int(report))
        if ulimits:
            _limit(ulimits)
        if terminal:
            _take_terminal()
        os.execv(program, [program, *arguments])  # noqa: S606 - this is what a launcher is for
    except (OSError, ValueError) as exc:
        os.write(int(report), b"%s exec %s: %s\n" % (NOT_EXECUTED, os.fsencode(program), str(exc).encode()))
    return CANNOT_EXECUTE


def _enter(group: str, report: int) -> None:
    """A program that cannot enter runs nevertheless: its memory is watched then."""
    try:
        with open(group, "w") as processes:  # noqa: PTH123 - pathlib takes longer to import than all the rest
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
