"""The one clock: every wait of the local cloud is divided by `speed`, but not what a program needs for its work."""

import asyncio
import time
from datetime import UTC, datetime

REAL_WORK_S = 20.0
"""Real seconds. So long may a program take to start, to answer or to end on a machine with far more to do than it has
processors for: no program gets faster because the clock runs faster."""


class Clock:
    """AWS seconds on this machine's monotonic clock: with `speed` 5, one real second is five AWS seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed: should be a number above 0, got {speed!r}")
        self.speed = speed

    def now(self) -> float:
        """AWS seconds, monotonic: only differences mean something."""
        return time.monotonic() * self.speed

    def wall(self) -> datetime:
        """The real time of day, as reported in timestamps."""
        return datetime.now(UTC)

    def real_s(self, aws_s: float) -> float:
        """AWS seconds -> real seconds."""
        return aws_s / self.speed

    def real_work_s(self, aws_s: float) -> float:
        """AWS seconds in which a program has to get something done -> real seconds.

        Divided as any wait, but not below what the work takes on a busy machine; never longer than in AWS.
        """
        return max(self.real_s(aws_s), min(aws_s, REAL_WORK_S))

    def work_s(self, aws_s: float) -> float:
        """The same as AWS seconds of this clock, to compare with differences of `now`."""
        return self.real_work_s(aws_s) * self.speed

    async def sleep(self, aws_s: float) -> None:
        """Wait AWS seconds."""
        await asyncio.sleep(self.real_s(aws_s))
