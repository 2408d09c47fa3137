"""The AWS endpoint's port of the last run: waits while an ending process holds it, and says when it moves."""

from pathlib import Path
from urllib.parse import urlsplit

from ops.environment import command_at
from ops.local import data_files
from ops.local.ports import is_free
from ops.waiter import Deadline, wait_for

NAME = "last-endpoint"
PREFERRED_PORT = 4566
PORT_RELEASE_S = 5.0


def keep(data_dir: Path, endpoint: str) -> None:
    data_files.free_path(data_dir / NAME).write_text(f"{endpoint}\n")


def await_release(data_dir: Path, preferred: int = PREFERRED_PORT) -> None:
    """Wait a moment for the preferred port if the last run had it: a process that ends may be about to release it."""
    if port_of(data_dir) == preferred:
        wait_for(lambda: is_free(preferred) or None, Deadline(PORT_RELEASE_S), interval_s=0.05)


def moved(data_dir: Path, endpoint: str, preferred: int = PREFERRED_PORT) -> str:
    """Explain that the endpoint of a new local cloud is not where it is expected, and why; empty when it is there.

    Expected is the port of the last run, or the preferred one. Before `keep`.
    """
    before, now = port_of(data_dir), urlsplit(endpoint).port
    if now == (before or preferred):
        return ""
    if now == preferred:
        why = f"127.0.0.1:{preferred} is free again"
    else:
        steps = f"{command_at(data_dir, 'down')} and {command_at(data_dir, 'up')}"
        why = f"another program used 127.0.0.1:{preferred}; to return there, stop that program, then {steps}"
    was = f", which was at 127.0.0.1:{before} in the last run," if before is not None else ""
    return f"The AWS endpoint{was} is now at {endpoint}: {why}. Clients with the other address need this one"


def port_of(data_dir: Path) -> int | None:
    """Return the endpoint's port of the last run; None when it is not known."""
    written = data_files.read(data_dir / NAME)
    try:
        return urlsplit(written.strip()).port if written.endswith("\n") else None
    except ValueError:  # not a URL, or a bad port
        return None
