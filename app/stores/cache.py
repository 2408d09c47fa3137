"""Redis: one client for the process."""

from functools import cached_property
from typing import TYPE_CHECKING

from app.platform.errors import UnavailableError

if TYPE_CHECKING:
    from redis.asyncio import Redis

CONNECT_TIMEOUT_S = 2
RESPONSE_TIMEOUT_S = 2


class Cache:
    """The Redis client. It does not connect before the first command."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def client(self) -> "Redis":
        """Make the client at its first use, so that importing the library does not delay the start."""
        from redis.asyncio import Redis  # pylint: disable=import-outside-toplevel
        from redis.asyncio.retry import Retry  # pylint: disable=import-outside-toplevel
        from redis.backoff import NoBackoff  # pylint: disable=import-outside-toplevel

        return Redis.from_url(
            self.url,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=RESPONSE_TIMEOUT_S,
            # Retry once, immediately: a new connection replaces one that a restart broke. The library's default waits
            # and retries for seconds, and every request would pay for that while Redis is down.
            retry=Retry(NoBackoff(), 1),
        )

    async def check(self) -> None:
        """Return when Redis responds. Errors: UnavailableError."""
        from redis.exceptions import RedisError  # pylint: disable=import-outside-toplevel

        try:
            await self.client.ping()
        except (RedisError, OSError) as exc:
            raise UnavailableError("Redis does not respond") from exc

    async def close(self) -> None:
        """Close the client's connections, if any were made."""
        if "client" in vars(self):
            await self.client.aclose()
