"""Starts a container's program in its memory group and with its limits, through a shell or launch.py."""

import asyncio
import os
import re
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.machine.limits import resource_of
from localcloud.machine.processes import Child
from localcloud.tasks.containers import launch

Ulimit = tuple[str, int, int]
"""(name, soft limit, hard limit)."""

REPORT_BYTES = 4096

ENTER_AND_BECOME = '{ echo 0 >"$0"; } 2>&0; unset PWD; exec "$@" </dev/null'
"""A shell enters the group and becomes the program in 1 ms; Python takes 12 ms.

Its standard input is the pipe that receives errors; the last step closes it.
"""
PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SHELLS_OWN = frozenset({"ENV", "IFS", "LINENO", "OLDPWD", "OPTIND", "PPID", "PS1", "PS2", "PS4", "PWD", "SHLVL", "_"})


def ulimits_of(definition: Mapping[str, Any]) -> list[Ulimit]:
    """Return the limits of a container definition. Errors: PermissionError for a limit that this user may not set."""
    required = [(limit["name"], limit["softLimit"], limit["hardLimit"]) for limit in definition.get("ulimits", [])]
    for name, _, hard in required:
        number = resource_of(name)
        if number is None:  # refused at registration, but another system may have registered it
            raise PermissionError(f"ulimit {name}: this system has no such limit; take it out of the task definition")
        ceiling = resource.getrlimit(number)[1]
        if os.geteuid() != 0 and ceiling != resource.RLIM_INFINITY and (hard == -1 or hard > ceiling):
            raise PermissionError(
                f"ulimit {name}: hard limit {hard} is above {ceiling}, the most that this user may set; lower it, or "
                f"raise the user's own (`ulimit -H{'n' if name == 'nofile' else ''}`)"
            )
    return required


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a new process. `entrance`: `cgroup.procs` of its memory group."""

    ulimits: Sequence[Ulimit] = ()
    entrance: Path | None = None
    terminal: bool = False


async def launch_child(
    child: Child,
    argv: Sequence[str],
    settings: Settings,
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    stdin: int = subprocess.DEVNULL,
) -> str:
    """Start `argv` with these settings, and return once it has become the program.

    Returns the reason why it is not in its memory group, empty when it is. Errors: OSError when the program cannot be
    executed.
    """
    alone = not settings.ulimits and not settings.terminal
    if alone and settings.entrance is None:
        await child.start(argv, env=env, cwd=cwd, stdin=stdin)
        return ""
    through_shell = alone and _is_left_alone_by_shells(env)
    reading, writing = os.pipe()
    try:
        try:
            if through_shell:
                words = ["/bin/sh", "-c", ENTER_AND_BECOME, str(settings.entrance)]
                await child.start([*words, *argv], env=env, cwd=cwd, stdin=writing)
            else:
                words = _words(settings, writing)
                await child.start([*words, *argv], env=env, cwd=cwd, stdin=stdin, pass_fds=[writing])
        finally:
            os.close(writing)
        report = await _read_all(reading)
    finally:
        os.close(reading)
    if through_shell:
        return report.decode(errors="replace").strip()
    reported = dict(line.split(b" ", 1) for line in report.splitlines())
    if launch.NOT_EXECUTED in reported:
        await child.ended.wait()
        raise OSError(reported[launch.NOT_EXECUTED].decode(errors="replace"))
    return reported.get(launch.NOT_ENTERED, b"").decode(errors="replace")


def _is_left_alone_by_shells(env: Mapping[str, str]) -> bool:
    """Return whether shells pass this environment on unchanged: some drop names like `a.b`, all add a few."""
    return all(PLAIN_NAME.fullmatch(name) and name not in SHELLS_OWN for name in env)


def _words(settings: Settings, report: int) -> list[str]:
    limits = ",".join(f"{name}:{soft}:{hard}" for name, soft, hard in settings.ulimits)
    message = [str(report), str(settings.entrance or ""), limits, "terminal" if settings.terminal else ""]
    return [sys.executable, "-I", "-S", launch.__file__, *message]


async def _read_all(pipe: int) -> bytes:
    """Read until the other end is closed."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(pipe, readable.set)
    report = b""
    try:
        while True:
            await readable.wait()
            readable.clear()
            part = os.read(pipe, REPORT_BYTES)
            if not part:
                return report
            report += part
    finally:
        loop.remove_reader(pipe)
