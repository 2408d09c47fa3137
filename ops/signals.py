"""Signals that end a command: raised as exceptions, so that every `finally` runs and the state is reported."""

import signal
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

# Ctrl-C; `kill` or a time limit; a closed terminal.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_STANDING: list[str] = []
_RECEIVED: list[signal.Signals] = []


class Interrupted(KeyboardInterrupt):
    """A signal has arrived. Its notes say what was done because of it, in addition to `standing`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """The exit status that a shell shows for a process ended by this signal."""
        return 128 + self.signal.value


def catch() -> None:
    """Raise Interrupted at each of these signals, except those that our caller ignores, as `nohup` does."""
    from_now_on()
    _RECEIVED.clear()
    for each in ENDING:
        if signal.getsignal(each) is not signal.SIG_IGN:
            signal.signal(each, _interrupt)


def release() -> None:
    """Let each of these signals end the process immediately: everything has been reported or undone."""
    for each in ENDING:
        if signal.getsignal(each) is _interrupt:
            signal.signal(each, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    _RECEIVED.append(signal.Signals(number))
    raise Interrupted(number)


def have_come_twice() -> bool:
    """Return whether a second signal has come: the command then no longer waits for anything that ends by itself."""
    return len(_RECEIVED) > 1


def from_now_on(*lines: str) -> None:
    """Set the lines about the current state that a signal reports, until the next call."""
    _STANDING[:] = lines


def standing() -> Sequence[str]:
    """Return those lines; empty before the first call."""
    return tuple(_STANDING)
