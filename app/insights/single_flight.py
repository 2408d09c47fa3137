"""Combines equal requests at the same time: one round serves all requests that came before it began.

A request that comes while a round is running waits for the next one, because the running round may have read the data
before a change that this caller already knows of.
"""

import asyncio
from collections.abc import Awaitable, Callable


class SingleFlight:
    """Runs at most one round at a time for each key, and queues one to follow it."""

    def __init__(self) -> None:
        self.running: dict[str, asyncio.Task[bytes]] = {}
        self.following: dict[str, asyncio.Task[bytes]] = {}

    async def ask(self, key: str, ask: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return the result of the next round's `ask`. Errors: those of `ask`, raised for everyone in the round."""
        following = self.following.get(key)
        if following is None:
            following = asyncio.create_task(self.follow(key, self.running.get(key), ask))
            self.following[key] = following
        return await asyncio.shield(following)

    async def follow(
        self, key: str, before: "asyncio.Task[bytes] | None", ask: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Wait for the previous round, then run this one."""
        if before is not None:
            await asyncio.wait([before])
        this = self.following.pop(key)
        self.running[key] = this
        try:
            return await ask()
        finally:
            if self.running.get(key) is this:
                del self.running[key]
