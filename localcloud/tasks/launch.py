"""Becomes a container's program, after what only the process itself can set: its limits and its terminal.

Run as `python -I -S launch.py SPECIFICATION PROGRAM ARGUMENT...`. It needs the standard library only, so that it
is another program within milliseconds. SPECIFICATION: `{"ulimits": [["nofile", 1024, 2048]], "terminal": true}`;
-1 is unlimited; with `terminal`, standard input is one and becomes output and control terminal, too.
"""

import fcntl
import json
import os
import resource
import sys
import termios
from collections.abc import Mapping, Sequence
from typing import Any

Ulimit = tuple[str, int, int]
"""(name, soft limit, hard limit)."""

CANNOT_EXECUTE = 126


def resource_of(name: str) -> int | None:
    """The system's number of a limit that ECS calls `name`; None where the system has no such limit."""
    number: int | None = getattr(resource, f"RLIMIT_{name.upper()}", None)
    return number


def ulimits_of(definition: Mapping[str, Any]) -> list[Ulimit]:
    """Of a container definition. Errors: PermissionError for a limit that this user may not set."""
    wanted = [(limit["name"], limit["softLimit"], limit["hardLimit"]) for limit in definition.get("ulimits", [])]
    for name, _, hard in wanted:
        number = resource_of(name)
        if number is None:  # refused at registration; another system may have registered it
            raise PermissionError(f"ulimit {name}: this system has no such limit; take it out of the task definition")
        ceiling = resource.getrlimit(number)[1]
        if os.geteuid() != 0 and ceiling != resource.RLIM_INFINITY and (hard == -1 or hard > ceiling):
            raise PermissionError(
                f"ulimit {name}: hard limit {hard} is above {ceiling}, the most that this user may set; lower it, or "
                f"raise the user's own (`ulimit -H{'n' if name == 'nofile' else ''}`)"
            )
    return wanted


def through_launcher(argv: Sequence[str], ulimits: Sequence[Ulimit], *, terminal: bool = False) -> list[str]:
    """The command that sets these and becomes `argv`; `argv` itself when there is nothing to set."""
    if not ulimits and not terminal:
        return list(argv)
    specification = json.dumps({"ulimits": ulimits, "terminal": terminal})
    return [sys.executable, "-I", "-S", __file__, specification, *argv]


def main() -> int:
    """-> only when the program cannot be executed."""
    specification, program, *arguments = sys.argv[1:]
    wanted = json.loads(specification)
    try:
        for name, soft, hard in wanted["ulimits"]:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name.upper()}"), (soft, hard))
        if wanted["terminal"]:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            os.dup2(0, 1)
            os.dup2(0, 2)
        os.execv(program, [program, *arguments])  # noqa: S606 - this is what a launcher is for
    except (OSError, ValueError) as exc:
        sys.stderr.write(f"exec {program}: {exc}\n")
    return CANNOT_EXECUTE


if __name__ == "__main__":
    sys.exit(main())
