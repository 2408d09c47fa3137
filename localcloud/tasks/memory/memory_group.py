"""One control group that limits memory, for versions 1 and 2: create, read, kill, remove."""

import contextlib
import errno
import logging
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from localcloud.tasks.memory.control_groups import process_ids

log = logging.getLogger(__name__)

MIB = 1024 * 1024

END_WAIT_S = 5.0
END_POLL_S = 0.005
"""Real seconds for the kernel to release killed processes, and between checks."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names that differ between the two versions. The last two are lines of memory.stat."""

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
    """Bytes that the kernel charges, including its file cache. `peak_bytes`: None on kernels that do not report it."""

    used_bytes: int
    peak_bytes: int | None
    anonymous_bytes: int
    cached_bytes: int


@dataclass(frozen=True, kw_only=True)
class MemoryGroup:
    """The group of one container. Its methods raise OSError when the group was removed from outside."""

    path: Path
    version: int

    @property
    def entrance(self) -> Path:
        """Return the file through which a process enters the group with all its children, by writing 0."""
        return self.path / "cgroup.procs"

    def kills(self) -> int:
        """Return how many of its processes the kernel has killed for lack of memory, here or in a parent group."""
        return _fields(self.path / NAMES[self.version].events)["oom_kill"]

    def use(self) -> MemoryUse:
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
        """Send SIGKILL to all processes in the group, even those that left the process tree; do not wait."""
        with contextlib.suppress(FileNotFoundError):
            kill(self.path)


def make(version: int, path: Path, limit_mib: int | None, *, divided: bool = False) -> None:
    """Create a group; without a limit it only counts.

    `divided`: it will contain groups instead of processes. Errors: OSError.
    """
    path.mkdir()
    names = NAMES[version]
    together = path / "memory.use_hierarchy"
    if version == 1 and together.exists() and together.read_text().strip() == "0":
        write(together, "1")
    if version == 2 and divided:
        write(path / "cgroup.subtree_control", "+memory")
    if version == 2 and not divided:  # as a container engine does: the rest of a container is of no use
        write(path / "memory.oom.group", "1")
    if limit_mib is not None:
        write(path / names.limit, str(limit_mib * MIB))
        if (path / names.swap_limit).exists():  # version 1 counts memory and swap together
            write(path / names.swap_limit, str(limit_mib * MIB) if version == 1 else "0")


def remove(path: Path) -> None:
    """End all processes in a group and below it, then remove it. A group that cannot be removed is logged.

    A guardian and the next local cloud may do this at the same time.
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
            if exc.errno in (errno.ENOENT, errno.ENODEV):  # it was removed meanwhile
                return
            # The kernel needs a moment after the last process has ended.
            if exc.errno != errno.EBUSY or time.monotonic() > deadline:
                log.warning(
                    "Memory group not removed", extra={"action": "memory_group", "group": str(path), "why": str(exc)}
                )
                return
            time.sleep(END_POLL_S)
        else:
            return


def kill(path: Path) -> None:
    """Send SIGKILL to all processes in a group (in version 2, also below it). Errors: OSError."""
    at_once = path / "cgroup.kill"  # version 2, since Linux 5.14
    if at_once.exists():
        write(at_once, "1")
        return
    # 0 is a process that is not visible from here; for `kill` it would mean our own process group.
    seen = {0, os.getpid()}
    while new := set(process_ids(path)) - seen:  # killed processes cannot start others, so this loop ends
        for pid in new:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        seen |= new


def write(path: Path, value: str) -> None:
    """Write to an existing kernel file. Errors: OSError with the file's name."""
    file = os.open(path, os.O_WRONLY)  # `open` would truncate or read, which some of these files refuse
    try:
        os.write(file, value.encode())
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
    finally:
        os.close(file)


def _fields(path: Path) -> dict[str, int]:
    """Parse lines that consist of a name and a number."""
    return {name: int(number) for name, number in map(str.split, path.read_text().splitlines())}
