"""Limits attempts to guess passwords: counts failures in Redis for all tasks, by address and account and by each alone.

Without Redis each task counts for itself: guessing stays as slow at each task, and no one is locked out. An address
that has logged in before is recognized by a hash whose key is derived from the key that signs tokens: when that key
changes, each address counts as new once. The rule is in delays.py.
"""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from app.identity import delays
from app.identity.delays import Counted, LocalCounters, Taken
from app.platform.errors import TooManyFailuresError
from app.platform.pseudonyms import Pseudonyms
from app.platform.rate_limits import RateLimiter

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Check and count in one step, so that each of many concurrent attempts sees those before it. Same rule as
# LocalCounters.
TAKE = """
local now, kept, share, wait = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, tonumber(redis.call('HGET', key, 'until') or '0') - now)
end
if wait > 0 then return {wait} end
local own = tonumber(redis.call('HGET', KEYS[1], 'failures') or '0')
local answer = {0}
for i, key in ipairs(KEYS) do
  local free, longest = tonumber(ARGV[2 + 2 * i]), tonumber(ARGV[3 + 2 * i])
  answer[i + 1] = 0
  local shared = i ~= 2 or own < share or tonumber(redis.call('HGET', key, 'failures') or '0') >= free
  if shared then
    local failures = redis.call('HINCRBY', key, 'failures', 1)
    if failures >= free then
      answer[i + 1] = now + math.min(longest, 1000 * 2 ^ math.min(failures - free, 20))
      redis.call('HSET', key, 'until', string.format('%d', answer[i + 1]))
    end
    redis.call('PEXPIRE', key, kept)
  end
end
return answer
"""
GIVE_BACK = """
redis.call('DEL', KEYS[1])
for i = 2, #KEYS do
  if tonumber(redis.call('HGET', KEYS[i], 'failures') or '0') > 0 then
    redis.call('HINCRBY', KEYS[i], 'failures', -1)
    if ARGV[i] ~= '0' and redis.call('HGET', KEYS[i], 'until') == ARGV[i] then redis.call('HDEL', KEYS[i], 'until') end
  end
end
"""


class Attempt(NamedTuple):
    """An attempt that is allowed. alone: counted by this task only, without Redis."""

    counted: tuple[Counted, ...]
    taken: Taken
    alone: bool


class LogInGuard:
    """Slows guessing down. off: count nothing. now: returns Unix time."""

    def __init__(
        self, limiter: RateLimiter, pseudonyms: Pseudonyms, *, off: bool, now: Callable[[], float] = time.time
    ) -> None:
        self.limiter = limiter
        self.pseudonyms = pseudonyms
        self.off = off
        self.now = now
        self.local = LocalCounters()

    def known_address(self, user_id: UUID, address: str) -> bytes:
        """Hash an address that has logged in to an account, in the form that is stored."""
        return self.pseudonyms.of("known-address", user_id.hex, address)

    async def take(self, email: str, address: str, *, known: bool) -> Attempt | None:
        """Count an attempt as a failure; return None when counting is off.

        known: this address has logged in to this account before. Errors: TooManyFailuresError when it has to wait.
        """
        if self.off:
            return None
        counted = self.counted(email, address, known=known)
        now_ms = int(self.now() * 1000)
        answer = await self.ask(TAKE, counted, [now_ms, delays.KEPT_MS, delays.SHARED_FAILURES, *limits_of(counted)])
        if answer is None:
            attempt = Attempt(counted, self.local.take(counted, now_ms), alone=True)
        else:
            attempt = Attempt(counted, Taken(int(answer[0]), tuple(int(moment) for moment in answer[1:])), alone=False)
        if attempt.taken.wait_ms:
            raise TooManyFailuresError("Too many wrong passwords", retry_after_s=-(-attempt.taken.wait_ms // 1000))
        return attempt

    async def give_back(self, attempt: Attempt | None) -> None:
        """Withdraw the attempt: it was not a failure."""
        if attempt is None:
            return
        if attempt.alone:
            self.local.give_back(attempt.counted, attempt.taken, int(self.now() * 1000))
        else:
            await self.ask(GIVE_BACK, attempt.counted, attempt.taken.set_until_ms)

    def counted(self, email: str, address: str, *, known: bool) -> tuple[Counted, ...]:
        """Return the counters of an attempt. Their keys identify nobody."""

        def key(kind: str, *values: str) -> str:
            return f"login:{kind}:{self.pseudonyms.of('log-in', *values)[:16].hex()}"

        if known:
            return (Counted(key("known", email, address), delays.KNOWN),)
        return (
            Counted(key("pair", email, address), delays.PAIR),
            Counted(key("account", email), delays.ACCOUNT),
            Counted(key("address", address), delays.ADDRESS),
        )

    async def ask(self, script: str, counted: Sequence[Counted], arguments: Sequence[int]) -> list[Any] | None:
        """Run a script on the counters; return None when Redis does not respond."""

        async def run(redis: "Redis") -> list[Any]:
            keys = (each.key for each in counted)
            return await redis.eval(script, len(counted), *keys, *(str(value) for value in arguments)) or []

        found = await self.limiter.ask(run)
        if found is None and self.limiter.metrics is not None:
            self.limiter.metrics.count("RateLimitsUnavailable")
        return found


def limits_of(counted: Sequence[Counted]) -> list[int]:
    """Return the two script arguments of each counter."""
    return [limit for _, allowance in counted for limit in (allowance.free, allowance.longest_ms)]
