"""PostgreSQL: one pool for the process, one transaction for each unit of work.

The server says how many connections it admits each time one is made, and the pool follows: a database that grew or
shrank changes it without a deploy, and never before the database itself has changed.

SQLAlchemy takes as long to import as the rest of the service together, so it is imported at the first
use and not with this module; `warm_up` of the resources pays for it in a thread, after the start.
The schema is written once, in the migrations; repositories speak SQL.

A database that restarts costs nothing but time: a dead connection is found before it is used (pre-ping) and
replaced; while none can be had, the answer is 503 with Retry-After.
"""

# pylint: disable=import-outside-toplevel

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from app.database_address import DatabaseAddress
from app.errors import UnavailableError
from app.failure_text import described
from app.pool import Share

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
# Longer than the server's own for a statement: it matters when the server cannot be reached any more.
TRANSACTION_S = 35.0
# The address of the start, then each of two secrets' current and pending ones.
ADDRESSES_TRIED = 5

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

    def __init__(self, address: DatabaseAddress, share: Share) -> None:
        self.address = address
        self.share = share
        # Before the first connection nobody knows what the server admits.
        self.admitted = anyio.CapacityLimiter(share.of(0))

    @cached_property
    def engine(self) -> "AsyncEngine":
        """The pool itself, made at the first use."""
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(
            "postgresql+asyncpg://",  # the address is connect's
            async_creator=self.connect,
            pool_size=self.share.most,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            # The last one back is the next one out: after the server shrank, no more than the places are made anew.
            pool_use_lifo=True,
            hide_parameters=True,  # errors reach the logs, their parameters are customers' data
        )

    async def connect(self) -> Any:
        """One connection of the pool, which from then on holds this task's share of what the server admits."""
        connection = await connected(
            self.address,
            server_settings={"application_name": "spendsense", "statement_timeout": str(STATEMENT_TIMEOUT_MS)},
        )
        try:
            self.follow(int(await connection.fetchval("SHOW max_connections")))
        except BaseException:
            connection.terminate()
            raise
        return connection

    def follow(self, max_connections: int) -> None:
        """Let as many transactions at a time into the pool as this task's share of these is."""
        size = self.share.of(max_connections)
        if size != self.admitted.total_tokens:
            self.admitted.total_tokens = size
            log.info(
                "The pool follows the database",
                extra={"action": "pool_resized", "connections": size, "max_connections": max_connections},
            )

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place among the connections this task may hold. Errors: UnavailableError when none is free in time."""
        holder = object()
        try:
            self.admitted.acquire_on_behalf_of_nowait(holder)
        except anyio.WouldBlock:
            try:
                with anyio.fail_after(POOL_WAIT_S):
                    await self.admitted.acquire_on_behalf_of(holder)
            except TimeoutError as exc:
                raise unavailable(exc, lost=False) from exc
        try:
            yield
        finally:
            self.admitted.release_on_behalf_of(holder)

    @asynccontextmanager
    async def transaction(self, *, within_s: float = TRANSACTION_S) -> AsyncIterator["AsyncConnection"]:
        """Commit what the block did, or nothing of it.

        The block uses its connection all the time, or lets it go: others wait for it. It and each of its statements
        may take `within_s`, of which nobody needs more than the default but for many rows.
        Errors: UnavailableError when the database cannot be reached, ConnectionLostError when the connection broke.
        """
        if "engine" not in vars(self):
            # In a thread: other requests go on while the library is imported.
            await anyio.to_thread.run_sync(getattr, self, "engine")
        from sqlalchemy import exc as database_errors

        began = False
        try:
            async with asyncio.timeout(within_s), self.place(), self.engine.begin() as connection:
                began = True
                if within_s > TRANSACTION_S:
                    await connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(within_s * 1000):d}")
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
    refused: list[str] = []
    for attempt in range(1, ADDRESSES_TRIED + 1):
        try:
            return await asyncpg.connect(url, ssl=address.tls.of(url), timeout=CONNECT_TIMEOUT_S, **options)
        except asyncpg.InvalidAuthorizationSpecificationError:
            refused.append(url)
            other = await address.after_refusal(refused) if attempt < ADDRESSES_TRIED else None
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
