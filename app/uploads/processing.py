"""Processes announced files until they are done, even if the request stops waiting or a task ends meanwhile.

Whoever works on a file has a lease and renews it. When a task ends, its leases expire, and another task starts the work
again from the beginning: the file is in the storage, and merging the same rows again adds nothing.
"""

import asyncio
import contextlib
import datetime
import logging
import tempfile
from collections.abc import AsyncIterator

from app.platform.errors import AppError, GoneError, InvalidInputError, UnauthenticatedError, UnavailableError
from app.stores.storage import AbsentError, OtherContentError
from app.uploads import announcement_repository as repository
from app.uploads import service
from app.uploads.announcement_repository import LEASE, Announced, State
from app.uploads.formats.reading import Rules
from app.uploads.resources import UploadsResources
from app.uploads.schemas import UploadReport
from app.uploads.staging import OnError

log = logging.getLogger(__name__)

RENEWED_EVERY_S = LEASE.total_seconds() / 4
LOOKED_EVERY_S = 20.0
AT_ONCE = datetime.timedelta()
# A file that kills its workers must not do so for ever.
MOST_ATTEMPTS = 5


async def process(resources: UploadsResources, announced: Announced, on_error: OnError, rules: Rules) -> UploadReport:
    """Process a file that this task has leased, and record the result.

    Errors: InvalidInputError when it cannot be used; AbsentError; UnavailableError, after which others try.
    """
    try:
        async with kept_leased(resources, announced):
            report = await take(resources, announced, on_error, rules)
    except InvalidInputError as exc:
        await ended(resources, announced, State.REFUSED, {"detail": exc.detail, **exc.members})
        raise
    except AbsentError:
        await ended(resources, announced, State.ANNOUNCED)
        raise
    return report


@contextlib.asynccontextmanager
async def kept_leased(resources: UploadsResources, announced: Announced) -> AsyncIterator[None]:
    """Renew the lease until the block ends; when the block fails, let others try."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            with contextlib.suppress(UnavailableError):  # the next renewal may succeed before the lease expires
                async with resources.database.transaction() as connection:
                    await repository.renew(connection, announced.id)

    renewing = asyncio.create_task(renew())
    try:
        yield
    except (UnavailableError, asyncio.CancelledError):
        with contextlib.suppress(UnavailableError):  # it expires by itself
            async with resources.database.transaction() as connection:
                await repository.renew(connection, announced.id, AT_ONCE)
        raise
    finally:
        renewing.cancel()


async def ended(
    resources: UploadsResources, announced: Announced, state: State, problem: dict[str, object] | None = None
) -> None:
    """Record an end without success."""
    async with resources.database.transaction() as connection:
        await repository.end(connection, announced.id, state, problem)


async def take(resources: UploadsResources, announced: Announced, on_error: OnError, rules: Rules) -> UploadReport:
    """Copy the file to disk and process it as if it had come with the request. Errors: as `process`."""
    with tempfile.TemporaryFile() as file:
        try:
            await resources.storage.fetch(
                announced.storage_key, file, size=announced.size_bytes, sha256=bytes.fromhex(announced.sha256)
            )
        except OtherContentError:
            raise InvalidInputError("The file at the link is not the announced one: PUT that one there") from None
        report = await service.take_upload(
            resources, announced.user_id, file, on_error, rules, announcement_id=announced.id
        )
    await forget(resources, announced.storage_key)
    return report


async def forget(resources: UploadsResources, key: str) -> None:
    """Delete a file under the key it was sent to: it is stored under another key."""
    try:
        await resources.storage.delete_all(key)
    except UnavailableError:
        log.exception(
            "A completed upload left its original file: delete it by hand or by a lifecycle rule of the bucket",
            extra={"action": "announced_file_left", "key": key},
        )


async def resume_interrupted_uploads(resources: UploadsResources) -> None:
    """Look for abandoned files at intervals, one at a time, until cancelled."""
    while True:
        await asyncio.sleep(LOOKED_EVERY_S)
        try:
            while await resume_one(resources):
                pass
        except UnavailableError:
            continue  # already logged where it happened


async def resume_one(resources: UploadsResources) -> bool:
    """Work on an abandoned file; return False when there is none. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        announced = await repository.abandoned(connection)
    if announced is None:
        return False
    log.info("Resuming an upload", extra={"action": "upload_resumed", "attempt": announced.attempts})
    try:
        if announced.attempts > MOST_ATTEMPTS:
            detail = f"The file was not stored: {MOST_ATTEMPTS} attempts to read it did not finish"
            await ended(resources, announced, State.REFUSED, {"detail": detail})
        else:
            await process(resources, announced, announced.on_error, announced.rules)
    except (InvalidInputError, GoneError, UnauthenticatedError):
        pass  # recorded, or of a user who is gone
    except AbsentError:
        log.warning("The file of an upload is gone", extra={"action": "announced_file_absent"})
    except UnavailableError:
        raise
    except AppError:
        log.exception("An upload was not resumed", extra={"action": "upload_not_resumed"})
    return True
