"""Transactions in the database."""

import datetime
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from app.stores.driver import driver_of
from app.transactions.account_ids import UsersAccountIds
from app.transactions.copy_text import COLUMNS
from app.transactions.currencies import with_digits
from app.transactions.filters import Filters
from app.transactions.schemas import FormerTransaction, StoredTransaction

if TYPE_CHECKING:
    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

FIELDS = """id, upload_id, account_id, transaction_id, date, amount, currency, merchant_name, payment_channel,
            coalesce(user_category, category) AS category, category AS bank_category, pending, detailed_category,
            original_name, memo, transaction_type, pending_transaction_id,
            (SELECT type FROM accounts a WHERE a.user_id = t.user_id AND a.account_id = t.account_id) AS account_type,
            (SELECT subtype FROM accounts a WHERE a.user_id = t.user_id AND a.account_id = t.account_id)
                AS account_subtype"""

STATISTICS_TARGET = 10  # 3,000 rows are read


class Source(Protocol):
    """A file, or anything that reads like one."""

    def read(self, size: int = -1, /) -> bytes: ...


async def stage(connection: "AsyncConnection", rows: Source) -> None:
    """Copy rows, as lines of copy_text, into the table that `merge_staged` reads in the same transaction.

    Errors: UnavailableError when the connection is lost meanwhile.
    """
    await connection.exec_driver_sql(
        """
        CREATE TEMPORARY TABLE staged (
            kind text NOT NULL, occurrence integer, variant integer,
            account_id text, transaction_id text, date date, amount numeric, currency text, merchant_name text,
            payment_channel text, category text, pending boolean, detailed_category text, original_name text,
            memo text, transaction_type text, pending_transaction_id text,
            account_type text, account_subtype text, account_name text
        ) ON COMMIT DROP
        """
    )
    async with driver_of(connection) as driver:
        await driver.copy_to_table("staged", source=rows, columns=COLUMNS, format="text")
    # A table made in this transaction has no statistics by itself, and without them joins are planned for few rows. How
    # many rows there are and how often values repeat is seen in few of them, in a tenth of the usual time.
    await connection.exec_driver_sql(f"SET LOCAL default_statistics_target = {STATISTICS_TARGET:d}")
    await connection.exec_driver_sql("ANALYZE staged (account_id, transaction_id, date, amount, pending, variant)")


async def page(
    connection: "AsyncConnection",
    user_id: UUID,
    filters: Filters,
    *,
    ids: UsersAccountIds | None,
    after: tuple[datetime.date, UUID] | None,
    limit: int,
) -> list[StoredTransaction]:
    """Return the user's transactions that follow `after`, the latest day first."""
    conditions = [("user_id = {}", user_id), *filters.conditions(ids)]
    clauses = [condition.format(f"${place}") for place, (condition, _) in enumerate(conditions, 1)]
    parameters: list[object] = [value for _, value in conditions]
    if after is not None:
        clauses.append(f"(date, id) < (${len(parameters) + 1}, ${len(parameters) + 2})")
        parameters.extend(after)
    result = await connection.exec_driver_sql(
        f"""
        SELECT {FIELDS} FROM transactions t WHERE {" AND ".join(clauses)}
        ORDER BY date DESC, id DESC LIMIT {limit:d}
        """,  # noqa: S608 - every value is a parameter
        tuple(parameters),
    )
    return [StoredTransaction.model_validate(shown(row)) for row in result.mappings()]


async def one(connection: "AsyncConnection", user_id: UUID, transaction_id: UUID) -> StoredTransaction | None:
    """Return the user's transaction; None when the user has none with this id."""
    result = await connection.exec_driver_sql(
        f"SELECT {FIELDS} FROM transactions t WHERE user_id = $1 AND id = $2",  # noqa: S608 - no input in it
        (user_id, transaction_id),
    )
    row = result.mappings().one_or_none()
    return None if row is None else StoredTransaction.model_validate(shown(row))


async def set_category(
    connection: "AsyncConnection", user_id: UUID, transaction_id: UUID, category: str | None
) -> StoredTransaction | None:
    """Set the user's own category, None to remove it; return None when the user has no such transaction.

    It has a column of its own, which no upload writes: the bank's category is kept beside it.
    """
    result = await connection.exec_driver_sql(
        f"""
        UPDATE transactions t SET user_category = $3 WHERE user_id = $1 AND id = $2 RETURNING {FIELDS}
        """,  # noqa: S608 - no input in it
        (user_id, transaction_id, category),
    )
    row = result.mappings().one_or_none()
    return None if row is None else StoredTransaction.model_validate(shown(row))


async def versions(connection: "AsyncConnection", user_id: UUID, transaction_id: UUID) -> list[FormerTransaction]:
    """Return the transaction's earlier states, the latest first."""
    result = await connection.exec_driver_sql(
        """
        SELECT ended_at, upload_id, fate, transaction_id, date, amount, currency, merchant_name, payment_channel,
               coalesce(user_category, category) AS category, category AS bank_category, pending
        FROM transaction_versions WHERE user_id = $1 AND id = $2 ORDER BY number DESC
        """,
        (user_id, transaction_id),
    )
    return [FormerTransaction.model_validate(shown(row)) for row in result.mappings()]


def shown(row: "RowMapping") -> dict[str, Any]:
    """Give the amount its currency's decimal places. At least two decimals are stored, even for yen."""
    return {**row, "amount": with_digits(row["amount"], row["currency"])}
