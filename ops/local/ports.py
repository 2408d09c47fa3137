"""The ports of this machine that a load balancer may listen on."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

from ops.errors import CouldNotStart

LAST_PORT = 65_535
LISTENER_ATTEMPTS = 5


def checked_port(port: int) -> int:
    """Return the port. Errors: CouldNotStart when it is in use."""
    if not is_free(port):
        raise CouldNotStart(f"127.0.0.1:{port} is in use", next_step="choose another: `--listener-port PORT`")
    return port


def is_free(port: int) -> bool:
    """Return whether a program can listen on a port of 127.0.0.1."""
    with socket.socket() as probe:
        # As the load balancer does: connections of a listener that ended do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def claim(port: int) -> bool:
    """Claim a port until this process ends; False when a claim of this user exists.

    Seconds pass between the choice of a port and the listener, in which another `up` could choose the same one.
    """
    directory = Path(tempfile.gettempdir()) / f"spendsense-ports-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    claimed = os.open(directory / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(claimed, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claimed)
        return False
    return True  # the file stays open, and so locked, until the process ends
