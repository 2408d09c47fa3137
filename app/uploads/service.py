"""Take a bank export: read it once, keep the raw file, merge its rows."""

import asyncio
import io
import os
from dataclasses import asdict
from functools import partial
from typing import IO, TYPE_CHECKING
from uuid import UUID

import anyio.to_thread

from app.changes import changing
from app.errors import InvalidInputError, NotFoundError
from app.paging import Page, page_of
from app.resources import Resources
from app.transactions import repository as transactions
from app.uploads import announcement_repository as announcements
from app.uploads import repository as uploads
from app.uploads.child import stage_in_child
from app.uploads.schemas import UploadReport
from app.uploads.staging import OnError, Staged, stage

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# What a thread reads in some 10 ms. A process of its own would take longer to start.
SMALL_FILE_BYTES = 64 * 1024
FILES = "uploads/"
"""What the key of every file begins with."""


async def take_upload(
    resources: Resources, user_id: UUID, file: IO[bytes], on_error: OnError, *, announcement_id: UUID | None = None
) -> UploadReport:
    """Store a file and its rows; nothing of either when the file is refused.

    The raw file is stored before the rows are committed: rows that are acknowledged always have it. Should the
    commit fail then, it stays under a key made of its content, where the next attempt finds its place taken by
    itself. An announcement is completed by the same commit. Errors: InvalidInputError with the first problems,
    UnauthenticatedError, UnavailableError.
    """
    if file.seek(0, os.SEEK_END) <= SMALL_FILE_BYTES:
        rows = io.BytesIO()
        staged = await anyio.to_thread.run_sync(stage, file, rows.write, on_error)
        refuse_bad(staged)
        rows.seek(0)
        async with changing(resources, user_id) as connection:
            await transactions.stage(connection, rows)
            return await keep(resources, connection, user_id, file, staged, announcement_id)
    async with resources.parsers, changing(resources, user_id) as connection:
        staged = await stage_in_child(file, on_error, partial(transactions.stage, connection))
        refuse_bad(staged)
        return await keep(resources, connection, user_id, file, staged, announcement_id)


def refuse_bad(staged: Staged) -> None:
    """Errors: InvalidInputError for a file that must not be kept."""
    if staged.refused:
        raise InvalidInputError(
            "The file was not stored: correct it and upload it again",
            errors=[asdict(problem) for problem in staged.problems],
        )


async def keep(
    resources: Resources,
    connection: "AsyncConnection",
    user_id: UUID,
    file: IO[bytes],
    staged: Staged,
    announcement_id: UUID | None,
) -> UploadReport:
    """Store the raw file while the staged rows are merged."""
    key = f"{FILES}{user_id}/{staged.sha256}.{staged.format}"
    file.seek(0)
    storing = asyncio.create_task(
        resources.storage.put(
            key,
            file,
            size=staged.size_bytes,
            sha256=bytes.fromhex(staged.sha256),
            content_type=staged.format.content_type,
        )
    )
    try:
        upload_id = await uploads.record(connection, user_id, key, staged)
        accepted = await transactions.merge_staged(connection, user_id=user_id, upload_id=upload_id)
        report = await uploads.note_accepted(connection, upload_id, accepted)
        if announcement_id is not None:
            await announcements.complete(connection, announcement_id, key)
    finally:
        await asyncio.wait([storing])  # it reads the file, which is closed after this
    storing.result()
    return report.model_copy(update={"accepted": accepted, "duplicates": staged.good - accepted})


async def report_of(resources: Resources, user_id: UUID, upload_id: UUID) -> UploadReport:
    """What became of an upload. Errors: NotFoundError, also for another user's."""
    async with resources.database.transaction() as connection:
        report = await uploads.report_of(connection, user_id, upload_id)
    if report is None:
        raise NotFoundError("There is no such upload")
    return report


async def reports(resources: Resources, user_id: UUID, *, cursor: str | None, limit: int) -> Page[UploadReport]:
    """The user's uploads, the newest first."""
    async with resources.database.transaction() as connection:
        found = await uploads.reports(connection, user_id, after=uploads.position_of(cursor), limit=limit + 1)
    return page_of(found, limit, lambda report: (report.created_at.isoformat(), str(report.upload_id)))
