"""Signs of credential stuffing: how many log-ins fail, and at how many accounts.

Two metrics for CloudWatch. FailedLogIns counts attempts; FailedAccounts counts the accounts they named, each once in
five minutes across all tasks: a user who mistypes, or one account under attack, counts as one. Accounts that do not
exist count too. Without Redis each task counts the accounts it saw.
"""

import time
from typing import TYPE_CHECKING

from app.platform.pseudonyms import Pseudonyms
from app.platform.rate_limits import RateLimiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from redis.asyncio import Redis

WINDOW_S = 300
ATTEMPTS, ACCOUNTS = "FailedLogIns", "FailedAccounts"
ACCOUNTS_KEPT = 10_000


class Stuffing:
    """Counts failed log-ins. Belongs to the event loop. now: returns Unix time."""

    def __init__(self, limiter: RateLimiter, pseudonyms: Pseudonyms, *, now: "Callable[[], float]" = time.time) -> None:
        self.limiter = limiter
        self.pseudonyms = pseudonyms
        self.now = now
        self.window = 0
        self.seen: set[str] = set()

    async def failed(self, email: str) -> None:
        """Count a failed attempt to log in, whether its password was checked or not."""
        if self.limiter.metrics is None:
            return
        self.limiter.metrics.count(ATTEMPTS)
        window = int(self.now() // WINDOW_S)
        account = self.pseudonyms.of("failed-account", email)[:16].hex()
        if self.is_new_here(window, account) and await self.is_new(window, account):
            self.limiter.metrics.count(ACCOUNTS)

    def is_new_here(self, window: int, account: str) -> bool:
        """Return whether this task has not yet seen the account fail in this window."""
        if window != self.window:
            self.window, self.seen = window, set()
        if account in self.seen:
            return False
        if len(self.seen) < ACCOUNTS_KEPT:
            self.seen.add(account)
        return True

    async def is_new(self, window: int, account: str) -> bool:
        """Return the same across all tasks; True when Redis does not respond."""
        key = f"login:failed-accounts:{window}"

        async def added(redis: "Redis") -> bool:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.sadd(key, account)
                pipeline.expire(key, 2 * WINDOW_S)
                return bool((await pipeline.execute())[0])

        return await self.limiter.ask(added) is not False
