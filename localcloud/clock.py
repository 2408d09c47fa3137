"""The one clock: every wait of the local cloud is divided by `speed`."""

import asyncio
import time
from datetime import UTC, datetime


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

    async def sleep(self, aws_s: float) -> None:
        """Wait AWS seconds."""
        await asyncio.sleep(self.real_s(aws_s))
