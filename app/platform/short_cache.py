"""Shares one response between all callers: computed by one caller at a time, and cached for a moment."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

KEPT_S = 1.0


class ShortCache:
    """Runs one computation at a time for all callers, at most one in KEPT_S. now: monotonic seconds."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.lock = asyncio.Lock()
        self.kept: Any = None
        self.kept_until = 0.0

    async def get(self, compute: Callable[[], Awaitable[Any]]) -> Any:
        """Return what `compute` returns, or returned a moment ago. Errors: those of `compute`, which are not cached."""
        async with self.lock:
            if self.kept is None or self.now() >= self.kept_until:
                self.kept = await compute()
                self.kept_until = self.now() + KEPT_S
            return self.kept
