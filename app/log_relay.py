"""A sidecar that prints one kind of the service's log lines, so that its log driver sends them to their own group."""

import contextlib
import errno
import os
import selectors
import signal
import socket
import sys
import time

# Only these few modules: the sidecar runs beside every task, and its imports use the task's memory.

LINE_LIMIT_BYTES = 256 * 1024
RETRY_S = 1.0
BACKLOG = 16


def address_of(task_id: str, stream: str) -> str:
    """Return the address at which the containers of one task meet: a name in their shared network, not in a file
    system.

    The leading zero byte makes it an abstract address on Linux. The task's id separates tasks that share a machine's
    network.
    """
    return f"\0spendsense-log/{task_id}/{stream}"


class Relay:
    """The connection to a sidecar. A line is a packet: it arrives completely or not at all.

    Never blocks: what the sidecar does not accept immediately is left to the caller.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: socket.socket | None = None
        self.next_try_s = 0.0

    def send(self, line: bytes) -> bool:
        """Send the line; False when the sidecar is absent or does not keep up."""
        if self.connection is None and not self.connect():
            return False
        try:
            self.connection.send(line)  # type: ignore[union-attr]
        except BlockingIOError:
            return False
        except OSError as exc:
            if exc.errno != errno.EMSGSIZE:  # longer than a packet may be; all others can still be sent
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
        """Close the connection, so that the sidecar knows that nothing more comes."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def serve(listener: socket.socket, stop: socket.socket, out: int) -> None:
    """Write each packet as a line to the file `out`, until `stop` is readable and every connection has ended.

    This way the last lines of a container that was stopped first are printed too.
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
    """Write what one connection has, at most a batch; return whether more may come. packet: a buffer for one packet."""
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
    """Write everything, however much the file accepts at a time."""
    while data:
        del data[: os.write(out, data)]


def main() -> None:
    """Run `python -m app.log_relay access`, in a task whose application runs in another container."""
    stream = sys.argv[1]
    # The task's id, as in app/platform/task.py, without that module's imports.
    task_id = os.environ["ECS_CONTAINER_METADATA_URI_V4"].rpartition("/")[2].partition("-")[0]
    stop, wakeup = socket.socketpair()
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with contextlib.closing(listener):
        listener.bind(address_of(task_id, stream))
        listener.listen(BACKLOG)
        serve(listener, stop, sys.stdout.fileno())


if __name__ == "__main__":
    main()
