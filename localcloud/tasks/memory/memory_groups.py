"""The kernel's own memory limits: a control group for each task, and one below it for each of its containers."""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import psutil

from localcloud.machine import stored_files
from localcloud.machine.files import write_json
from localcloud.tasks.memory.control_groups import NoControlGroups, Place, own_group, place_for, process_ids
from localcloud.tasks.memory.memory_group import MemoryGroup, make, remove, write

log = logging.getLogger(__name__)

RECORD = "memory-groups.json"
TRIAL_MIB = 64


class MemoryGroups:
    """Part: the groups of one run of one local cloud. `make` returns no groups where the kernel cannot limit tasks."""

    def __init__(self, data_directory: Path, run: str) -> None:
        self._record = data_directory / RECORD
        self._run = run
        self._place: Place | None = None
        self._enforced = "unknown"
        self._why = "not started"
        self._refused = 0

    async def start(self) -> None:
        """Remove groups of a killed local cloud, and find out whether the kernel can limit memory here."""
        await asyncio.to_thread(self._open)

    async def stop(self) -> None:
        """Remove the groups; the tasks have ended before."""
        if self._place is not None:
            await asyncio.to_thread(_release, self._place)
            self._record.unlink(missing_ok=True)

    def status(self) -> dict[str, object]:
        """Return `enforced`: `kernel, cgroup v1` or `v2`, `watched`, `unknown`; if not by the kernel, with `why`."""
        status: dict[str, object] = {"status": "ready", "enforced": self._enforced}
        if self._place is not None:
            status["group"] = str(self._place.base)
        if self._refused:
            status["tasks_watched"] = self._refused
        if self._why:
            status["why"] = self._why
        return status

    def make(self, task: str, limit_mib: int | None, containers: Mapping[str, int | None]) -> dict[str, MemoryGroup]:
        """Create a task's groups from container -> limit in MiB.

        Returns an empty dict where they cannot be created: the task is then watched.
        """
        if self._place is None:
            return {}
        version, path = self._place.version, self._place.base / task
        groups = {}
        try:
            make(version, path, limit_mib, divided=True)
            for index, (name, container_limit_mib) in enumerate(containers.items()):
                group = MemoryGroup(path=path / f"{index}-{name[:100]}", version=version)
                make(version, group.path, container_limit_mib)
                groups[name] = group
        except OSError as exc:
            self._refused += 1
            why = f"{exc.filename}: {exc.strerror}"
            if not self._why:
                log.warning(
                    "The memory of a task is watched, but not limited by the kernel",
                    extra={"action": "memory_group_failed", "why": why},
                )
            self._why = why
            remove(path)
            return {}
        return groups

    def remove(self, task: str) -> None:
        """Remove the groups of a task that has ended, and kill processes left in them."""
        if self._place is not None:
            remove(self._place.base / task)

    def _open(self) -> None:
        remove_leftovers(self._record)
        try:
            own = own_group(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())
            ours = [os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))]
            place = place_for(f"{_prefix(self._record)}-{self._run}", own, ours)
            write_json(self._record, asdict(place))
            _prepare(place)
        except (OSError, NoControlGroups) as exc:
            remove_leftovers(self._record)
            self._record.unlink(missing_ok=True)
            self._enforced, self._why = "watched", str(exc)
            log.info(
                "The memory of tasks is watched, but not limited by the kernel",
                extra={"action": "memory", "why": self._why},
            )
            return
        self._place, self._enforced, self._why = place, f"kernel, cgroup v{place.version}", ""
        log.info("The memory of tasks is limited by the kernel", extra={"action": "memory", "group": str(place.base)})


def remove_leftovers(record: Path, run: str = "") -> None:
    """End processes in the groups that `record` names and remove these groups: their local cloud was killed.

    `run`: limit this to one run.
    """
    place = stored_files.read(record, _place, "control groups that it names may still exist")
    # A copied data directory names the groups of the original.
    if place is not None and place.base.name.startswith(f"{_prefix(record)}-") and place.base.name.endswith(run):
        _release(place)


def _place(content: bytes) -> Place:
    noted = json.loads(content)
    retreat = noted["retreat"]
    return Place(**noted | {"base": Path(noted["base"]), "retreat": retreat and Path(retreat)})


def _prefix(record: Path) -> str:
    return f"localcloud-{hashlib.sha256(str(record.resolve()).encode()).hexdigest()[:8]}"


def _prepare(place: Place) -> None:
    """Create the base group and test it. Errors: OSError, NoControlGroups."""
    above = place.base.parent
    if place.retreat is not None:
        place.retreat.mkdir()
        _move_all(above, place.retreat)
    if place.needs_controller:
        write(above / "cgroup.subtree_control", "+memory")
    make(place.version, place.base, None, divided=True)
    trial = MemoryGroup(path=place.base / "trial", version=place.version)
    make(trial.version, trial.path, TRIAL_MIB)
    entering = ["/bin/sh", "-c", 'echo 0 >"$0"', str(trial.entrance)]
    result = subprocess.run(entering, check=False, capture_output=True, text=True)
    if result.returncode != 0:
        raise NoControlGroups(f"{trial.path} cannot be entered: {result.stderr.strip()}")
    try:
        trial.kills()
    except KeyError:
        raise NoControlGroups(f"{trial.path}: this kernel does not count the processes that it kills") from None
    remove(trial.path)


def _release(place: Place) -> None:
    """Undo `_prepare`."""
    remove(place.base)
    if place.retreat is None or not place.retreat.exists():
        return
    above = place.base.parent
    try:
        write(above / "cgroup.subtree_control", "-memory")
        _move_all(place.retreat, above)
        place.retreat.rmdir()
    except OSError as exc:  # meanwhile, another program uses the parent group
        log.info(
            "The local cloud stays in its own memory group",
            extra={"action": "memory", "group": str(place.retreat), "why": str(exc)},
        )


def _move_all(source: Path, target: Path) -> None:
    """Move all processes to another group. Errors: OSError."""
    while pids := process_ids(source):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                write(target / "cgroup.procs", str(pid))
