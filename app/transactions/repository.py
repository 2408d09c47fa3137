"""Transactions in the database."""

from collections.abc import AsyncIterator
from typing import IO, TYPE_CHECKING
from uuid import UUID

from app.errors import UnavailableError
from app.transactions.copy_text import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def stage(connection: "AsyncConnection", rows: "IO[bytes] | AsyncIterator[bytes]") -> None:
    """Copy rows, as copy_text's lines, to where `merge_staged` finds them in the same transaction.

    Errors: UnavailableError when the connection is lost meanwhile.
    """
    await connection.exec_driver_sql(
        """
        CREATE TEMPORARY TABLE staged ON COMMIT DROP AS
        SELECT id, account_id, transaction_id, date, amount, currency, merchant_name, payment_channel,
               category, pending
        FROM transactions WITH NO DATA
        """
    )
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - narrows the type; a connection in a transaction has its driver's
    from asyncpg import InterfaceError  # pylint: disable=import-outside-toplevel  # as app.database does
    from asyncpg.exceptions import (  # pylint: disable=import-outside-toplevel
        OperatorInterventionError,
        PostgresConnectionError,
    )

    try:
        await driver.copy_to_table("staged", source=rows, columns=COLUMNS, format="text")
    except (InterfaceError, OperatorInterventionError, PostgresConnectionError) as exc:
        raise UnavailableError("The database does not answer") from exc


async def merge_staged(connection: "AsyncConnection", *, user_id: UUID, upload_id: UUID) -> int:
    """Add those of the staged rows that the user does not have yet; returns how many."""
    # One order for all: two uploads with the same rows wait for each other and never deadlock.
    result = await connection.exec_driver_sql(
        """
        INSERT INTO transactions (user_id, upload_id, id, account_id, transaction_id, date, amount, currency,
                                  merchant_name, payment_channel, category, pending)
        SELECT $1::uuid, $2::uuid, id, account_id, transaction_id, date, amount, currency,
               merchant_name, payment_channel, category, pending
        FROM staged ORDER BY id
        ON CONFLICT (user_id, id) DO NOTHING
        """,
        (user_id, upload_id),
    )
    return result.rowcount
