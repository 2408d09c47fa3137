"""Reads INFO from the servers of running caches, for CloudWatch."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from localcloud.elasticache.events import Members
from localcloud.elasticache.redis import Redis
from localcloud.errors import CannotStart
from localcloud.machine.servers import KeptServer, ServerState

log = logging.getLogger(__name__)

LONGEST_S = 2.0
"""A server that a fault has halted accepts connections and never responds."""

Measured = tuple[Sequence[str], dict[str, str]]


async def measured(
    programs: Mapping[str, Redis],
    servers: Mapping[str, KeptServer],
    members: Callable[[str], Awaitable[Members]],
) -> dict[str, Measured]:
    """Return identifier -> the ids of its nodes and INFO's fields, for the servers that respond."""
    running = [name for name, server in servers.items() if server.state is ServerState.RUNNING]
    found = await asyncio.gather(*(_ask(name, programs[name], members) for name in running))
    return {name: each for name, each in zip(running, found, strict=True) if each is not None}


async def _ask(name: str, redis: Redis, members: Callable[[str], Awaitable[Members]]) -> Measured | None:
    try:
        async with asyncio.timeout(LONGEST_S):
            info = await redis.info()
    except (CannotStart, OSError) as error:  # OSError: also the timeout
        log.info("No metrics of %s: %r", redis.name, error, extra={"action": "cache_not_measured"})
        return None
    return list((await members(name)).zones), info
