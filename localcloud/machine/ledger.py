"""The list of child processes on disk, and the sweep that ends those of a dead local cloud."""

import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from localcloud.machine import stored

KILL_WAIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line: the start of a process, or its end."""

    start: int | None = None
    created: float | None = None
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
        """Record a child; its creation time distinguishes it from a later process with the same pid."""
        try:
            created = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:  # it ended at once; `ended` follows
            return
        self._append({"start": pid, "created": created, "name": name})

    def ended(self, pid: int) -> None:
        """Record that the child and its group are gone."""
        self._append({"end": pid})

    def remove(self) -> None:
        """Delete the ledger once nothing is running."""
        stored.remove(self.path)

    def running(self) -> dict[int, tuple[float, str]]:
        """Return pid -> (creation time, name) of every recorded child that has not ended."""
        found: dict[int, tuple[float, str]] = {}
        # None: nothing was started, or another sweep has just ended everything.
        for line in stored.read(self.path, bytes.splitlines, "processes that it names may still run") or []:
            try:
                entry = stored.restore(Entry, json.loads(line))
            except stored.UNREADABLE:  # the last line of a writer killed while writing
                continue
            if entry.start is not None and entry.created is not None:
                found[entry.start] = (entry.created, entry.name)
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
    groups = {pid: name for pid, (created, name) in ledger.running().items() if _is_ours(pid, created)}
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


def _is_ours(pid: int, created: float) -> bool:
    """Say whether the group's leader is the recorded process, or has ended and left its group behind."""
    try:
        return abs(psutil.Process(pid).create_time() - created) < 0.05
    except psutil.NoSuchProcess:
        return created > psutil.boot_time()


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
