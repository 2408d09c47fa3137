"""Lets one `up` or `down` act on a data directory at a time, and knows which process that is."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ops.console import Console
from ops.errors import CouldNotStart
from ops.local import data_files
from ops.local_process import Standstill, look_at
from ops.waiter import Deadline, wait_for

LOCK = "operator.lock"
LOOK_S = 0.1


@contextmanager
def sole_operator(data_dir: Path, console: Console) -> Iterator[None]:
    """Let one `up` or `down` act at a time; others wait for it. Errors: CouldNotStart when that one is suspended."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as exc:  # /proc, for example, takes no directory
        raise CouldNotStart(f"{data_dir}: cannot be created there", next_step="choose another SPENDSENSE_HOME") from exc
    with data_files.free_path(data_dir / LOCK).open("a+") as lock:
        if not _acquired(lock):
            console.say(f"Another `up`, `down` or `destroy` is working on {data_dir}; waiting for it to finish ...")
            wait_for(lambda: _free_at_last(lock, data_dir), Deadline(float("inf")), interval_s=LOOK_S)
        _write(lock, str(os.getpid()))
        try:
            yield
        finally:
            _write(lock, "")


def _write(lock: IO[str], text: str) -> None:
    """Record the lock's owner; the lock holds without it, so that `down` works on a full disk."""
    os.ftruncate(lock.fileno(), 0)
    with contextlib.suppress(OSError):
        os.write(lock.fileno(), text.encode())


def operator_of(data_dir: Path) -> int | None:
    """Return the process of the `up` or `down` that is running; None when there is none."""
    written = data_files.read(data_dir / LOCK)
    return int(written) if written.isdigit() and look_at(int(written)) is not None else None


def _acquired(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free_at_last(lock: IO[str], data_dir: Path) -> bool | None:
    """Take the lock; None while another has it. Errors: CouldNotStart when that one is suspended: it never ends."""
    if _acquired(lock):
        return True
    holder = operator_of(data_dir)
    if holder is not None and Standstill(holder).is_suspended:
        raise CouldNotStart(
            f"another `up`, `down` or `destroy` is working on {data_dir}, but its process {holder} is suspended",
            next_step=f"let it continue (`fg` in its terminal or `kill -CONT {holder}`), or end it: `kill -9 {holder}`",
        )
    return None
