"""Files sent in a request: processed while the request waits, and in the background when it no longer does."""

import asyncio
import io
import logging
import os
from typing import IO, TYPE_CHECKING
from uuid import UUID, uuid4

import anyio.to_thread

from app.platform.errors import InvalidInputError, UnavailableError
from app.stores.changes import changing
from app.uploads import announcement_repository as repository
from app.uploads import service
from app.uploads.announcement_repository import Announced, State
from app.uploads.announcements import LASTS, announced_as, announced_key, log_failure
from app.uploads.formats.reading import Rules
from app.uploads.processing import ended, forget, kept_leased
from app.uploads.resources import UploadsResources
from app.uploads.schemas import Announcement, UploadReport
from app.uploads.staging import OnError, checksum_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

log = logging.getLogger(__name__)


async def take_direct(
    resources: UploadsResources, user_id: UUID, file: IO[bytes], on_error: OnError, rules: Rules, *, patience_s: float
) -> UploadReport | UUID:
    """Return the report or, when it takes longer, the announcement under which the work continues.

    From then on the file is in the storage: if this task ends, another continues. Errors: as take_upload, and then
    nothing of the file is kept.
    """
    own = os.fdopen(os.dup(file.fileno()), "rb")  # the request's own is closed with the request
    work = resources.background.start(take_and_close(resources, user_id, own, on_error, rules))
    try:
        await asyncio.wait([work], timeout=patience_s)
        if not work.done():
            announced = await announce_belatedly(resources, user_id, own, on_error, rules)
            finishing = resources.background.start(finish(resources, announced, work))
            finishing.add_done_callback(log_failure)
            return announced.id
    except UnavailableError:
        log.warning("A slow upload stays in its request", extra={"action": "upload_not_announced"})
    except asyncio.CancelledError:
        work.cancel()
        raise
    return await work


async def take_and_close(
    resources: UploadsResources, user_id: UUID, file: IO[bytes], on_error: OnError, rules: Rules
) -> UploadReport:
    with file:
        return await service.take_upload(resources, user_id, file, on_error, rules)


async def announce_belatedly(
    resources: UploadsResources, user_id: UUID, file: IO[bytes], on_error: OnError, rules: Rules
) -> Announced:
    """Announce a file that is already being read, and lease it. Errors: UnauthenticatedError, UnavailableError."""
    announcement_id = uuid4()
    key = announced_key(user_id, announcement_id)
    # The reader shares the file's position: here the file is read independently of it.
    with io.BufferedReader(IndependentFile(os.dup(file.fileno()))) as independent:
        sha256, size_bytes = await anyio.to_thread.run_sync(checksum_of, independent)
        independent.seek(0)
        await resources.storage.put(
            key,
            independent,
            size=size_bytes,
            sha256=bytes.fromhex(sha256),
            content_type="application/octet-stream",
        )
    announcement = Announcement(size_bytes=size_bytes, sha256=sha256)
    async with changing(resources, user_id) as connection:
        await repository.add(connection, user_id, announcement_id, announcement, storage_key=key, lasts=LASTS)
        await repository.begin(connection, announcement_id, on_error, rules)
    return await announced_as(resources, user_id, announcement_id)


async def finish(resources: UploadsResources, announced: Announced, work: "asyncio.Task[UploadReport]") -> None:
    """Record the result of the work on a file that was announced meanwhile. Errors: those of the work."""
    try:
        async with kept_leased(resources, announced):
            report = await work
    except InvalidInputError as exc:
        await ended(resources, announced, State.REFUSED, {"detail": exc.detail, **exc.members})
        await forget(resources, announced.storage_key)
        return
    async with resources.database.transaction() as connection:
        key = service.key_of(announced.user_id, report.sha256, report.format)
        await repository.complete(connection, announced.id, key)
    await forget(resources, announced.storage_key)


class IndependentFile(io.RawIOBase):
    """An open file read at its own position, even if others read through the same descriptor."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor
        self.position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = os.preadv(self.descriptor, [buffer], self.position)
        self.position += count
        return count

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self.position, os.SEEK_END: os.fstat(self.descriptor).st_size}
        self.position = start[whence] + offset
        return self.position

    def close(self) -> None:
        if not self.closed:
            os.close(self.descriptor)
        super().close()
