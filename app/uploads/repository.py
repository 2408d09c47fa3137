"""Uploads in the database: one for each user and content."""

import datetime
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.platform.paging import position_in, unusable_cursor
from app.transactions.merging import Merged
from app.uploads.formats.detection import Format
from app.uploads.formats.reading import READING
from app.uploads.schemas import MoneyOfCurrency, Note, Rejection, UploadReport
from app.uploads.staging import Staged

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

FIELDS = """id, sha256, format, size_bytes, row_count, accepted, updated, removed, rejected, rejections, notes, money,
            created_at"""


async def record(connection: "AsyncConnection", user_id: UUID, storage_key: str, staged: Staged) -> UUID:
    """Record the upload and return its id; the same content is the same upload, updated to its latest reading."""
    result = await connection.exec_driver_sql(
        """
        INSERT INTO uploads
            (user_id, sha256, storage_key, size_bytes, row_count, format, rejected, rejections, notes, reading)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb, $10)
        ON CONFLICT (user_id, sha256) DO UPDATE
        SET storage_key = excluded.storage_key, row_count = excluded.row_count, format = excluded.format,
            rejected = excluded.rejected, rejections = excluded.rejections, notes = excluded.notes,
            reading = excluded.reading
        RETURNING id
        """,
        (
            user_id,
            staged.sha256,
            storage_key,
            staged.size_bytes,
            staged.good + staged.rejected,
            staged.format.value,
            staged.rejected,
            json.dumps([asdict(problem) for problem in staged.problems]),
            json.dumps([asdict(one.note) | {"count": one.count} for one in staged.notes]),
            READING,
        ),
    )
    upload_id: UUID = result.scalar_one()
    return upload_id


async def note_merged(connection: "AsyncConnection", upload_id: UUID, merged: Merged) -> UploadReport:
    """Add the counts of an attempt to those of earlier attempts with this content; each row counts at most once."""
    result = await connection.exec_driver_sql(
        f"""
        UPDATE uploads
        SET accepted = least(accepted + $2, row_count - rejected - updated - removed - $3 - $4),
            updated = updated + $3, removed = removed + $4, money = $5::text::jsonb
        WHERE id = $1 RETURNING {FIELDS}
        """,  # noqa: S608 - no input in it
        (
            upload_id,
            merged.accepted,
            merged.updated,
            merged.removed,
            json.dumps([asdict(money) for money in merged.money], default=str),
        ),
    )
    return report(result.one())


async def report_of(connection: "AsyncConnection", user_id: UUID, upload_id: UUID) -> UploadReport | None:
    """Return the user's upload; None when the user has none with this id."""
    result = await connection.exec_driver_sql(
        f"SELECT {FIELDS} FROM uploads WHERE user_id = $1 AND id = $2",  # noqa: S608 - no input in it
        (user_id, upload_id),
    )
    row = result.one_or_none()
    return None if row is None else report(row)


async def reports(
    connection: "AsyncConnection", user_id: UUID, *, after: tuple[datetime.datetime, UUID] | None, limit: int
) -> list[UploadReport]:
    """Return the user's uploads that follow `after`, the newest first."""
    created_at, upload_id = after or (None, None)
    result = await connection.exec_driver_sql(
        f"""
        SELECT {FIELDS} FROM uploads
        WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $4
        """,  # noqa: S608 - no input in it
        (user_id, created_at, upload_id, limit),
    )
    return [report(row) for row in result]


def position_of(cursor: str | None) -> tuple[datetime.datetime, UUID] | None:
    """Decode a cursor of the list. Errors: InvalidInputError."""
    if cursor is None:
        return None
    created_at, upload_id = position_in(cursor, 2)
    try:
        return datetime.datetime.fromisoformat(created_at).astimezone(datetime.UTC), UUID(upload_id)
    except (ValueError, OverflowError):
        raise unusable_cursor() from None


def report(row: Any) -> UploadReport:
    """Make a report of a row with FIELDS."""
    return UploadReport(
        upload_id=row.id,
        sha256=row.sha256,
        format=Format(row.format),
        size_bytes=row.size_bytes,
        total=row.row_count,
        accepted=row.accepted,
        updated=row.updated,
        removed=row.removed,
        duplicates=row.row_count - row.accepted - row.updated - row.removed - row.rejected,
        rejected=row.rejected,
        rejections=[Rejection(**rejection) for rejection in parsed(row.rejections)],
        notes=[Note(**note) for note in parsed(row.notes)],
        money=[MoneyOfCurrency(**money) for money in parsed(row.money)],
        created_at=row.created_at,
    )


def parsed(column: Any) -> Any:
    """Parse a JSON column, which the driver returns as text."""
    return json.loads(column) if isinstance(column, str) else column
