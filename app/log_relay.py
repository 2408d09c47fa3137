"""A sidecar that prints one kind of the service's log lines, so that its log driver takes them to their own group."""

import contextlib
import errno
import os
import selectors
import signal
import socket
import sys
import time

# Only these few modules: the sidecar runs beside every task, and what it imports is memory of the task.

LINE_LIMIT_BYTES = 256 * 1024
RETRY_S = 1.0
BACKLOG = 16


def address_of(task_id: str, stream: str) -> str:
    """Where the containers of one task meet: a name in the network they share, and not in any file system.

    The leading zero byte says so to Linux. The task's id keeps tasks apart that share a machine's network.
    """
    return f"\0spendsense-log/{task_id}/{stream}"


class Relay:
    """The way to a sidecar. A line is a packet: it arrives whole or not at all.

    Never waits: what the sidecar does not take at once is left to the caller.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: socket.socket | None = None
        self.next_try_s = 0.0

    def takes(self, line: bytes) -> bool:
        """Whether the sidecar has the line now. False while there is none, or none that keeps up."""
        if self.connection is None and not self.connect():
            return False
        try:
            self.connection.send(line)  # type: ignore[union-attr]
        except BlockingIOError:
            return False
        except OSError as exc:
            if exc.errno != errno.EMSGSIZE:  # longer than a packet may be; every other one can still go this way
                self.close()
            return False
        return True

    def connect(self) -> bool:
        """Try to reach the sidecar, at most once a second."""
        now_s = time.monotonic()
        if now_s < self.next_try_s:
            return False
        self.next_try_s = now_s + RETRY_S
        try:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError:  # macOS has no such sockets
            return False
        try:
            connection.setblocking(False)
            connection.connect(self.address)
        except OSError:
            connection.close()
            return False
        self.connection = connection
        return True

    def close(self) -> None:
        """Let go of the sidecar, which then knows that nothing more comes."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def serve(listener: socket.socket, stop: socket.socket, out: int) -> None:
    """Write each packet as a line to the file `out`, until `stop` is readable and every connection has ended.

    So the last lines of a container that was stopped first are printed too.
    """
    packet = bytearray(LINE_LIMIT_BYTES)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(stop, selectors.EVENT_READ)
        open_count, stopping = 0, False
        while not (stopping and open_count == 0):
            for key, _ in selector.select():
                ready = key.fileobj
                if ready is stop:
                    stopping = True
                    selector.unregister(stop)
                elif ready is listener:
                    connection, _ = listener.accept()
                    selector.register(connection, selectors.EVENT_READ)
                    open_count += 1
                elif isinstance(ready, socket.socket) and not pass_on(ready, out, packet):
                    selector.unregister(ready)
                    ready.close()
                    open_count -= 1


def pass_on(connection: socket.socket, out: int, packet: bytearray) -> bool:
    """Write what is there of one connection, at most a batch; whether more may come. `packet`: room for one."""
    lines = bytearray()
    is_open = True
    while len(lines) < LINE_LIMIT_BYTES:
        try:
            size = connection.recv_into(packet, 0, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
        except ConnectionError:
            size = 0
        if not size:
            is_open = False
            break
        lines += packet[:size]
        lines += b"\n"
    write(out, lines)
    return is_open


def write(out: int, data: bytearray) -> None:
    """All of it, however much the file takes at a time."""
    while data:
        del data[: os.write(out, data)]


def main() -> None:
    """`python -m app.log_relay access`, in a task whose application runs in another container."""
    stream = sys.argv[1]
    # The id of the task, as in app/task.py, without what that imports.
    task_id = os.environ["ECS_CONTAINER_METADATA_URI_V4"].rpartition("/")[2].partition("-")[0]
    stop, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with contextlib.closing(listener):
        listener.bind(address_of(task_id, stream))
        listener.listen(BACKLOG)
        serve(listener, stop, sys.stdout.fileno())


if __name__ == "__main__":
    main()
