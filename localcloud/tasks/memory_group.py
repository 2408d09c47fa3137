"""One control group that holds memory, in the words of version 1 and 2: make, read, end, remove."""

import contextlib
import errno
import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from localcloud.tasks.control_groups import process_ids

log = logging.getLogger(__name__)

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
MIB = 1024 * 1024

END_WAIT_S = 5.0
END_POLL_S = 0.005
"""Real seconds for the kernel to let go of processes that were killed, and between looks."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the two versions call the same thing. The last two are lines of memory.stat."""

    limit: str
    swap_limit: str
    used: str
    peak: str
    events: str
    anonymous: str
    cached: str


NAMES = {
    1: Names(
        limit="memory.limit_in_bytes",
        swap_limit="memory.memsw.limit_in_bytes",
        used="memory.usage_in_bytes",
        peak="memory.max_usage_in_bytes",
        events="memory.oom_control",
        anonymous="total_rss",
        cached="total_cache",
    ),
    2: Names(
        limit="memory.max",
        swap_limit="memory.swap.max",
        used="memory.current",
        peak="memory.peak",
        events="memory.events",
        anonymous="anon",
        cached="file",
    ),
}


@dataclass(frozen=True, kw_only=True)
class MemoryUse:
    """Bytes that the kernel charges, its cache of files included. `peak_bytes`: None on kernels that do not tell."""

    used_bytes: int
    peak_bytes: int | None
    anonymous_bytes: int
    cached_bytes: int


@dataclass(frozen=True, kw_only=True)
class MemoryGroup:
    """The group of one container. Errors of its questions: OSError when somebody else has removed it."""

    path: Path
    version: int

    @property
    def entrance(self) -> Path:
        """A process that writes 0 here is in, with all that it starts."""
        return self.path / "cgroup.procs"

    def kills(self) -> int:
        """How many of its processes the kernel has killed for want of memory, here or in a group above."""
        return _fields(self.path / NAMES[self.version].events)["oom_kill"]

    def use(self) -> MemoryUse:
        """Now."""
        names = NAMES[self.version]
        statistics = _fields(self.path / "memory.stat")
        peak = self.path / names.peak
        return MemoryUse(
            used_bytes=int((self.path / names.used).read_text()),
            peak_bytes=int(peak.read_text()) if peak.exists() else None,
            anonymous_bytes=statistics[names.anonymous],
            cached_bytes=statistics[names.cached],
        )

    def kill(self) -> None:
        """SIGKILL to all in it, those that left the process tree included; does not wait."""
        with contextlib.suppress(FileNotFoundError):
            kill(self.path)


def make(version: int, path: Path, limit_mib: int | None, *, divided: bool = False) -> None:
    """A new group; without a limit it only counts. `divided`: it will hold groups, else processes. Errors: OSError."""
    path.mkdir()
    names = NAMES[version]
    together = path / "memory.use_hierarchy"
    if version == 1 and together.exists() and together.read_text().strip() == "0":
        write(together, "1")
    if version == 2 and divided:
        write(path / "cgroup.subtree_control", "+memory")
    if version == 2 and not divided:  # as a container engine does: what is left of a container is of no use
        write(path / "memory.oom.group", "1")
    if limit_mib is not None:
        write(path / names.limit, str(limit_mib * MIB))
        if (path / names.swap_limit).exists():  # version 1 counts both together
            write(path / names.swap_limit, str(limit_mib * MIB) if version == 1 else "0")


def remove(path: Path) -> None:
    """End what is in a group and below it, then remove it. One that cannot be removed is logged.

    A guardian and the next local cloud may do so at the same time.
    """
    try:
        groups = [entry for entry in path.iterdir() if entry.is_dir()]
    except FileNotFoundError:
        return
    for below in groups:
        remove(below)
    deadline = time.monotonic() + END_WAIT_S
    while True:
        try:
            kill(path)
            path.rmdir()
        except OSError as exc:
            if exc.errno in (errno.ENOENT, errno.ENODEV):  # removed, or so while its processes were read
                return
            # The kernel needs a moment after the end of the last process.
            if exc.errno != errno.EBUSY or time.monotonic() > deadline:
                log.warning(
                    "Memory group not removed", extra={"action": "memory_group", "group": str(path), "why": str(exc)}
                )
                return
            time.sleep(END_POLL_S)
        else:
            return


def kill(path: Path) -> None:
    """SIGKILL to all in a group (of version 2: and below it). Errors: OSError."""
    at_once = path / "cgroup.kill"  # version 2 from Linux 5.14 on
    if at_once.exists():
        write(at_once, "1")
        return
    seen = {0, os.getpid()}  # 0 is one that cannot be seen from here; to `kill` it would be our own process group
    while new := set(process_ids(path)) - seen:  # what is being killed can start no others: this ends
        for pid in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        seen |= new


def write(path: Path, value: str) -> None:
    """Into a file of the kernel, which must be there. Errors: OSError with the file's name."""
    file = os.open(path, os.O_WRONLY)  # `open` would truncate or ask to read, which some of them refuse
    try:
        os.write(file, value.encode())
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
    finally:
        os.close(file)


def _fields(path: Path) -> dict[str, int]:
    """Lines of a name and a number."""
    return {name: int(number) for name, number in map(str.split, path.read_text().splitlines())}
