"""Caches responses in Redis, and never serves a stale one after a change was acknowledged.

It relies on three facts:
- A response is stored with the token of its lease, and is valid only while that token is in Redis. The token is random
  and set before the database is read, so a response computed from old rows cannot become valid again, even if it is
  stored late or Redis loses or restores any keys.
- Every change of a user's rows removes the token after the commit, before the change is acknowledged.
- Tokens expire after LEASE_S. If Redis cannot be reached after a change, the acknowledgement waits that long: then
  every token from before the change has expired.

A response also carries the version of the user's data (users.data_version, counted within each change), so the end of a
lease costs one query, not a computation. Without Redis, every response is computed.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar, cast
from uuid import UUID

from app.identity.live_sessions import LIVE
from app.identity.live_sessions import key_of as session_key
from app.insights.batching_loader import BatchingLoader
from app.insights.single_flight import SingleFlight
from app.stores.cache import Cache

log = logging.getLogger(__name__)

LEASE_S = 5.0
LEASE_MARGIN_S = 0.5
# Increase it when the same rows give other responses than before: responses of an older release are then ignored.
METHOD = 3
KEPT_S = 24 * 60 * 60
# Per user, for responses to different requests: beyond it, they are computed each time.
KEPT_BYTES = 16 * 1024 * 1024
PAUSE_S = 1.0  # pause after a failure during which Redis is not used
SCANNED = 1000  # keys scanned per step
STORE = "return redis.call('EXISTS', KEYS[1]) == 0 and redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])"
TOKEN_CHARACTERS = 16
VERSION_CHARACTERS = 16
HEAD_CHARACTERS = TOKEN_CHARACTERS + VERSION_CHARACTERS
CACHE_KEYS_REMEMBERED = 4096

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored response with the token of its lease and the version of its data."""

    token: bytes
    version: int
    response: bytes

    @classmethod
    def of(cls, stored: bytes) -> "Entry":
        """Parse what `stored` wrote."""
        version = int(stored[TOKEN_CHARACTERS:HEAD_CHARACTERS], 16)
        return cls(stored[:TOKEN_CHARACTERS], version, stored[HEAD_CHARACTERS:])

    def stored(self) -> bytes:
        """Serialize for Redis: token and version at fixed width, then the response."""
        return b"%s%016x%s" % (self.token, self.version, self.response)


class CacheKeys(NamedTuple):
    """The three Redis keys that decide whether a stored response can be served immediately."""

    lease: bytes
    response: bytes
    session: bytes


