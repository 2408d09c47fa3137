"""End Envoy's connections to a target. Envoy itself lets requests in flight run as long as the target does."""

import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psutil

PIDFD_GETFD = 438
"""The system call that duplicates a descriptor of another process, which must be ours; since Linux 5.6."""
LABEL = (6, 4)
"""Linux's IPPROTO_TCP, TCP_KEEPIDLE: it has no effect without SO_KEEPALIVE, so a socket can carry a label in it."""
MAX_LABEL = 32_767


def socket_options(label: int) -> list[dict[str, Any]]:
    """Return the socket options that label Envoy's connections for `shut_down`; `label`: 1 to 32767."""
    level, name = LABEL
    return [{"level": level, "name": name, "int_value": label}] if sys.platform == "linux" else []


@dataclass(frozen=True, slots=True)
class Connection:
    """One established connection of a process: its descriptor in that process, and both endpoints."""

    descriptor: int
    near: tuple[str, int]
    far: tuple[str, int]


def connections_to(pid: int, address: str, port: int) -> list[Connection]:
    """Return the connections that a process has established to address:port. Errors: psutil.Error."""
    return [
        Connection(each.fd, (each.laddr.ip, each.laddr.port), (address, port))
        for each in psutil.Process(pid).net_connections("tcp4")
        if each.status == psutil.CONN_ESTABLISHED and tuple(each.raddr) == (address, port)
    ]


def shut_down(pid: int, connections: Iterable[Connection], label: int) -> int:
    """Shut down the connections with this label, as if the other end had closed; -> their number.

    Connections whose descriptor has been reused meanwhile are skipped. Errors: OSError where the system lacks the call
    or forbids it (containers without ptrace).
    """
    if sys.platform != "linux":
        raise OSError("this system lets no process reach the sockets of another")
    process = os.pidfd_open(pid)
    try:
        return sum(_shut_down(process, connection, label) for connection in connections)
    finally:
        os.close(process)


def _shut_down(process: int, connection: Connection, label: int) -> bool:
    with socket.socket(fileno=_duplicate(process, connection.descriptor)) as copy:
        try:
            if (copy.getsockname(), copy.getpeername()) != (connection.near, connection.far):
                return False  # the descriptor now belongs to another connection
            if copy.getsockopt(*LABEL) != label:
                return False
            copy.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has just ended
            return False
    return True


def _duplicate(process: int, descriptor: int) -> int:
    import ctypes

    number: int = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, descriptor, 0)
    if number < 0:
        raise OSError(ctypes.get_errno(), f"pidfd_getfd: {os.strerror(ctypes.get_errno())}")
    return number
