"""PostgreSQL: one pool for the process, one transaction for each unit of work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.errors import UnavailableError

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 5
POOL_SIZE = 5
POOL_OVERFLOW = 5
STATEMENT_TIMEOUT_MS = 30_000


class Database:
    """The pool. Nothing connects before the first transaction."""

    def __init__(self, url: str) -> None:
        self.url = async_url(url)

    @cached_property
    def engine(self) -> AsyncEngine:
        """Made at first use: the driver's import is no part of the start."""
        return create_async_engine(
            self.url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,  # a restarted database costs one query, not a failed request
            hide_parameters=True,  # errors reach the logs, their parameters are customers' data
            connect_args={
                "timeout": CONNECT_TIMEOUT_S,
                "server_settings": {
                    "application_name": "spendsense",
                    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                },
            },
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Commit what the block did, or nothing of it.

        Errors: UnavailableError when the database cannot be reached or the connection was lost.
        """
        try:
            async with self.engine.begin() as connection:
                yield connection
        except (OSError, TimeoutError, PoolTimeoutError) as exc:
            raise UnavailableError("The database does not answer") from exc
        except DBAPIError as exc:
            if exc.connection_invalidated or isinstance(exc, OperationalError | InterfaceError):
                raise UnavailableError("The database does not answer") from exc
            raise

    async def check(self) -> None:
        """Return when the database answers."""
        async with self.transaction() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close the pool's connections, if any were made."""
        if "engine" in vars(self):
            await self.engine.dispose()


def async_url(url: str) -> URL:
    """`postgresql://...` as the driver wants it; libpq's `sslmode` is called `ssl` there."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    if "sslmode" in parsed.query:
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed
