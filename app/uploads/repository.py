"""Uploads in the database: one for each user and content."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A checked file whose raw bytes are stored."""

    user_id: UUID
    sha256: str
    storage_key: str
    size_bytes: int
    row_count: int


async def record(connection: "AsyncConnection", upload: NewUpload) -> UUID:
    """Note the upload; the same content again is the same upload. Returns its id."""
    result = await connection.exec_driver_sql(
        """
        INSERT INTO uploads (user_id, sha256, storage_key, size_bytes, row_count)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, sha256) DO UPDATE SET storage_key = excluded.storage_key
        RETURNING id
        """,
        (upload.user_id, upload.sha256, upload.storage_key, upload.size_bytes, upload.row_count),
    )
    upload_id: UUID = result.scalar_one()
    return upload_id
