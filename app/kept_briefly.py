"""An answer that is the same for everybody: found once at a time, and kept for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

KEPT_S = 1.0


class KeptBriefly:
    """However many ask, one look at a time, and none within KEPT_S of the last. now: monotonic seconds."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.lock = asyncio.Lock()
        self.kept: Any = None
        self.kept_until = 0.0

    async def ask(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """What `look` finds, or found a moment ago. Errors: those of `look`, which are not kept."""
        async with self.lock:
            if self.kept is None or self.now() >= self.kept_until:
                self.kept = await look()
                self.kept_until = self.now() + KEPT_S
            return self.kept
