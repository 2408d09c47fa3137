"""Reads stored files again with the current readers, for what earlier readers dropped."""

import datetime
import tempfile
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.platform.errors import InvalidInputError, UnauthenticatedError
from app.stores.changes import changing
from app.stores.storage import AbsentError, OtherContentError
from app.transactions import repository as transactions
from app.transactions.account_id_conversion import convert_with_rows
from app.transactions.filling import Filled, fill_from_staged
from app.uploads.formats.reading import READING, Rules
from app.uploads.resources import UploadsResources
from app.uploads.service import MERGE_WITHIN_S
from app.uploads.staging import OnError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class StoredFile(NamedTuple):
    """An upload whose file was read by older readers. `currency` is the one of most of its rows."""

    id: UUID
    user_id: UUID
    created_at: datetime.datetime
    currency: str | None
    storage_key: str
    sha256: str
    size_bytes: int


class Unread(StrEnum):
    """The reason why a file was not read again."""

    MISSING = "the storage does not have the file"
    CHANGED = "the file in the storage is not the one that was uploaded"
    UNREADABLE = "the current readers cannot read the file"
    ERASED = "the account was erased in the meantime"
    DONE = "another process has read it in the meantime"


class NotReadError(Exception):
    """A file was not read again; those after it can be."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason = reason


async def waiting(connection: "AsyncConnection") -> int:
    """Count the files that were read by older readers."""
    result = await connection.exec_driver_sql("SELECT count(*) FROM uploads WHERE reading < $1", (READING,))
    return int(result.scalar_one())


async def next_file(connection: "AsyncConnection", after: StoredFile | None) -> StoredFile | None:
    """Return the next uploaded file among those that older readers read; None when there is none."""
    result = await connection.exec_driver_sql(
        """
        SELECT id, user_id, storage_key, size_bytes, sha256, created_at, (
            SELECT currency FROM transactions t WHERE t.upload_id = u.id
            GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1
        ) AS currency
        FROM uploads u
        WHERE reading < $1 AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid))
        ORDER BY created_at, id LIMIT 1
        """,
        (READING, *((None, None) if after is None else (after.created_at, after.id))),
    )
    row = result.mappings().one_or_none()
    return None if row is None else StoredFile(**row)


async def read_again(resources: UploadsResources, stored: StoredFile) -> Filled:
    """Fill in what the file says about its user's rows, and record the readers' generation, in one transaction.

    Errors: NotReadError; UnavailableError, after which running it again resumes.
    """
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as rows:
        try:
            await resources.storage.fetch(
                stored.storage_key, file, size=stored.size_bytes, sha256=bytes.fromhex(stored.sha256)
            )
            # The sender's options are no longer known. Rows rejected then are not stored, so they are skipped now.
            staged = await resources.readers.read(file, rows, OnError.SKIP, Rules(currency=stored.currency))
        except AbsentError:
            raise NotReadError(Unread.MISSING) from None
        except OtherContentError:
            raise NotReadError(Unread.CHANGED) from None
        except InvalidInputError:
            raise NotReadError(Unread.UNREADABLE) from None
        if staged.refused:
            raise NotReadError(Unread.UNREADABLE)
        rows.seek(0)
        try:
            ids = await resources.account_id_key.use()
            async with changing(resources, stored.user_id, within_s=MERGE_WITHIN_S) as connection:
                await note_read(connection, stored.id)
                converted = await convert_with_rows(connection, stored.user_id, ids, rows)
                await transactions.stage(connection, converted)
                return await fill_from_staged(connection, user_id=stored.user_id, upload_id=stored.id)
        except UnauthenticatedError:
            raise NotReadError(Unread.ERASED) from None


async def note_read(connection: "AsyncConnection", upload_id: UUID) -> None:
    """Record that the current readers read the file. Errors: NotReadError when they already did."""
    result = await connection.exec_driver_sql(
        "UPDATE uploads SET reading = $2 WHERE id = $1 AND reading < $2", (upload_id, READING)
    )
    if not result.rowcount:
        raise NotReadError(Unread.DONE)
