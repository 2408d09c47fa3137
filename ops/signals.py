"""Signals that end a command: each is raised as an exception, so that every `finally` runs and what goes on is told."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

# Ctrl-C, `kill` and a time limit, a terminal that was closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal has come. Its notes say what goes on without this command."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """Give what a shell shows for a process that the signal ended."""
        return 128 + self.signal.value


def catch() -> None:
    """Raise Interrupted at each of them, except those that whoever started us wants ignored, as `nohup` does."""
    for each in ENDING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupt)


def release() -> None:
    """Have each of them end the process at once from now on: what was to be told or undone is."""
    for each in ENDING:
        if signal.getsignal(each) is _interrupt:
            signal.signal(each, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


@contextmanager
def goes_on(*lines: str) -> Iterator[None]:
    """Have a signal that comes meanwhile tell what goes on, a line each."""
    try:
        yield
    except KeyboardInterrupt as exc:
        for line in lines:
            exc.add_note(line)
        raise
