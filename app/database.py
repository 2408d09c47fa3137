"""PostgreSQL: one pool for the process, one transaction for each unit of work.

SQLAlchemy takes as long to import as the rest of the service together, so it is imported at the first
use and not with this module; `warm_up` of the resources pays for it in a thread, after the start.
The schema is written once, in the migrations; repositories speak SQL.

A database that restarts costs nothing but time: a dead connection is found before it is used (pre-ping) and
replaced; while none can be had, the answer is 503 with Retry-After.
"""

# pylint: disable=import-outside-toplevel

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import anyio.to_thread

from app.database_address import DatabaseAddress
from app.errors import UnavailableError
from app.failure_text import described

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
# Longer than the server's own: it matters when the server cannot be reached any more.
ANSWER_TIMEOUT_S = 35
# The address of the start, the secret's current one, the secret's pending one.
ADDRESSES_TRIED = 3

# SQLSTATEs, or the classes they begin with, of what passes by itself.
PASSING = (
    "08",  # connection lost or not made
    "28",  # not let in: a rotation under way
    "53",  # out of connections, memory or disk
    "57P",  # shutting down, starting up
    "57014",  # statement timeout
    "55P03",  # lock timeout
    "40",  # chosen to break a deadlock
)


class ConnectionLostError(UnavailableError):
    """The transaction was undone because its connection broke; another connection may be had at once."""


class Database:
    """The pool. Nothing connects before the first transaction."""

    def __init__(self, address: DatabaseAddress, *, pool_size: int) -> None:
        self.address = address
        self.pool_size = pool_size

    @cached_property
    def engine(self) -> "AsyncEngine":
        """The pool itself, made at the first use."""
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(
            "postgresql+asyncpg://",  # the address is connect's
            async_creator=self.connect,
            pool_size=self.pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            hide_parameters=True,  # errors reach the logs, their parameters are customers' data
        )

    async def connect(self) -> Any:
        """One connection of the pool."""
        return await connected(
            self.address,
            command_timeout=ANSWER_TIMEOUT_S,
            server_settings={"application_name": "spendsense", "statement_timeout": str(STATEMENT_TIMEOUT_MS)},
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["AsyncConnection"]:
        """Commit what the block did, or nothing of it.

        Errors: UnavailableError when the database cannot be reached, ConnectionLostError when the connection broke.
        """
        if "engine" not in vars(self):
            # In a thread: other requests go on while the library is imported.
            await anyio.to_thread.run_sync(getattr, self, "engine")
        from sqlalchemy import exc as database_errors

        began = False
        try:
            async with self.engine.begin() as connection:
                began = True
                yield connection
        except (OSError, database_errors.TimeoutError) as exc:
            raise unavailable(exc, lost=began) from exc
        except database_errors.DBAPIError as exc:
            if passes_by_itself(exc):
                raise unavailable(exc, lost=began) from exc
            raise

    async def check(self) -> None:
        """Return when the database answers. Errors: UnavailableError."""
        async with self.transaction() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def close(self) -> None:
        """Close the pool's connections, if any were made."""
        if "engine" in vars(self):
            await self.engine.dispose()


async def connected(address: DatabaseAddress, **options: Any) -> Any:
    """One driver connection, as the present user; when that one is refused, as the one the secret names now.

    options: the driver's own. Errors: OSError, the driver's, UnavailableError when the secret cannot be read.
    """
    import asyncpg

    url = await address.present()
    for attempt in range(1, ADDRESSES_TRIED + 1):
        try:
            return await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, **options)
        except asyncpg.InvalidAuthorizationSpecificationError:
            other = await address.after_refusal(url) if attempt < ADDRESSES_TRIED else None
            if other is None:
                raise
            url = other
    raise AssertionError("unreachable: the last attempt returns or raises")


def engine_of_one_program(address: DatabaseAddress) -> "AsyncEngine":
    """An engine for a program that does one thing and ends: no pool, no limit on how long a statement takes."""
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    return create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=partial(connected, address), hide_parameters=True
    )


def passes_by_itself(exc: "DBAPIError") -> bool:
    """Whether the same request may succeed soon: the connection was lost, or the server says so."""
    sqlstate = getattr(exc.orig, "sqlstate", None) or ""
    return exc.connection_invalidated or sqlstate.startswith(PASSING) or "connection is closed" in str(exc.orig)


def unavailable(exc: Exception, *, lost: bool) -> UnavailableError:
    """The error for the caller; the log learns the cause."""
    log.warning("The database does not answer", extra={"action": "database_unavailable", "cause": described(exc)})
    return (ConnectionLostError if lost else UnavailableError)("The database does not answer")
