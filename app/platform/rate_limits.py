"""Limits requests per minute for a user, an address and an account's log-in, counted in Redis for all tasks.

Windows are fixed minutes. A task takes portions of a quota and spends each locally, so most requests cost no round
trip; log-ins are taken one by one. If Redis does not respond in time, the task counts for itself for a while (each task
then allows the whole quota), logs that once per period, and counts every request it decided alone in the metric
RateLimitsUnavailable.
"""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from uuid import UUID

from app.platform.audit import AuditLog
from app.platform.metrics import Metrics
from app.platform.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

WINDOW_S = 60
PORTIONS = 20
# One request waits this long for Redis, then none does for a while.
RESPONSE_TIMEOUT_S = 0.25
PAUSE_S = 5.0
LOGGED_EVERY_S = 30.0
LEASES_KEPT = 20_000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Policy:
    """A quota of requests per WINDOW_S for each subject; taken from Redis in portions."""

    name: str
    quota: int
    portion: int

    @cached_property
    def field(self) -> str:
        """Render the policy for the RateLimit-Policy header."""
        return f'"{self.name}";q={self.quota};w={WINDOW_S}'


class Standing(NamedTuple):
    """A subject's state after a request. first_exceeded: this task's first refusal of the subject in this window."""

    policy: Policy
    remaining: int
    reset_s: int
    exceeded: bool
    first_exceeded: bool


@dataclass(slots=True, kw_only=True)
class Lease:
    """The requests this task may still allow in a window, and those left for all tasks when it took its portion."""

    window: int
    left: int
    left_for_all: int
    alone: bool
    refused: bool = False


