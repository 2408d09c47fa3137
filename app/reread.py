"""`python -m app.reread`: read the stored files of uploads again that older readers read.

It fills in what older readers dropped: account types, detailed categories, OFX's TRNTYPE and MEMO, original names. It
adds no row and changes nothing that a row already says, except a name that does not identify the merchant (filling.py
in app/transactions). Each upload is its own transaction, in upload order, so the command may be interrupted at any
time; running it again resumes. Idempotent.

A file that is missing, is a different one or can no longer be read is logged and left as it was; the command continues.
The last line of the log has the counts. Exit: 0 done, 1 the database or the storage does not respond, 3 could not
start.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator

from app.backfill import Backfill, Counts
from app.platform.logs import configure_logging
from app.platform.settings import Settings, load_or_exit
from app.resources import Resources
from app.uploads.rereading import NotReadError, StoredFile, next_file, read_again, waiting

log = logging.getLogger("app.reread")


def main() -> int:
    settings = load_or_exit(Settings)
    configure_logging(settings)
    return asyncio.run(BACKFILL.run(Resources.of(settings)))


async def all_files(resources: Resources, counts: Counts) -> AsyncIterator[None]:
    """Read every waiting file. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        total = await waiting(connection)
    log.info("Stored files are to be read again", extra={"action": "reread_begins", "files": total})
    stored = await following(resources, None)
    while stored is not None:
        await read_one(resources, stored, counts)
        yield
        stored = await following(resources, stored)


async def following(resources: Resources, stored: StoredFile | None) -> StoredFile | None:
    """Return the next waiting file. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        return await next_file(connection, stored)


async def read_one(resources: Resources, stored: StoredFile, counts: Counts) -> None:
    """Read one file again, or log why not. Errors: UnavailableError."""
    try:
        filled = await read_again(resources, stored)
    except NotReadError as exc:
        counts[exc.reason.name.lower()] += 1
        log.warning(
            "A stored file was not read again",
            extra={"action": "reread_passed_over", "upload_id": str(stored.id), "cause": exc.reason.value},
        )
        return
    counts["read"] += 1
    counts["rows_filled"] += filled.rows
    counts["accounts_filled"] += filled.accounts


BACKFILL = Backfill(
    log=log,
    action="reread",
    done="Stored files were read again",
    in_progress="Stored files are being read again",
    failed_action="reread_failed",
    failed="Not all stored files were read again",
    counted=("read", "rows_filled", "accounts_filled"),
    pieces=all_files,
)

if __name__ == "__main__":
    sys.exit(main())
