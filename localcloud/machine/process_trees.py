"""Trees of processes: what they use of the machine, and signals to all of them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, kw_only=True)
class Usage:
    """One sample of a process tree. CPU times in seconds since its start, ended children included."""

    memory_bytes: int = 0
    cpu_user_s: float = 0.0
    cpu_system_s: float = 0.0
    read_bytes: int = 0
    written_bytes: int = 0
    processes: int = 0


def usage(pid: int) -> Usage:
    """Sample a process and all its descendants."""
    memory = processes = read = written = 0
    user_s = system_s = 0.0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            memory += process.memory_info().rss
            processes += 1
            user_s += times.user + times.children_user
            system_s += times.system + times.children_system
            if hasattr(process, "io_counters"):  # not on macOS
                counters = process.io_counters()
                read += counters.read_bytes
                written += counters.write_bytes
    return Usage(
        memory_bytes=memory,
        cpu_user_s=user_s,
        cpu_system_s=system_s,
        read_bytes=read,
        written_bytes=written,
        processes=processes,
    )


def titles(pid: int) -> list[str]:
    """Return the command line of each process of the tree; servers such as PostgreSQL write there what one does."""
    found = []
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            found.append(" ".join(process.cmdline()).strip())
    return found


def resident_bytes(pid: int) -> int:
    """Return the memory of the tree. Shared memory counts for each process: an upper bound, but cheap."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def charged_bytes(pid: int) -> int:
    """Return the memory of the tree with shared pages counted once, as a control group charges it. Costs more."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(psutil.Error):
            memory = process.memory_full_info()
            total += getattr(memory, "pss", memory.uss)
    return total


def kill_tree(pid: int) -> None:
    """Send SIGKILL to the whole tree, the first process last, so that none of them becomes an orphan first."""
    for process in reversed(list(_tree(pid))):
        with contextlib.suppress(psutil.Error):
            process.kill()


def freeze_tree(pid: int) -> list[psutil.Process]:
    """Send SIGSTOP to the whole tree, including processes that start meanwhile; return the stopped processes."""
    frozen: list[psutil.Process] = []
    while new := [process for process in _tree(pid) if process not in frozen]:
        for process in new:
            frozen.append(process)
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
    return frozen


def _tree(pid: int) -> Iterator[psutil.Process]:
    """Yield a process and its descendants, parents first."""
    try:
        first = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return
    yield first
    if not Path(f"/proc/{pid}/task/{pid}/children").exists():
        with contextlib.suppress(psutil.Error):
            yield from first.children(recursive=True)
        return
    # The kernel's own list: psutil would read every process on the machine.
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += [int(word) for word in (thread / "children").read_text().split()]
    return found
