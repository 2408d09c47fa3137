"""The address of the last run, stored to notice early that another program uses its port."""

from pathlib import Path
from urllib.parse import urlsplit

from ops.environment import command_at
from ops.errors import CouldNotStart
from ops.local import data_files
from ops.local.ports import is_free
from ops.waiter import Deadline, wait_for

NAME = "last-url"
PORT_RELEASE_S = 5.0


def keep(data_dir: Path, url: str) -> None:
    data_files.free_path(data_dir / NAME).write_text(f"{url}\n")


def check_port(data_dir: Path) -> None:
    """Check the load balancer's port of the last run. Errors: CouldNotStart when another program uses it now."""
    port = port_of(data_dir)
    if port is None:
        return
    released = wait_for(lambda: is_free(port) or None, Deadline(PORT_RELEASE_S), interval_s=0.1)
    if released is None:
        raise CouldNotStart(
            f"127.0.0.1:{port}, where the load balancer of {data_dir} listens, is in use by another program",
            next_step=f"stop that program, or use another port: {command_at(data_dir, 'up --listener-port PORT')}",
        )


def port_of(data_dir: Path) -> int | None:
    """Return the load balancer's port of the last run; None when it is not known."""
    written = data_files.read(data_dir / NAME)
    if not written.endswith("\n"):  # missing or incomplete
        return None
    try:
        return urlsplit(written.strip()).port or 80
    except ValueError:  # not a URL, or a bad port
        return None
