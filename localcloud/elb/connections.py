"""Ends Envoy's connections to a target. Envoy itself lets requests under way go on for as long as the target does."""

import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

PIDFD_GETFD = 438
"""The system call that duplicates a descriptor of another process, which must be ours; Linux 5.6."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One established connection of a process: its descriptor there, and both ends."""

    descriptor: int
    near: tuple[str, int]
    far: tuple[str, int]


def connections_to(pid: int, address: str, port: int) -> list[Connection]:
    """What a process has established to address:port. Errors: psutil.Error."""
    return [
        Connection(held.fd, (held.laddr.ip, held.laddr.port), (address, port))
        for held in psutil.Process(pid).net_connections("tcp4")
        if held.status == psutil.CONN_ESTABLISHED and tuple(held.raddr) == (address, port)
    ]


def shut_down(pid: int, connections: Iterable[Connection]) -> int:
    """Shut down those that are still what they were; the process sees them closed by the other end. -> how many.

    Errors: OSError where the system has no such call, or forbids it (containers without ptrace).
    """
    if sys.platform != "linux":
        raise OSError("this system lets no process reach the sockets of another")
    process = os.pidfd_open(pid)
    try:
        return sum(_shut_down(process, connection) for connection in connections)
    finally:
        os.close(process)


def _shut_down(process: int, connection: Connection) -> bool:
    with socket.socket(fileno=_duplicate(process, connection.descriptor)) as held:
        try:
            if (held.getsockname(), held.getpeername()) != (connection.near, connection.far):
                return False  # the descriptor is another connection's by now
            held.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has just ended
            return False
    return True


def _duplicate(process: int, descriptor: int) -> int:
    import ctypes

    number: int = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, descriptor, 0)
    if number < 0:
        raise OSError(ctypes.get_errno(), f"pidfd_getfd: {os.strerror(ctypes.get_errno())}")
    return number
