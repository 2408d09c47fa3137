"""Limits a process and its children to half a CPU, as a task of dev has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PERIOD_US = 100_000
QUOTA_US = PERIOD_US // 2
# cgroup v1 and v2, where root may use them.
PLACES = ((Path("/sys/fs/cgroup/cpu"), "cpu.cfs_quota_us", f"{QUOTA_US}"), (Path("/sys/fs/cgroup"), "cpu.max", ""))


@contextmanager
def half_a_cpu(pid: int) -> Iterator[bool]:
    """Limit the process to half a CPU; yield whether this machine allows it."""
    group = None
    for place, name, quota in PLACES:
        candidate = place / f"spendsense-bench-{pid}"
        try:
            candidate.mkdir()
            group = candidate
            (group / name).write_text(quota or f"{QUOTA_US} {PERIOD_US}")
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            if group is not None:
                group.rmdir()
            group = None
            continue
        break
    try:
        yield group is not None
    finally:
        if group is not None:
            for process in (group / "cgroup.procs").read_text().split():
                (group.parent / "cgroup.procs").write_text(process)
            group.rmdir()


def memory_mib(pid: int) -> float:
    """Return the memory of a process and its children; shared pages count proportionally."""
    return sum(proportional_kib(process) for process in family(pid)) / 1024


def family(pid: int) -> list[int]:
    """Return the process and all its running descendants."""
    found = [pid]
    for parent in found:
        try:
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            continue
        found.extend(int(child) for child in children)
    return found


def proportional_kib(pid: int) -> int:
    """Return its proportional set size; 0 once it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
