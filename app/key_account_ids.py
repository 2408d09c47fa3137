"""`python -m app.key_account_ids`: replace the account ids of all users that are stored in an older form.

An upload does the same for its own user, so this command is for the others. Run it once all tasks of older code have
ended: such a task stores a repeated file as another account, until the user's next upload. Idempotent. Exit: 0 done, 1
failed and to be run again, 3 could not start.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator

from app.backfill import Backfill, Counts
from app.platform.errors import UnauthenticatedError
from app.platform.logs import configure_logging
from app.platform.settings import COULD_NOT_START, Settings, load_or_exit
from app.resources import Resources
from app.stores.changes import changing
from app.transactions.account_id_conversion import convert, users_to_convert
from app.uploads.service import MERGE_WITHIN_S

log = logging.getLogger("app.key_account_ids")


def main() -> int:
    settings = load_or_exit(Settings)
    configure_logging(settings)
    if settings.account_id_key is None:
        sys.stderr.write("spendsense: cannot start: environment variable ACCOUNT_ID_KEY is not set\n")
        return COULD_NOT_START
    return asyncio.run(BACKFILL.run(Resources.of(settings)))


async def all_users(resources: Resources, counts: Counts) -> AsyncIterator[None]:
    """Convert every user's rows. Errors: UnavailableError."""
    ids = await resources.account_id_key.use()
    if ids is None:
        raise ValueError("ACCOUNT_ID_KEY is not set")
    async with resources.database.transaction(within_s=MERGE_WITHIN_S) as connection:
        users = await users_to_convert(connection)
    for user_id in users:
        try:
            async with changing(resources, user_id, within_s=MERGE_WITHIN_S) as connection:
                found = await convert(connection, user_id, ids)
        except UnauthenticatedError:
            continue  # erased meanwhile
        counts["users"] += bool(found)
        counts["account_ids"] += found
        yield


BACKFILL = Backfill(
    log=log,
    action="account_ids_replaced",
    done="Account ids are replaced",
    in_progress="Account ids are being replaced",
    failed_action="account_ids_failed",
    failed="Not all account ids were replaced",
    counted=("users", "account_ids"),
    pieces=all_users,
)

if __name__ == "__main__":
    sys.exit(main())
