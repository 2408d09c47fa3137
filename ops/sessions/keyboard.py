"""The user's input during a session: standard input, byte by byte if it is a terminal."""

import os
import select
import sys
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

READ_BYTES = 4096
LOOK_S = 0.2
END_OF_INPUT = b"\x04"
"""What a terminal makes of Ctrl-D: a program that reads the session's terminal sees the end of its input."""


class StandardInput:
    """The process's own standard input; a terminal is in raw mode meanwhile, so that Ctrl-C reaches the command."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._is_terminal = os.isatty(self._descriptor)

    @contextmanager
    def forwarded(self, send: Callable[[bytes], None], resize: Callable[[int, int], None]) -> Iterator[None]:
        """Call `send` with what is typed and `resize` with columns and rows, both from another thread."""
        ended = threading.Event()
        before = termios.tcgetattr(self._descriptor) if self._is_terminal else None
        reader = threading.Thread(target=self._read, args=(send, resize, ended), daemon=True)
        try:
            if before is not None:
                tty.setraw(self._descriptor)
            reader.start()
            yield
        finally:
            ended.set()
            reader.join()
            if before is not None:
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)

    def _read(self, send: Callable[[bytes], None], resize: Callable[[int, int], None], ended: threading.Event) -> None:
        size: os.terminal_size | None = None
        while not ended.is_set():
            if self._is_terminal and (now := os.get_terminal_size(self._descriptor)) != size:
                size = now
                resize(now.columns, now.lines)
            if not select.select([self._descriptor], [], [], LOOK_S)[0]:
                continue
            data = os.read(self._descriptor, READ_BYTES)
            send(data or END_OF_INPUT)
            if not data:
                return
