"""Announced uploads in the database. One is completed when its storage key is that of an upload."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.uploads.schemas import Announcement

# For as long after its end, asking for an announcement again tells what became of it.
KEPT_AFTER_END = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What was announced; `upload_id` once it has been completed."""

    storage_key: str
    size_bytes: int
    sha256: str
    expired: bool
    upload_id: UUID | None


async def add(
    connection: "AsyncConnection",
    user_id: UUID,
    announcement_id: UUID,
    announcement: "Announcement",
    *,
    storage_key: str,
    lasts: datetime.timedelta,
) -> datetime.datetime:
    """Note an announcement in place of the user's long ended ones. Returns when it ends."""
    await connection.exec_driver_sql(
        "DELETE FROM announced_uploads WHERE user_id = $1 AND expires_at < now() - $2::interval",
        (user_id, KEPT_AFTER_END),
    )
    result = await connection.exec_driver_sql(
        """
        INSERT INTO announced_uploads (id, user_id, sha256, size_bytes, storage_key, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
        RETURNING expires_at
        """,
        (announcement_id, user_id, announcement.sha256, announcement.size_bytes, storage_key, lasts),
    )
    expires_at: datetime.datetime = result.scalar_one()
    return expires_at


async def announced(connection: "AsyncConnection", user_id: UUID, announcement_id: UUID) -> Announced | None:
    """The user's announcement; None when the user has none of this id."""
    result = await connection.exec_driver_sql(
        """
        SELECT a.storage_key, a.size_bytes, a.sha256, a.expires_at <= now() AS expired, u.id AS upload_id
        FROM announced_uploads a LEFT JOIN uploads u ON u.user_id = a.user_id AND u.storage_key = a.storage_key
        WHERE a.user_id = $1 AND a.id = $2
        """,
        (user_id, announcement_id),
    )
    row = result.mappings().one_or_none()
    return None if row is None else Announced(**row)


async def complete(connection: "AsyncConnection", announcement_id: UUID, storage_key: str) -> None:
    """Note where the file is kept from now on."""
    await connection.exec_driver_sql(
        "UPDATE announced_uploads SET storage_key = $2 WHERE id = $1", (announcement_id, storage_key)
    )
