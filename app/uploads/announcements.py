"""Files that go to the storage directly: announced, sent with a signed link, then taken as any upload."""

import datetime
import logging
import tempfile
from uuid import UUID, uuid4

from app.changes import changing
from app.errors import ConflictError, GoneError, InvalidInputError, NotFoundError, UnavailableError
from app.resources import Resources
from app.storage import UPLOAD_S, AbsentError, OtherContentError
from app.uploads import announcement_repository as repository
from app.uploads import service
from app.uploads.announcement_repository import Announced
from app.uploads.reading import Rules
from app.uploads.schemas import AnnouncedUpload, Announcement, UploadReport
from app.uploads.staging import OnError

log = logging.getLogger(__name__)

# Longer than the link, so that a slow upload which began in time can be completed.
LASTS = datetime.timedelta(hours=1)


async def announce(resources: Resources, user_id: UUID, announcement: Announcement) -> AnnouncedUpload:
    """Admit a file. Errors: UnauthenticatedError, UnavailableError."""
    announcement_id = uuid4()
    # Apart from kept files: what is old here was never completed. A lifecycle rule of the bucket has to remove it.
    key = f"announced/{user_id}/{announcement_id}"
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


async def complete(
    resources: Resources, user_id: UUID, announcement_id: UUID, on_error: OnError, rules: Rules
) -> UploadReport:
    """Take the announced file; when that has happened, only say again what became of it.

    Errors: NotFoundError, also for another user's; GoneError; ConflictError when the file is not there;
    InvalidInputError when it is another or cannot be used; UnauthenticatedError, UnavailableError.
    """
    announced = await announced_as(resources, user_id, announcement_id)
    if announced.upload_id is None:
        if announced.expired:
            raise GoneError("The announcement has expired: announce the file again")
        try:
            upload_id = await take(resources, user_id, announcement_id, announced, on_error, rules)
        except AbsentError:
            # A request that came at the same time may have completed it.
            found = (await announced_as(resources, user_id, announcement_id)).upload_id
            if found is None:
                raise ConflictError("The announced file is not there: send it to the link first") from None
            upload_id = found
    else:
        upload_id = announced.upload_id
    return await service.report_of(resources, user_id, upload_id)


async def announced_as(resources: Resources, user_id: UUID, announcement_id: UUID) -> Announced:
    """What the user announced. Errors: NotFoundError."""
    async with resources.database.transaction() as connection:
        found = await repository.announced(connection, user_id, announcement_id)
    if found is None:
        raise NotFoundError("There is no such announcement")
    return found


async def take(
    resources: Resources, user_id: UUID, announcement_id: UUID, announced: Announced, on_error: OnError, rules: Rules
) -> UUID:
    """Copy the file to disk and take it as if it had come with the request. Errors: as `complete`, AbsentError."""
    with tempfile.TemporaryFile() as file:
        try:
            await resources.storage.fetch(
                announced.storage_key, file, size=announced.size_bytes, sha256=bytes.fromhex(announced.sha256)
            )
        except OtherContentError:
            raise InvalidInputError("The file that was sent is not the announced one: send that to the link") from None
        report = await service.take_upload(resources, user_id, file, on_error, rules, announcement_id=announcement_id)
    try:
        await resources.storage.delete_all(announced.storage_key)
    except UnavailableError:
        log.exception(
            "A completed upload left the file it was sent as: delete it by hand, or have the bucket do it",
            extra={"action": "announced_file_left", "announcement_id": str(announcement_id)},
        )
    return report.upload_id
