"""PostgreSQL: one pool for the process, one transaction for each unit of work.

SQLAlchemy takes as long to import as the rest of the service together, so it is imported at the first
use and not with this module; `warm_up` of the resources pays for it in a thread, after the start.
The schema is written once, in the migrations; repositories speak SQL.
"""

# pylint: disable=import-outside-toplevel

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from app.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 5
POOL_SIZE = 5
POOL_OVERFLOW = 5
STATEMENT_TIMEOUT_MS = 30_000


class Database:
    """The pool. Nothing connects before the first transaction."""

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def engine(self) -> "AsyncEngine":
        """The pool itself, made at the first use."""
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(
            async_url(self.url),
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
    async def transaction(self) -> AsyncIterator["AsyncConnection"]:
        """Commit what the block did, or nothing of it.

        Errors: UnavailableError when the database cannot be reached or the connection was lost.
        """
        from sqlalchemy import exc as database_errors

        try:
            async with self.engine.begin() as connection:
                yield connection
        except (OSError, database_errors.TimeoutError) as exc:
            raise UnavailableError("The database does not answer") from exc
        except database_errors.DBAPIError as exc:
            lost = database_errors.OperationalError | database_errors.InterfaceError
            if exc.connection_invalidated or isinstance(exc, lost):
                raise UnavailableError("The database does not answer") from exc
            raise

    async def check(self) -> None:
        """Return when the database answers. Errors: UnavailableError."""
        async with self.transaction() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def close(self) -> None:
        """Close the pool's connections, if any were made."""
        if "engine" in vars(self):
            await self.engine.dispose()


def async_url(url: str) -> "URL":
    """`postgresql://...` as the driver wants it; libpq's `sslmode` is called `ssl` there."""
    from sqlalchemy import make_url

    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    if "sslmode" in parsed.query:
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed
