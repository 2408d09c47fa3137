"""`python -m app.after_restore`: prepare a database that was restored to an earlier time for serving again.

- Accounts that were erased after that time are erased again: the storage remembers them (app/account/erasure.py).
- Every session ends, because sessions that have ended since would be live again. Everybody has to log in again. Mailed
  codes, which may have been used, and waiting mail are deleted too.
- Cached insights about rows that no longer exist never become valid: every data version moves far ahead.
- The storage is checked for the files of all uploads.

The last line of the log says what the database contains and which files are missing. Missing files are for people to
repair and no reason not to serve. Idempotent. Exit: 0 done, 1 the database or the storage does not respond, 3 could not
start.
"""

import asyncio
import logging
import sys
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.account.erasure import ERASED, erase
from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.platform.logs import configure_logging
from app.platform.settings import Settings, load_or_exit
from app.resources import Resources
from app.uploads.service import FILES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger("app.after_restore")

DONE, FAILED = 0, 1
# More changes than a user makes between any two backups.
VERSIONS_AHEAD = 1 << 32
MISSING_NAMED = 20


def main() -> int:
    settings = load_or_exit(Settings)
    configure_logging(settings)
    return asyncio.run(run(Resources.of(settings)))


async def run(resources: Resources) -> int:
    """Repair, check, and log what was found."""
    try:
        async with resources.database.transaction() as connection:
            found = await contents(connection)
        erased = await erase_again(resources)
        async with resources.database.transaction() as connection:
            ended = (await connection.exec_driver_sql("DELETE FROM sessions")).rowcount
            await connection.exec_driver_sql("DELETE FROM mail_tokens")
            await connection.exec_driver_sql("DELETE FROM outgoing_mails")
            await connection.exec_driver_sql("UPDATE users SET data_version = data_version + $1", (VERSIONS_AHEAD,))
        missing = await missing_files(resources)
    except UnavailableError as exc:
        log.error(
            "The restored data could not be prepared", extra={"action": "after_restore_failed", "cause": described(exc)}
        )
        return FAILED
    finally:
        await resources.close()
    outcome = found | {"erased_again": erased, "sessions_ended": ended, "files_missing": len(missing)}
    if missing:
        log.error(
            "The restored data is ready, but some uploads lack their files",
            extra={"action": "after_restore", **outcome, "first_missing": missing[:MISSING_NAMED]},
        )
    else:
        log.info("The restored data is ready", extra={"action": "after_restore", **outcome})
    return DONE


async def contents(connection: "AsyncConnection") -> dict[str, object]:
    """Count the rows, and find when the newest was written."""
    result = await connection.exec_driver_sql(
        """
        SELECT (SELECT count(*) FROM users) AS users,
               (SELECT count(*) FROM uploads) AS uploads,
               (SELECT count(*) FROM transactions) AS transactions,
               greatest((SELECT max(created_at) FROM users), (SELECT max(created_at) FROM uploads),
                        (SELECT max(created_at) FROM sessions)) AS newest
        """
    )
    row = result.one()
    newest: datetime | None = row.newest
    return {
        "users": row.users,
        "uploads": row.uploads,
        "transactions": row.transactions,
        "newest_write_at": None if newest is None else newest.isoformat(),
    }


async def erase_again(resources: Resources) -> int:
    """Erase the accounts that the storage remembers as erased; return how many had come back."""
    remembered = {UUID(key.removeprefix(ERASED)) for key in await resources.storage.keys(ERASED)}
    async with resources.database.transaction() as connection:
        result = await connection.exec_driver_sql(
            "SELECT id FROM users WHERE id = ANY($1::uuid[])", (list(remembered),)
        )
        back = list(result.scalars())
    for user_id in back:
        await erase(resources, user_id)
    return len(back)


async def missing_files(resources: Resources) -> list[str]:
    """Return the keys of uploads that the storage does not have."""
    async with resources.database.transaction() as connection:
        expected = set((await connection.exec_driver_sql("SELECT storage_key FROM uploads")).scalars())
    return sorted(expected - set(await resources.storage.keys(FILES))) if expected else []


if __name__ == "__main__":
    sys.exit(main())
