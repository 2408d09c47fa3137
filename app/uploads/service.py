"""Takes a bank export: reads it once, stores the raw file, and merges its rows."""

import os
import tempfile
from dataclasses import asdict
from typing import IO
from uuid import UUID

from app.platform.errors import InvalidInputError, NotFoundError, UnauthenticatedError
from app.platform.paging import Page, page_of
from app.stores.changes import changing
from app.transactions import repository as transactions
from app.transactions.account_id_conversion import convert_with_rows
from app.transactions.merging import merge_staged
from app.uploads import announcement_repository as announcements
from app.uploads import repository as uploads
from app.uploads.formats.detection import Format
from app.uploads.formats.reading import Rules
from app.uploads.resources import UploadsResources
from app.uploads.schemas import UploadReport
from app.uploads.staging import OnError, Staged

# Read in a fraction of a second, with little memory.
SMALL_FILE_BYTES = 1024 * 1024
# Enough for the rows of the largest file, on the smallest database and while others use it.
MERGE_WITHIN_S = 600.0
FILES = "uploads/"
"""Prefix of every file's key."""


async def take_upload(
    resources: UploadsResources,
    user_id: UUID,
    file: IO[bytes],
    on_error: OnError,
    rules: Rules,
    *,
    announcement_id: UUID | None = None,
) -> UploadReport:
    """Store a file and its rows; neither when the file is refused.

    In this order: a reader writes the rows to disk, the raw file is stored, and one transaction merges the rows. No
    database connection is used before that, and acknowledged rows always have their file. If the transaction fails, the
    file stays under a key made from its content, so the next attempt stores it in the same place. An announcement is
    completed by the same commit. Errors: InvalidInputError with the first problems, TooManyAtOnceError,
    UnauthenticatedError, UnavailableError.
    """
    with tempfile.TemporaryFile() as rows:
        staged = await read(resources, user_id, file, rows, on_error, rules)
        key = await store(resources, user_id, file, staged)
        rows.seek(0)
        try:
            return await merge(resources, user_id, key, staged, rows, announcement_id)
        except UnauthenticatedError:
            # The account was erased meanwhile, perhaps before the file was stored: nobody else would delete it.
            await resources.storage.delete_all(key)
            raise


async def read(
    resources: UploadsResources, user_id: UUID, file: IO[bytes], rows: IO[bytes], on_error: OnError, rules: Rules
) -> Staged:
    """Write the file's rows as COPY lines. Errors: InvalidInputError for a file that must not be stored."""
    queue = resources.queues.small_files if size_of(file) <= SMALL_FILE_BYTES else resources.queues.large_files
    async with queue.turn(user_id):
        staged = await resources.readers.read(file, rows, on_error, rules)
    if staged.refused:
        raise InvalidInputError(
            "The file was not stored: correct it and upload it again",
            errors=[asdict(problem) for problem in staged.problems],
            problem_count=staged.problem_count,
        )
    return staged


def size_of(file: IO[bytes]) -> int:
    """Return the size of an open file in bytes, and leave it at its end."""
    return file.seek(0, os.SEEK_END)


def key_of(user_id: UUID, sha256: str, form: Format) -> str:
    """Return where a file is stored: the same content always in the same place."""
    return f"{FILES}{user_id}/{sha256}.{form}"


async def store(resources: UploadsResources, user_id: UUID, file: IO[bytes], staged: Staged) -> str:
    """Store the raw file; return its key. Errors: UnavailableError."""
    key = key_of(user_id, staged.sha256, staged.format)
    file.seek(0)
    await resources.storage.put(
        key,
        file,
        size=staged.size_bytes,
        sha256=bytes.fromhex(staged.sha256),
        content_type=staged.format.content_type,
    )
    return key


async def merge(
    resources: UploadsResources, user_id: UUID, key: str, staged: Staged, rows: IO[bytes], announcement_id: UUID | None
) -> UploadReport:
    """Merge the rows and record the upload, in one transaction that also replaces the user's old account ids."""
    ids = await resources.account_id_key.use()
    async with changing(resources, user_id, within_s=MERGE_WITHIN_S) as connection:
        await transactions.stage(connection, await convert_with_rows(connection, user_id, ids, rows))
        upload_id = await uploads.record(connection, user_id, key, staged)
        merged = await merge_staged(
            connection, user_id=user_id, upload_id=upload_id, ids_are_unique=staged.format is not Format.OFX
        )
        report = await uploads.note_merged(connection, upload_id, merged)
        if announcement_id is not None:
            await announcements.complete(connection, announcement_id, key)
    return report.of_this_time(merged, rows=staged.good)


async def report_of(resources: UploadsResources, user_id: UUID, upload_id: UUID) -> UploadReport:
    """Return the report of an upload. Errors: NotFoundError, also for another user's."""
    async with resources.database.transaction() as connection:
        report = await uploads.report_of(connection, user_id, upload_id)
    if report is None:
        raise NotFoundError("There is no such upload")
    return report


async def reports(resources: UploadsResources, user_id: UUID, *, cursor: str | None, limit: int) -> Page[UploadReport]:
    """Return a page of the user's uploads, the newest first."""
    async with resources.database.transaction() as connection:
        found = await uploads.reports(connection, user_id, after=uploads.position_of(cursor), limit=limit + 1)
    return page_of(found, limit, lambda report: (report.created_at.isoformat(), str(report.upload_id)))
