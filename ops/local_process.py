"""The local cloud's process as the kernel shows it: whether it is ours, and whether it hangs or is only slow.

A suspended process (SIGSTOP) is in state T. One that hangs stays asleep: the kernel never switches to it. A
slow one waits for a processor (state R) or gets one again and again, however busy the machine is.
"""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SUSPENDED_S = 1.0
"""A process that is suspended for less, by a debugger perhaps, is not reported."""
SILENT_S = 5.0
"""The local cloud's main thread wakes every two seconds, if only to look for its lock."""
RESTART = "`spendsense down` ends it, `spendsense up` starts it again; data stays"
START_TIME = 19
"""The place of `starttime` among the fields of /proc/PID/stat after the program's name; it is in clock ticks."""
GONE, SUSPENDED, ASLEEP = frozenset("ZXx"), frozenset("Tt"), frozenset("SI")


@dataclass(frozen=True, slots=True)
class Sight:
    """A process at one moment. state: the letter that `ps` shows. progress: differs once it has run in between."""

    state: str
    progress: str


class Standstill:
    """Watches one process; ask it repeatedly while waiting for the process's response."""

    def __init__(
        self,
        pid: int,
        *,
        silent_s: float = SILENT_S,
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[int], Sight | None] | None = None,
    ) -> None:
        self.pid = pid
        self._silent_s = silent_s
        self._clock = clock
        self._look = look or look_at
        self._last: Sight | None = None
        self._since = clock()

    def reason(self) -> str | None:
        """Explain that it is suspended or idle; None while it runs, is only slow, or has ended."""
        now = self._look(self.pid)
        if now is None or now != self._last or now.state not in SUSPENDED | ASLEEP:
            self._since = self._clock()
        self._last = now
        still_s = self._clock() - self._since
        if now is not None and now.state in SUSPENDED and still_s >= SUSPENDED_S:
            return f"process {self.pid} is suspended"
        if now is not None and now.state in ASLEEP and still_s >= self._silent_s:
            return f"process {self.pid} exists, but has been idle for {still_s:.0f} s"
        return None

    @property
    def is_suspended(self) -> bool:
        """Return whether it is suspended now, however briefly."""
        self._last = self._look(self.pid)
        return self._last is not None and self._last.state in SUSPENDED

    @property
    def next_step(self) -> str:
        """The step to take when `reason` is not None."""
        is_suspended = self._last is not None and self._last.state in SUSPENDED
        return f"`kill -CONT {self.pid}` lets it continue; or {RESTART}" if is_suspended else RESTART


def look_at(pid: int) -> Sight | None:
    """Look at a process; None when it has ended, though its parent may not have noticed."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _look_with_ps(pid)
    except OSError:  # it ends at this moment
        return None
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    state = fields.get("State", " ?").split()[0]
    switches = (fields.get(f"{kind}_ctxt_switches", "") for kind in ("voluntary", "nonvoluntary"))
    return None if state in GONE else Sight(state, " ".join(switches))


def _look_with_ps(pid: int) -> Sight | None:
    """Look at a process on systems without /proc."""
    command = ["ps", "-o", "state=,time=", "-p", str(pid)]
    state, _, used = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().partition(" ")
    return None if not state or state[0] in GONE else Sight(state[0], used)


def birth(pid: int) -> str | None:
    """Return when a process began, in the system's own terms; None when it has ended.

    This identifies a process until it has ended. Its command line does not: it is empty while the process frees its
    memory, which may take more than half a second.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self").exists():
            return None
        command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
        fields = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        return None if not fields or fields[0][0] in GONE else " ".join(fields[1:])
    return None if fields[0] in GONE else fields[START_TIME]


def is_local_cloud(pid: int, data_dir: Path) -> bool:
    """Check by its command line that a process is this directory's local cloud: process ids are reused."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # no such process, or no /proc on this system
        shown = subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return "localcloud" in shown.stdout and str(data_dir) in shown.stdout
    return "localcloud" in arguments and str(data_dir) in arguments
