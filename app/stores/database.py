"""PostgreSQL: one pool for the process, one transaction for each unit of work.

The server reports its connection limit each time a connection is made, and the pool follows: resizing the database
resizes the pool without a deploy, and never before the database itself has changed.

Importing SQLAlchemy takes as long as the rest of the service together, so it is imported at its first use; `warm_up` of
the resources does this in a thread, after the start. The schema is defined only in the migrations; repositories speak
SQL.

A restart of the database costs only time: a dead connection is detected before it is used (pre-ping) and replaced;
while no connection is available, the response is 503 with Retry-After.
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

from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.stores.database_address import DatabaseAddress
from app.stores.pool import Share

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
# Longer than the server's own statement timeout: this one matters when the server can no longer be reached.
TRANSACTION_S = 35.0
# The initial address, then the current and pending ones of two secrets.
ADDRESSES_TRIED = 5

# SQLSTATEs, or prefixes of their classes, of errors that pass by themselves.
PASSING = (
    "08",  # connection lost or not made
    "28",  # login refused: a rotation is in progress
    "53",  # out of connections, memory or disk
    "57P",  # shutting down, starting up
    "57014",  # statement timeout
    "55P03",  # lock timeout
    "40",  # chosen as the victim of a deadlock
)

CONNECTION_ENDED = ("08003", "08006", "57P01")


class ConnectionLostError(UnavailableError):
    """The transaction was rolled back because its connection broke; another connection may be available immediately."""


class Database:
    """The connection pool. It does not connect before the first transaction."""

    def __init__(self, address: DatabaseAddress, share: Share) -> None:
        self.address = address
        self.share = share
        # The server's connection limit is unknown before the first connection.
        self.admitted = anyio.CapacityLimiter(share.of(0))

    @cached_property
    def engine(self) -> "AsyncEngine":
        """Make the pool at its first use."""
        from sqlalchemy.ext.asyncio import create_async_engine

        return create_async_engine(
            "postgresql+asyncpg://",  # `connect` supplies the address
            async_creator=self.connect,
            pool_size=self.share.most,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            # LIFO: after the server shrank, only as many connections as this task may use are opened again.
            pool_use_lifo=True,
            hide_parameters=True,  # errors are logged, and their parameters are customers' data
        )

    async def connect(self) -> Any:
        """Make one connection of the pool, and update this task's share to the server's connection limit."""
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
        """Limit concurrent transactions to this task's share of the server's connections."""
        size = self.share.of(max_connections)
        if size != self.admitted.total_tokens:
            self.admitted.total_tokens = size
            log.info(
                "The pool follows the database",
                extra={"action": "pool_resized", "connections": size, "max_connections": max_connections},
            )

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of this task's places in the pool. Errors: UnavailableError when none becomes free in time."""
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
        """Commit all changes of the block, or none.

        The block should use its connection all the time or release it, because others wait for it. The transaction and
        each of its statements may take `within_s`; only work on many rows needs more than the default.
        Errors: UnavailableError when the database cannot be reached, ConnectionLostError when the connection broke.
        """
        if "engine" not in vars(self):
            # In a thread, so that other requests continue while the library is imported.
            await anyio.to_thread.run_sync(getattr, self, "engine")
        from asyncpg import InterfaceError, InternalClientError
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
        # The driver's own errors too: SQLAlchemy translates none of a connection that ends while it is set up.
        except (database_errors.DBAPIError, InterfaceError, InternalClientError) as exc:
            if connection_has_ended(exc):
                raise unavailable(exc, lost=True) from exc
            if is_transient(exc):
                raise unavailable(exc, lost=began) from exc
            raise

    async def check(self) -> None:
        """Return when the database responds. Errors: UnavailableError."""
        async with self.transaction() as connection:
            await connection.exec_driver_sql("SELECT 1")

    async def close(self) -> None:
        """Close the pool's connections, if any were made."""
        if "engine" in vars(self):
            await self.engine.dispose()


async def connected(address: DatabaseAddress, **options: Any) -> Any:
    """Open one driver connection as the current user; when that one is refused, as the user the secret names now.

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
    """Make an engine for a program that does one thing and ends: no pool, no statement timeout."""
    from sqlalchemy.ext.asyncio import create_async_engine
    from sqlalchemy.pool import NullPool

    return create_async_engine(
        "postgresql+asyncpg://", poolclass=NullPool, async_creator=partial(connected, address), hide_parameters=True
    )


def connection_has_ended(exc: Exception) -> bool:
    """Return whether the server ended the connection, in use or while it was set up; another may be available at once.

    If it does so between two messages, the driver is in a state that it does not expect.
    """
    from asyncpg import InternalClientError

    cause = getattr(exc, "orig", None) or exc
    if isinstance(cause, InternalClientError) or isinstance(cause.__cause__, InternalClientError):
        return True
    sqlstate = getattr(cause, "sqlstate", None) or ""
    return sqlstate in CONNECTION_ENDED or "connection is closed" in str(cause)


def is_transient(exc: Exception) -> bool:
    """Return whether the same request may succeed soon: the connection was lost, or the server says so."""
    sqlstate = getattr(getattr(exc, "orig", None), "sqlstate", None) or ""
    return getattr(exc, "connection_invalidated", False) or sqlstate.startswith(PASSING)


def unavailable(exc: Exception, *, lost: bool) -> UnavailableError:
    """Log the cause, and return the error for the caller."""
    log.warning("The database does not respond", extra={"action": "database_unavailable", "cause": described(exc)})
    return (ConnectionLostError if lost else UnavailableError)("The database does not respond")
