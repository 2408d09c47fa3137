"""Files that go directly to the storage: announced, sent with a presigned URL, then processed like any upload."""

import asyncio
import datetime
import logging
import time
from typing import Any
from uuid import UUID, uuid4

from app.platform.errors import AppError, ConflictError, GoneError, NotFoundError
from app.stores.changes import changing
from app.stores.storage import UPLOAD_S, AbsentError
from app.uploads import announcement_repository as repository
from app.uploads import service
from app.uploads.announcement_repository import Announced, State
from app.uploads.formats.reading import Rules
from app.uploads.processing import process
from app.uploads.resources import UploadsResources
from app.uploads.schemas import AnnouncedUpload, Announcement, UploadReport, UploadState, UploadStatus
from app.uploads.staging import OnError

log = logging.getLogger(__name__)

# Longer than the link, so that a slow upload that began in time can be completed.
LASTS = datetime.timedelta(hours=1)
POLLED_EVERY_S = 0.25


async def announce(resources: UploadsResources, user_id: UUID, announcement: Announcement) -> AnnouncedUpload:
    """Announce a file. Errors: UnauthenticatedError, UnavailableError."""
    announcement_id = uuid4()
    key = announced_key(user_id, announcement_id)
    url_expires_at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=UPLOAD_S)
    url, headers = await resources.storage.upload_url(
        key, size=announcement.size_bytes, sha256=bytes.fromhex(announcement.sha256)
    )
    async with changing(resources, user_id) as connection:
        expires_at = await repository.add(
            connection, user_id, announcement_id, announcement, storage_key=key, lasts=LASTS
        )
    return AnnouncedUpload(
        id=announcement_id, url=url, headers=headers, url_expires_at=url_expires_at, expires_at=expires_at
    )


def announced_key(user_id: UUID, announcement_id: UUID) -> str:
    """Return where an announced file is stored until it is completed.

    The prefix differs from that of kept files: old objects here were never completed. A lifecycle rule of the bucket
    has to remove them.
    """
    return f"announced/{user_id}/{announcement_id}"


async def complete(
    resources: UploadsResources,
    user_id: UUID,
    announcement_id: UUID,
    on_error: OnError,
    rules: Rules,
    *,
    patience_s: float,
) -> UploadReport | None:
    """Process the announced file; if that was done, return the same report. None: it takes longer.

    Errors: NotFoundError, also for another user's; GoneError; ConflictError when the file is not there;
    InvalidInputError when it is a different one or cannot be used; UnauthenticatedError, UnavailableError.
    """
    deadline = time.monotonic() + patience_s
    while True:
        announced = await announced_as(resources, user_id, announcement_id)
        if announced.upload_id is not None:
            return await service.report_of(resources, user_id, announced.upload_id)
        if announced.expired and announced.state is not State.PROCESSING:
            raise GoneError("The announcement has expired: announce the file again")
        async with resources.database.transaction() as connection:
            begun = await repository.begin(connection, announcement_id, on_error, rules)
        if begun:
            work = resources.background.start(process(resources, announced, on_error, rules))
            await asyncio.wait([work], timeout=max(0.0, deadline - time.monotonic()))
            return await outcome(resources, user_id, work)
        if time.monotonic() >= deadline:
            return None
        await asyncio.sleep(POLLED_EVERY_S)  # another request works on it, perhaps in another task


async def outcome(
    resources: UploadsResources, user_id: UUID, work: "asyncio.Task[UploadReport]"
) -> UploadReport | None:
    """Return the result of the work; None while it continues, and then its errors are only logged."""
    if not work.done():
        work.add_done_callback(log_failure)
        return None
    try:
        return await service.report_of(resources, user_id, work.result().upload_id)
    except AbsentError:
        raise ConflictError("The announced file has not arrived: PUT it to the link first") from None


def log_failure(work: "asyncio.Task[Any]") -> None:
    """Log unexpected errors of work that nobody waits for."""
    if not work.cancelled() and (failure := work.exception()) is not None and not isinstance(failure, AppError):
        log.error("An upload failed", extra={"action": "upload_failed"}, exc_info=failure)


async def status(resources: UploadsResources, user_id: UUID, announcement_id: UUID) -> UploadStatus:
    """Return the progress of an announced upload. Errors: NotFoundError, also for another user's."""
    announced = await announced_as(resources, user_id, announcement_id)
    report = None
    if announced.upload_id is not None:
        report = await service.report_of(resources, user_id, announced.upload_id)
        state = UploadState.DONE
    elif announced.expired and announced.state is State.ANNOUNCED:
        state = UploadState.EXPIRED
    else:
        state = UploadState(announced.state.value)
    return UploadStatus(id=announcement_id, state=state, report=report, problem=announced.problem)


async def announced_as(resources: UploadsResources, user_id: UUID, announcement_id: UUID) -> Announced:
    """Load the user's announcement. Errors: NotFoundError."""
    async with resources.database.transaction() as connection:
        found = await repository.announced(connection, user_id, announcement_id)
    if found is None:
        raise NotFoundError("There is no such announcement")
    return found
