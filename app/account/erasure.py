"""Delete an account: files, then rows, then the files of an upload that was under way."""

import asyncio
import hashlib
import io
import logging
from uuid import UUID

from app.errors import UnavailableError
from app.identity import sessions
from app.resources import Resources
from app.uploads.service import FILES

log = logging.getLogger(__name__)

ERASED = "erased/"
"""An empty object below it for each account that was erased, by the user's id: the database forgets, and a backup of it
brings the account back (app/after_restore.py). An id is of one person only and, with the account gone, of nobody."""


async def erase(resources: Resources, user_id: UUID) -> None:
    """Delete everything of the user. The same again deletes nothing and is no error.

    It is remembered first, then files go: should the storage fail, the account is still there to try again. An upload
    holds the user's row while it stores its file, so none is stored between the rows' end and the second look. Access
    tokens end with their sessions. A link for an announced file
    that is out can bring this file until the link expires; a lifecycle rule of the bucket has to remove what is old
    below announced/.
    Errors: UnavailableError, after which the account is still there.
    """
    await remember(resources, user_id)
    files = await delete_files(resources, user_id)
    async with resources.database.transaction() as connection:
        ended = await sessions.end_all(connection, user_id)
        # What refers to the user goes with them: every foreign key to users says ON DELETE CASCADE.
        await connection.exec_driver_sql("DELETE FROM users WHERE id = $1", (user_id,))
    await asyncio.gather(resources.live_sessions.ended(ended), resources.insights.erase(user_id))
    try:
        files += await delete_files(resources, user_id)
    except UnavailableError:
        log.exception(
            "An erased account may have left a file: delete it by hand",
            extra={"action": "erasure_incomplete", "prefixes": files_of(user_id)},
        )
    log.info("Account erased", extra={"action": "account_erased", "files": files})


async def remember(resources: Resources, user_id: UUID) -> None:
    """Note it where a restore of the database does not reach. Errors: UnavailableError."""
    key, nothing = f"{ERASED}{user_id}", hashlib.sha256().digest()
    await resources.storage.put(key, io.BytesIO(), size=0, sha256=nothing, content_type="application/octet-stream")


async def delete_files(resources: Resources, user_id: UUID) -> int:
    """Delete all the user's files; returns how many. Errors: UnavailableError."""
    return sum([await resources.storage.delete_all(prefix) for prefix in files_of(user_id)])


def files_of(user_id: UUID) -> tuple[str, ...]:
    """What the keys of all the user's files begin with (app/uploads/service.py, announcements.py)."""
    return f"{FILES}{user_id}/", f"announced/{user_id}/"
