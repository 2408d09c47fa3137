"""Live sessions: checked at every request, so that an access token ends with its session (ADR 27).

The database is the authority; Redis saves a query at each request. It relies on three facts:
- When a session ends, it is marked as ended in Redis after the commit and before the acknowledgement, for as long as
  access tokens live. From then on every task refuses its tokens.
- A live session is cached as live for LIVE_S, but never over that mark: a reader from before the end comes too late.
- If Redis cannot be updated at the end of a session, the acknowledgement waits until every such entry has expired.

Without Redis, the database decides; without both, every request is refused (503).
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from app.identity import sessions
from app.identity.tokens import LIFETIME
from app.platform.errors import UnauthenticatedError
from app.platform.rate_limits import RateLimiter
from app.stores.database import Database

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

LIVE, ENDED = b"live", b"ended"
LIVE_S = 5
LIVE_MARGIN_S = 0.5
ENDED_S = int(LIFETIME.total_seconds()) + 60


class LiveSessions:
    """Uses the Redis client of the rate limits, which has short timeouts, and pauses when they pause."""

    def __init__(self, limiter: RateLimiter, database: Database) -> None:
        self.limiter = limiter
        self.database = database

    async def check(self, session_id: UUID) -> None:
        """Return when the session is live. Errors: UnauthenticatedError, UnavailableError."""
        cached = await self.limiter.ask(lambda redis: redis.get(key_of(session_id)))
        if cached == LIVE:
            return
        if cached == ENDED or not await self.is_stored(session_id):
            raise UnauthenticatedError("This session has ended: log in again")
        if cached is None:
            await self.limiter.ask(lambda redis: redis.set(key_of(session_id), LIVE, nx=True, ex=LIVE_S))

    async def ended(self, session_ids: Sequence[UUID]) -> None:
        """Invalidate the access tokens of sessions. Call it after the commit that ended them, before acknowledging."""
        if not session_ids:
            return
        committed = time.monotonic()

        async def mark(redis: "Redis") -> bool:
            async with redis.pipeline(transaction=False) as pipeline:
                for session_id in session_ids:
                    pipeline.set(key_of(session_id), ENDED, ex=ENDED_S)
                await pipeline.execute()
            return True

        if await self.limiter.ask(mark, even_paused=True) is None:
            log.warning(
                "Ending sessions waits until cached entries expire",
                extra={"action": "session_end_waits"},
            )
            await asyncio.sleep(committed + LIVE_S + LIVE_MARGIN_S - time.monotonic())

    async def is_stored(self, session_id: UUID) -> bool:
        """Check that the session is stored and has not expired. Errors: UnavailableError."""
        async with self.database.transaction() as connection:
            return await sessions.is_live(connection, session_id)


def key_of(session_id: UUID) -> str:
    return f"session:{session_id.hex}"
