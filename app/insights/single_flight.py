"""Equal questions at the same time, asked once: in a round that begins after the last of them came.

Who comes while a round is under way waits for the next, for the one under way may have looked before a change
that this caller already knows of.
"""

import asyncio
from collections.abc import Awaitable, Callable


class SingleFlight:
    """At most one round under way for a key, and one to follow it."""

    def __init__(self) -> None:
        self.running: dict[str, asyncio.Task[bytes]] = {}
        self.following: dict[str, asyncio.Task[bytes]] = {}

    async def ask(self, key: str, ask: Callable[[], Awaitable[bytes]]) -> bytes:
        """What the next round's `ask` answers. Errors: those of `ask`, to everyone in the round."""
        following = self.following.get(key)
        if following is None:
            following = asyncio.create_task(self.follow(key, self.running.get(key), ask))
            self.following[key] = following
        return await asyncio.shield(following)

    async def follow(
        self, key: str, before: "asyncio.Task[bytes] | None", ask: Callable[[], Awaitable[bytes]]
    ) -> bytes:
        """Wait for the round before, then be the one under way."""
        if before is not None:
            await asyncio.wait([before])
        this = self.following.pop(key)
        self.running[key] = this
        try:
            return await ask()
        finally:
            if self.running.get(key) is this:
                del self.running[key]
