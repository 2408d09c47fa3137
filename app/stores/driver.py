"""asyncpg's own connection, for what SQLAlchemy does not offer: COPY, and rows in pieces."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.platform.errors import UnavailableError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def driver_of(connection: "AsyncConnection") -> AsyncIterator[Any]:
    """Yield the driver's connection, in the same transaction. Errors: UnavailableError when it is lost meanwhile."""
    # Imported at first use, as in app.stores.database.
    from asyncpg import InterfaceError, InternalClientError  # pylint: disable=import-outside-toplevel
    from asyncpg.exceptions import (  # pylint: disable=import-outside-toplevel
        OperatorInterventionError,
        PostgresConnectionError,
    )

    driver: Any = (await connection.get_raw_connection()).driver_connection
    try:
        yield driver
    except InternalClientError as exc:
        # The server ended the connection between two messages of a COPY, which the driver does not expect: the
        # connection is unusable now, it cannot even be closed properly.
        driver.terminate()
        raise UnavailableError("The database does not respond") from exc
    except (InterfaceError, OperatorInterventionError, PostgresConnectionError, ConnectionError) as exc:
        raise UnavailableError("The database does not respond") from exc