class InsightsCache:
    """Cached responses by user and name."""

    def __init__(self, cache: Cache, *, lease_s: float = LEASE_S) -> None:
        self.cache = cache
        self.lease_s = lease_s
        self.paused_until = 0.0
        self.single_flight = SingleFlight()
        self.loader: BatchingLoader[CacheKeys, bytes | None] = BatchingLoader(self.valid_responses)

    async def answer(
        self,
        user_id: UUID,
        name: str,
        *,
        version: Callable[[], Awaitable[int]],
        compute: Callable[[], Awaitable[tuple[int, bytes]]],
    ) -> bytes:
        """Return the stored response, or a computed one.

        version: returns the current version of the user's data. compute: returns a response and the version it was
        computed from, both from one database snapshot. Equal questions at the same time are computed once.
        """
        return await self.single_flight.ask(
            entry_key(user_id, name), lambda: self.ask(user_id, name, version=version, compute=compute)
        )

    async def valid_response(self, user_id: UUID, name: str, session_id: UUID) -> bytes | None:
        """Return the stored response; None unless it is valid and the session is known to be live."""
        return await self.loader.ask(cache_keys(user_id, name, session_id))

    async def valid_responses(self, questions: Iterable[CacheKeys]) -> list[bytes | None]:
        """Do the same for several questions, in one round trip."""
        found = await self.mget(list(chain.from_iterable(questions)))
        return [
            stored[HEAD_CHARACTERS:]
            if stored is not None and stored[:TOKEN_CHARACTERS] == leased and session == LIVE
            else None
            for leased, stored, session in zip(found[::3], found[1::3], found[2::3], strict=True)
        ]

    async def ask(
        self,
        user_id: UUID,
        name: str,
        *,
        version: Callable[[], Awaitable[int]],
        compute: Callable[[], Awaitable[tuple[int, bytes]]],
    ) -> bytes:
        """Answer one question, without combining equal ones."""
        entry, leased = (await self.look_up([(user_id, name)]))[0]
        if entry is not None and entry.token == leased:
            return entry.response
        leased = leased or await self.lease(user_id)
        if leased is None:
            return (await compute())[1]
        if entry is not None and entry.version == await version():
            renewed = Entry(leased, entry.version, entry.response)
        else:
            renewed = Entry(leased, *await compute())
        if entry is not None or await self.has_room(user_id, len(renewed.response)):
            await self.store(user_id, name, renewed)
        return renewed.response

    async def store(self, user_id: UUID, name: str, entry: Entry) -> None:
        """Store a response, unless its user was erased while it was computed."""
        keys, values = (erased_key(user_id), entry_key(user_id, name)), (entry.stored(), KEPT_S)
        await self.try_redis(lambda: cast(Awaitable[object], self.cache.client.eval(STORE, 2, *keys, *values)))

    async def has_room(self, user_id: UUID, size: int) -> bool:
        """Count `size` bytes more for the user, and say whether they may be stored."""
        key = bytes_key(user_id)

        async def add() -> int:
            async with self.cache.client.pipeline(transaction=False) as pipeline:
                pipeline.incrby(key, size)
                pipeline.expire(key, KEPT_S, nx=True)
                return int((await pipeline.execute())[0])

        kept = await self.try_redis(add)
        return kept is not None and kept <= KEPT_BYTES

    async def look_up(self, questions: Sequence[tuple[UUID, str]]) -> list[tuple[Entry | None, bytes | None]]:
        """Return the stored response and the token in force for each user and name, in one round trip."""
        keys = [key for user_id, name in questions for key in (token_key(user_id), entry_key(user_id, name))]
        found = await self.mget(keys)
        return [(entry_of(stored), leased) for leased, stored in zip(found[::2], found[1::2], strict=True)]

    async def mget(self, keys: Sequence[str] | Sequence[bytes]) -> list[bytes | None]:
        """Return the stored values; without Redis there are none."""
        # The client does not decode responses.
        found = cast(list[bytes | None] | None, await self.try_redis(lambda: self.cache.client.mget(keys)))
        return [None] * len(keys) if found is None else found

    async def lease(self, user_id: UUID) -> bytes | None:
        """Return the token in force, setting a new one if there is none; None without Redis."""
        offered = secrets.token_hex(TOKEN_CHARACTERS // 2).encode()
        key, lease_ms = token_key(user_id), int(self.lease_s * 1000)

        async def set_unless_there() -> bytes:
            before = await self.cache.client.set(key, offered, nx=True, get=True, px=lease_ms)
            return offered if before is None else cast(bytes, before)

        return await self.try_redis(set_unless_there)

    async def forget(self, user_id: UUID) -> None:
        """End the user's lease. Call it after a change is committed, before it is acknowledged."""
        committed = time.monotonic()
        if await self.try_redis(lambda: self.cache.client.delete(token_key(user_id)), even_paused=True) is None:
            log.warning("The change waits until cache leases expire", extra={"action": "cache_invalidation_waits"})
            await asyncio.sleep(committed + self.lease_s + LEASE_MARGIN_S - time.monotonic())

    async def erase(self, user_id: UUID) -> None:
        """Delete the user's responses, including those being computed. Without Redis they expire after KEPT_S."""
        await self.forget(user_id)

        async def delete_all() -> int:
            await self.cache.client.set(erased_key(user_id), b"", ex=KEPT_S)
            pattern = f"insights:{user_id}:answer:*"
            keys = [key async for key in self.cache.client.scan_iter(match=pattern, count=SCANNED)]
            return int(await self.cache.client.delete(bytes_key(user_id), *keys))

        if await self.try_redis(delete_all, even_paused=True) is None:
            log.error(
                "Cached responses of an erased account remain for up to a day: Redis does not respond",
                extra={"action": "erasure_incomplete", "keys": f"insights:{user_id}:answer:*"},
            )

    async def try_redis(self, command: Callable[[], Awaitable[Result]], *, even_paused: bool = False) -> Result | None:
        """Run the command; return None when Redis does not respond, and for a while after."""
        from redis.exceptions import RedisError  # pylint: disable=import-outside-toplevel

        if time.monotonic() < self.paused_until and not even_paused:
            return None
        try:
            return await command()
        except (RedisError, OSError) as exc:
            self.paused_until = time.monotonic() + PAUSE_S
            log.warning(
                "Redis does not respond; insights are computed", extra={"action": "cache_failed", "cause": repr(exc)}
            )
            return None


def entry_of(stored: bytes | None) -> Entry | None:
    return None if stored is None else Entry.of(stored)


@lru_cache(CACHE_KEYS_REMEMBERED)
def cache_keys(user_id: UUID, name: str, session_id: UUID) -> CacheKeys:
    """Return the keys of one session's question. Cached, because a session repeats its questions."""
    keys = token_key(user_id), entry_key(user_id, name), session_key(session_id)
    return CacheKeys._make(key.encode() for key in keys)


def token_key(user_id: UUID) -> str:
    return f"insights:{user_id}:lease"


def erased_key(user_id: UUID) -> str:
    """Name the key that is set when the user was erased: no more responses are stored then."""
    return f"insights:{user_id}:erased"


def bytes_key(user_id: UUID) -> str:
    """Name the key that counts the bytes of the user's responses."""
    return f"insights:{user_id}:bytes"


def entry_key(user_id: UUID, name: str) -> str:
    return f"insights:{user_id}:answer:{METHOD}:{name}"
