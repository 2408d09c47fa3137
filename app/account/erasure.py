"""Delete an account: files, then rows, then the files of any upload that was running meanwhile."""

import asyncio
import hashlib
import io
import logging
from uuid import UUID

from app.account.resources import AccountResources
from app.identity import sessions
from app.platform.errors import UnavailableError
from app.uploads.service import FILES

log = logging.getLogger(__name__)

ERASED = "erased/"
"""Prefix of one empty object per erased account, named by the user's id. The database forgets an erased account, and a
database backup brings it back (app/after_restore.py). Ids are never reused.
"""


async def erase(resources: AccountResources, user_id: UUID) -> None:
    """Delete everything of the user. Idempotent.

    The erasure is recorded first, then the files go: if the storage fails, the account still exists and the user can
    try again. An upload locks the user's row while it stores its file, so no file is stored between the deletion of the
    rows and the second deletion of files. Access tokens end with their sessions. An upload link that was already issued
    for an announced file can still bring that file until the link expires; a lifecycle rule of the bucket has to remove
    old objects below announced/.
    Errors: UnavailableError, after which the account still exists.
    """
    await remember(resources, user_id)
    files = await delete_files(resources, user_id)
    async with resources.database.transaction() as connection:
        ended = await sessions.end_all(connection, user_id)
        # Everything that refers to the user goes too: every foreign key to users is ON DELETE CASCADE.
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


async def remember(resources: AccountResources, user_id: UUID) -> None:
    """Record the erasure where a restore of the database does not reach. Errors: UnavailableError."""
    key, nothing = f"{ERASED}{user_id}", hashlib.sha256().digest()
    await resources.storage.put(key, io.BytesIO(), size=0, sha256=nothing, content_type="application/octet-stream")


async def delete_files(resources: AccountResources, user_id: UUID) -> int:
    """Delete all the user's files; return how many. Errors: UnavailableError."""
    return sum([await resources.storage.delete_all(prefix) for prefix in files_of(user_id)])


def files_of(user_id: UUID) -> tuple[str, ...]:
    """Return the key prefixes of all the user's files (app/uploads/service.py, announcements.py)."""
    return f"{FILES}{user_id}/", f"announced/{user_id}/"
