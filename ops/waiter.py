"""Polls until a condition holds or a monotonic deadline passes."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Deadline:
    """A moment on the monotonic clock after which waiting ends."""

    def __init__(
        self,
        timeout_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.timeout_s = timeout_s
        self._clock = clock
        self._sleep = sleep
        self._started = clock()

    @property
    def elapsed_s(self) -> float:
        return self._clock() - self._started

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.timeout_s - self.elapsed_s)

    @property
    def has_passed(self) -> bool:
        return self.elapsed_s >= self.timeout_s

    def pause(self, interval_s: float) -> None:
        """Sleep until the next look, but never beyond the deadline."""
        self._sleep(min(interval_s, self.remaining_s))


def wait_for(look: Callable[[], Found | None], deadline: Deadline, *, interval_s: float) -> Found | None:
    """Look until something is found; None when the deadline passes first. Looks at least once."""
    while True:
        found = look()
        if found is not None or deadline.has_passed:
            return found
        deadline.pause(interval_s)
