"""Transactions in the database."""

import datetime
from collections.abc import AsyncIterator
from typing import IO, TYPE_CHECKING
from uuid import UUID

from app.driver import driver_of
from app.transactions.copy_text import COLUMNS
from app.transactions.filters import Filters
from app.transactions.schemas import StoredTransaction

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

FIELDS = """id, upload_id, account_id, transaction_id, date, amount, currency, merchant_name, payment_channel,
            coalesce(user_category, category) AS category, category AS bank_category, pending"""


async def stage(connection: "AsyncConnection", rows: IO[bytes] | AsyncIterator[bytes]) -> None:
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
    async with driver_of(connection) as driver:
        await driver.copy_to_table("staged", source=rows, columns=COLUMNS, format="text")


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


async def page(
    connection: "AsyncConnection",
    user_id: UUID,
    filters: Filters,
    *,
    after: tuple[datetime.date, UUID] | None,
    limit: int,
) -> list[StoredTransaction]:
    """The user's transactions, the latest day first, those that follow `after`."""
    conditions = [("user_id = {}", user_id), *filters.conditions()]
    wanted = [condition.format(f"${place}") for place, (condition, _) in enumerate(conditions, 1)]
    parameters: list[object] = [value for _, value in conditions]
    if after is not None:
        wanted.append(f"(date, id) < (${len(parameters) + 1}, ${len(parameters) + 2})")
        parameters.extend(after)
    result = await connection.exec_driver_sql(
        f"""
        SELECT {FIELDS} FROM transactions WHERE {" AND ".join(wanted)}
        ORDER BY date DESC, id DESC LIMIT {limit:d}
        """,  # noqa: S608 - every value is a parameter
        tuple(parameters),
    )
    return [StoredTransaction.model_validate(dict(row)) for row in result.mappings()]


async def one(connection: "AsyncConnection", user_id: UUID, transaction_id: UUID) -> StoredTransaction | None:
    """The user's transaction; None when the user has none of this id."""
    result = await connection.exec_driver_sql(
        f"SELECT {FIELDS} FROM transactions WHERE user_id = $1 AND id = $2",  # noqa: S608 - no input in it
        (user_id, transaction_id),
    )
    row = result.mappings().one_or_none()
    return None if row is None else StoredTransaction.model_validate(dict(row))


async def set_category(
    connection: "AsyncConnection", user_id: UUID, transaction_id: UUID, category: str | None
) -> StoredTransaction | None:
    """Set the user's own category, None for none; None when the user has no such transaction.

    It has a column of its own, which no upload writes: the bank's category stays beside it.
    """
    result = await connection.exec_driver_sql(
        f"""
        UPDATE transactions SET user_category = $3 WHERE user_id = $1 AND id = $2 RETURNING {FIELDS}
        """,  # noqa: S608 - no input in it
        (user_id, transaction_id, category),
    )
    row = result.mappings().one_or_none()
    return None if row is None else StoredTransaction.model_validate(dict(row))
