"""Addresses that have logged in to an account, as hashes in the database: the latest few, for half a year."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

KEPT_FOR = timedelta(days=180)
KEPT = 20


async def of_user(connection: "AsyncConnection", user_id: UUID) -> frozenset[bytes]:
    result = await connection.exec_driver_sql(
        "SELECT address_hash FROM known_addresses WHERE user_id = $1 AND last_log_in_at > now() - $2::interval",
        (user_id, KEPT_FOR),
    )
    return frozenset(bytes(found) for found in result.scalars())


async def forget_all(connection: "AsyncConnection", user_id: UUID) -> None:
    await connection.exec_driver_sql("DELETE FROM known_addresses WHERE user_id = $1", (user_id,))


async def remember(connection: "AsyncConnection", user_id: UUID, address_hash: bytes) -> None:
    """Record a log-in, and delete addresses that are too many or too old."""
    await connection.exec_driver_sql(
        """
        INSERT INTO known_addresses (user_id, address_hash) VALUES ($1, $2)
        ON CONFLICT (user_id, address_hash) DO UPDATE SET last_log_in_at = now()
        """,
        (user_id, address_hash),
    )
    await connection.exec_driver_sql(
        """
        DELETE FROM known_addresses WHERE user_id = $1 AND address_hash NOT IN (
            SELECT address_hash FROM known_addresses WHERE user_id = $1 AND last_log_in_at > now() - $2::interval
            ORDER BY last_log_in_at DESC LIMIT $3
        )
        """,
        (user_id, KEPT_FOR, KEPT),
    )
