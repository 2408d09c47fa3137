"""The state file after an apply that could not write it.

Terraform writes it in place: a full disk, or a kill at that moment, truncates it. It keeps a backup from the apply's
start, and at the end writes a state that it could not store to a file of another name.
"""

import fcntl
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STATE = "terraform.tfstate"
BACKUP, ERRORED, DAMAGED, NEW = f"{STATE}.backup", "errored.tfstate", f"{STATE}.spoilt", f"{STATE}.new"


@dataclass(frozen=True, slots=True)
class Saved:
    """A state's identity and the count of its changes, as Terraform keeps them."""

    lineage: str
    serial: int


def repair(code: Path, say: Callable[[str], None]) -> None:
    """Replace an unreadable state with the newest readable one, unless a Terraform has it locked.

    Resources that this state lacks are found as after any unfinished apply (leftovers.py).
    """
    state, errored = code / STATE, code / ERRORED
    if is_locked(state):  # it is empty while its first apply runs, and the lock would go with it
        return
    there, unwritten = read(state), read(errored)
    if unwritten is not None and (there is None or _follows(unwritten, there)):
        say(f"Terraform could not write its state at the end of the last apply; taking it from {errored}")
        errored.replace(state)
    elif there is None and state.exists():
        had_one = read(code / BACKUP) is not None
        if had_one:
            shutil.copyfile(code / BACKUP, code / NEW)
        state.replace(code / DAMAGED)
        instead = "taking the one before that apply" if had_one else "beginning without one"
        say(f"The Terraform state was written only in part (kept as {DAMAGED}); {instead}")
        if had_one:
            (code / NEW).replace(state)


def is_locked(state: Path) -> bool:
    """Return whether any Terraform works on a state file, by its POSIX lock."""
    try:
        file = state.open("rb+")
    except FileNotFoundError:
        return False
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return True
    return False


def read(path: Path) -> Saved | None:
    """Return the identity of the state in a file; None when it cannot be read."""
    try:
        found = json.loads(path.read_text())
        return Saved(str(found["lineage"]), int(found["serial"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _follows(later: Saved, earlier: Saved) -> bool:
    return later.lineage == earlier.lineage and later.serial > earlier.serial
