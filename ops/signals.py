"""Signals that end a command: each is raised as an exception, so that every `finally` runs and what is so is told."""

import signal
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

# Ctrl-C, `kill` and a time limit, a terminal that was closed.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STANDING: list[str] = []


class Interrupted(KeyboardInterrupt):
    """A signal has come. Its notes say what was done because of it, beside what `standing` says."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """Give what a shell shows for a process that the signal ended."""
        return 128 + self.signal.value


def catch() -> None:
    """Raise Interrupted at each of them, except those that whoever started us wants ignored, as `nohup` does."""
    from_now_on()
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


def from_now_on(*lines: str) -> None:
    """Have a signal tell this of the state that things are in, a line each, until this is called again."""
    _STANDING[:] = lines


def standing() -> Sequence[str]:
    """Give the lines; none while what holds from the command's beginning is still so."""
    return tuple(_STANDING)