class RateLimiter:
    """Takes requests from quotas. Belongs to the event loop; it does not connect before the first request."""

    def __init__(self, url: str, *, user: int, address: int, login: int) -> None:
        self.url = url
        self.user = Policy("user", user, max(1, user // PORTIONS))
        self.address = Policy("address", address, max(1, address // PORTIONS))
        self.login_address = Policy("login-address", login, 1)
        self.login_known = Policy("login-known", login, 1)
        self.metrics: Metrics | None = None
        self.audit: AuditLog | None = None
        self.leases: dict[tuple[str, str], Lease] = {}
        self.asking: dict[tuple[str, str], asyncio.Lock] = {}
        self.paused_until = 0.0
        self.logged_at = -LOGGED_EVERY_S

    @classmethod
    def of(cls, settings: Settings) -> "RateLimiter":
        return cls(
            settings.redis_address,
            user=settings.rate_limit_user_per_minute,
            address=settings.rate_limit_address_per_minute,
            login=settings.rate_limit_login_per_minute,
        )

    async def take(self, policy: Policy, subject: str) -> Standing | None:
        """Take one request from the subject's quota; return None when the policy has no limit."""
        if not policy.quota:
            return None
        now = time.time()
        window = int(now // WINDOW_S)
        lease = self.leases.get((policy.name, subject))
        if lease is None or not self.usable(lease, window):
            lease = await self.renewed(policy, subject, window)
        if lease.alone and self.metrics is not None:
            self.metrics.count("RateLimitsUnavailable")
        exceeded = lease.left == 0
        first_exceeded = exceeded and not lease.refused
        lease.refused = exceeded
        lease.left = max(0, lease.left - 1)
        return Standing(
            policy=policy,
            remaining=lease.left + lease.left_for_all,
            reset_s=WINDOW_S - int(now % WINDOW_S),
            exceeded=exceeded,
            first_exceeded=first_exceeded,
        )

    def usable(self, lease: Lease, window: int) -> bool:
        """Return whether the lease can decide without Redis: it has something left, or nothing is left for all."""
        if lease.window != window:
            return False
        if lease.alone:
            return self.is_paused()
        return lease.left > 0 or lease.left_for_all == 0

    async def renewed(self, policy: Policy, subject: str, window: int) -> Lease:
        """Return a usable lease. Of concurrent requests one fetches it; the others wait for its result."""
        key = policy.name, subject
        async with self.asking.setdefault(key, asyncio.Lock()):
            lease = self.leases.get(key)
            if lease is None or not self.usable(lease, window):
                lease = await self.lease(policy, subject, window, lease)
                self.keep(key, lease)
        self.asking.pop(key, None)
        return lease

    async def lease(self, policy: Policy, subject: str, window: int, before: Lease | None) -> Lease:
        """Take a portion from Redis; without Redis, continue alone with what this task has not yet allowed."""
        taken = await self.count(f"rate:{policy.name}:{subject}:{window}", policy.portion)
        if taken is None:
            left = before.left if before and before.alone and before.window == window else policy.quota
            return Lease(window=window, left=left, left_for_all=0, alone=True)
        granted = min(policy.portion, max(0, policy.quota - (taken - policy.portion)))
        return Lease(window=window, left=granted, left_for_all=max(0, policy.quota - taken), alone=False)

    async def count(self, key: str, portion: int) -> int | None:
        """Add a portion to a counter and return it; None when Redis does not respond."""

        async def added(redis: "Redis") -> int:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.incrby(key, portion)
                pipeline.expire(key, 2 * WINDOW_S)
                return int((await pipeline.execute())[0])

        return await self.ask(added)

    async def ask(self, command: "Callable[[Redis], Awaitable[Result]]", *, even_paused: bool = False) -> Result | None:
        """Run the command; return None when Redis does not respond, which starts a pause, or during a pause."""
        from redis.exceptions import RedisError  # pylint: disable=import-outside-toplevel

        if self.is_paused() and not even_paused:
            return None
        try:
            return await command(self.client)
        except (RedisError, OSError, TimeoutError) as exc:
            self.pause(exc)
            return None

    def is_paused(self) -> bool:
        """Return whether Redis is currently not used."""
        return time.monotonic() < self.paused_until

    def pause(self, exc: Exception) -> None:
        """Stop using Redis for a while, and log it once per period."""
        now = time.monotonic()
        self.paused_until = now + PAUSE_S
        if now - self.logged_at >= LOGGED_EVERY_S:
            self.logged_at = now
            log.warning(
                "Redis does not respond: each task limits requests on its own",
                extra={"action": "rate_limits_degraded", "cause": type(exc).__name__},
            )

    def keep(self, key: tuple[str, str], lease: Lease) -> None:
        """Store a lease; drop those of past windows when there are many."""
        if len(self.leases) >= LEASES_KEPT:
            self.leases = {k: kept for k, kept in self.leases.items() if kept.window == lease.window}
            if len(self.leases) >= LEASES_KEPT:
                self.leases.clear()
        self.leases[key] = lease

    @cached_property
    def client(self) -> "Redis":
        """Make the client at its first use, with shorter timeouts than the cache's."""
        from redis.asyncio import Redis  # pylint: disable=import-outside-toplevel
        from redis.asyncio.retry import Retry  # pylint: disable=import-outside-toplevel
        from redis.backoff import NoBackoff  # pylint: disable=import-outside-toplevel

        return Redis.from_url(
            self.url,
            socket_connect_timeout=RESPONSE_TIMEOUT_S,
            socket_timeout=RESPONSE_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )

    async def close(self) -> None:
        """Close the client's connections, if any were made."""
        if "client" in vars(self):
            await self.client.aclose()


def user_subject(user_id: UUID) -> str:
    return user_id.hex


@lru_cache(LEASES_KEPT)
def address_subject(host: str) -> str:
    """Return a client's address for a key; for IPv6 its network, because one client has all its addresses."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def headers_of(standings: list[Standing]) -> list[tuple[bytes, bytes]]:
    """Return the headers of draft-ietf-httpapi-ratelimit-headers, and Retry-After when a quota is exceeded."""
    if not standings:
        return []
    policies = ", ".join([s.policy.field for s in standings])
    limits = ", ".join([f'"{s.policy.name}";r={s.remaining};t={s.reset_s}' for s in standings])
    headers = [(b"ratelimit-policy", policies.encode()), (b"ratelimit", limits.encode())]
    exceeded = [standing.reset_s for standing in standings if standing.exceeded]
    if exceeded:
        headers.append((b"retry-after", b"%d" % max(exceeded)))
    return headers
