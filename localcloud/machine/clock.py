"""The one clock: it divides every wait of the local cloud by `speed`, except the time that programs need to work."""

import asyncio
import time
from datetime import UTC, datetime

REAL_WORK_S = 20.0
"""Real seconds. On a machine with far more to do than processors, a program may take this long to start, respond or
end: it gets no faster because the clock runs faster.
"""


class Clock:
    """AWS seconds on this machine's monotonic clock: with `speed` 5, one real second is five AWS seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed: should be a number above 0, got {speed!r}")
        self.speed = speed

    def now(self) -> float:
        """Return AWS seconds, monotonic: only differences are meaningful."""
        return time.monotonic() * self.speed

    def wall(self) -> datetime:
        """Return the real time of day, as reported in timestamps."""
        return datetime.now(UTC)

    def real_s(self, aws_s: float) -> float:
        return aws_s / self.speed

    def real_work_s(self, aws_s: float) -> float:
        """Convert the AWS seconds that a program has for its work to real seconds.

        They are divided like any wait, but never below what the work takes on a busy machine, and never longer than in
        AWS.
        """
        return max(self.real_s(aws_s), min(aws_s, REAL_WORK_S))

    def work_s(self, aws_s: float) -> float:
        """Return `real_work_s` as AWS seconds of this clock, to compare with differences of `now`."""
        return self.real_work_s(aws_s) * self.speed

    async def sleep(self, aws_s: float) -> None:
        await asyncio.sleep(self.real_s(aws_s))


def aware(moment: datetime) -> datetime:
    """Return a moment with its time zone. In requests and in moto, a moment without one is in UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
