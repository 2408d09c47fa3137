"""The list of child processes on disk, and the sweep that ends those of a dead local cloud."""

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud.machine import stored_files

KILL_WAIT_S = 5.0
BOOT = Path("/proc/sys/kernel/random/boot_id")


START_TIME = 19
"""The place of `starttime` among the fields of /proc/PID/stat after the program's name; it is in clock ticks."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line: the start of a process, or its end.

    `created` tells it from a later process with the same pid: clock ticks since the start `boot` of the system. On a
    system without /proc, and in lines of earlier versions, it is seconds by the clock, and `boot` is empty.
    """

    start: int | None = None
    created: float | None = None
    boot: str = ""
    name: str = ""
    end: int | None = None


class Ledger:
    """Appends one JSON line for each process that starts (`start`) or has ended (`end`).

    Every child leads its own process group; the group's id is the child's pid. Each run has its own file: the next run
    begins while the guardian of a killed one is still sweeping.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def started(self, pid: int, name: str) -> None:
        """Record a child."""
        try:
            boot = _boot()
            created = _ticks(pid) if boot else psutil.Process(pid).create_time()
        except (ProcessLookupError, psutil.NoSuchProcess):  # it ended immediately; `ended` follows
            return
        self._append({"start": pid, "created": created, "boot": boot, "name": name})

    def ended(self, pid: int) -> None:
        """Record that the child and its group are gone."""
        self._append({"end": pid})

    def remove(self) -> None:
        """Delete the ledger once nothing is running."""
        stored_files.remove(self.path)

    def running(self) -> dict[int, Entry]:
        """Return pid -> start of every recorded child that has not ended."""
        found: dict[int, Entry] = {}
        # None: nothing was started, or another sweep has just ended everything.
        for line in stored_files.read(self.path, bytes.splitlines, "processes that it names may still run") or []:
            try:
                entry = stored_files.restore(Entry, json.loads(line))
            except stored_files.UNREADABLE:  # the last line of a writer killed while writing
                continue
            if entry.start is not None and entry.created is not None:
                found[entry.start] = entry
            elif entry.end is not None:
                found.pop(entry.end, None)
        return found

    def _append(self, entry: dict[str, object]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def sweep(ledger: Ledger) -> list[str]:
    """End every recorded process group that is still running; -> names of those ended.

    TERM first, KILL after 5 s. A pid that now belongs to another program is left alone.
    """
    groups = {pid: entry.name for pid, entry in ledger.running().items() if _is_ours(pid, entry)}
    members = _members(set(groups))
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for process in members:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended
                process.send_signal(sign)
        deadline = time.monotonic() + KILL_WAIT_S
        psutil.wait_procs(members, timeout=KILL_WAIT_S)
        members = _members(set(groups))
        if not members or time.monotonic() > deadline + KILL_WAIT_S:
            break
    ledger.remove()
    return sorted(groups.values())


def _is_ours(pid: int, entry: Entry) -> bool:
    """Return whether the group's leader is the recorded process, or has ended and left its group behind."""
    assert entry.created is not None  # noqa: S101 - it is a start
    try:
        if not entry.boot:
            return abs(psutil.Process(pid).create_time() - entry.created) < 0.05
        return entry.boot == _boot() and entry.created == _ticks(pid)
    except psutil.NoSuchProcess:
        return entry.created > psutil.boot_time()
    except ProcessLookupError:
        return True


def _boot() -> str:
    """Return an id of this boot of the system, which its clock does not affect; empty on systems without /proc."""
    return BOOT.read_text().strip() if BOOT.exists() else ""


def _ticks(pid: int) -> int:
    """Return when a process began. A clock that is set meanwhile does not change it. Errors: ProcessLookupError."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError as error:
        raise ProcessLookupError(pid) from error
    return int(text.rpartition(")")[2].split()[START_TIME])


def _members(groups: set[int]) -> list[psutil.Process]:
    """Return the processes of the groups and their descendants: one that left its group (setsid) keeps its parent."""
    found: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):  # it has ended
            if os.getpgid(process.pid) in groups:
                found |= {member.pid: member for member in (process, *process.children(recursive=True))}
    return [process for process in found.values() if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
