"""Whether somebody tries the passwords of other places: failed log-ins, and at how many accounts.

Two numbers for CloudWatch. FailedLogIns counts attempts; FailedAccounts how many accounts they named, each once in
five minutes for all tasks: a user who mistypes, or one account that is guessed at, is one of them. Accounts that do
not exist count too. Without Redis each task counts the accounts that it saw.
"""

import time
from typing import TYPE_CHECKING

from app.pseudonyms import Pseudonyms
from app.rate_limits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis

WINDOW_S = 300
ATTEMPTS, ACCOUNTS = "FailedLogIns", "FailedAccounts"
ACCOUNTS_KEPT = 10_000


class Stuffing:
    """Counts. Belongs to the event loop. now: Unix time."""

    def __init__(self, limiter: RateLimiter, pseudonyms: Pseudonyms, *, now: "Callable[[], float]" = time.time) -> None:
        self.limiter = limiter
        self.pseudonyms = pseudonyms
        self.now = now
        self.window = 0
        self.seen: set[str] = set()

    async def failed(self, email: str) -> None:
        """Count an attempt to log in that brought nothing, whether its password was looked at or not."""
        if self.limiter.metrics is None:
            return
        self.limiter.metrics.count(ATTEMPTS)
        window = int(self.now() // WINDOW_S)
        account = self.pseudonyms.of("failed-account", email)[:16].hex()
        if self.is_new_here(window, account) and await self.is_new(window, account):
            self.limiter.metrics.count(ACCOUNTS)

    def is_new_here(self, window: int, account: str) -> bool:
        """Whether this task has not seen it fail in this window."""
        if window != self.window:
            self.window, self.seen = window, set()
        if account in self.seen:
            return False
        if len(self.seen) < ACCOUNTS_KEPT:
            self.seen.add(account)
        return True

    async def is_new(self, window: int, account: str) -> bool:
        """The same of all tasks; True when Redis cannot tell."""
        key = f"login:failed-accounts:{window}"

        async def added(redis: "Redis") -> bool:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.sadd(key, account)
                pipeline.expire(key, 2 * WINDOW_S)
                return bool((await pipeline.execute())[0])

        return await self.limiter.ask(added) is not False
