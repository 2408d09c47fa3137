"""`python -m app.reread`: read the stored files of uploads again that older readers read.

It fills in what was thrown away then: account types, detailed categories, OFX's TRNTYPE and MEMO, original names. It
adds no row and changes nothing that a row says already (app/transactions/filling.py). Each upload is a transaction of
its own, in the order in which they came, so it may be ended at any time; the same again goes on, and does no harm.

A file that is gone, is another one or cannot be read any more is told in the log and left as it was: no reason to stop.
The last line of the log has the counts. Exit: 0 done, 1 the database or the storage do not answer, 3 could not start.
"""

import asyncio
import logging
import sys
from collections import Counter

from app.errors import UnavailableError
from app.failure_text import described
from app.logs import configure_logging
from app.resources import Resources
from app.settings import Settings, load_or_exit
from app.uploads.rereading import NotReadError, StoredFile, next_file, read_again, waiting

log = logging.getLogger("app.reread")

DONE, FAILED = 0, 1
TOLD_EVERY = 100


def main() -> int:
    """Run; returns the exit code."""
    settings = load_or_exit(Settings)
    configure_logging(settings)
    return asyncio.run(run(Resources.of(settings)))


async def run(resources: Resources) -> int:
    """Read every file that waits, and say in the log what came of it."""
    counts: Counter[str] = Counter({"read": 0, "rows_filled": 0, "accounts_filled": 0})
    try:
        await read_all(resources, counts)
    except UnavailableError as exc:
        log.error(
            "Not all stored files were read again: run it again to go on",
            extra={"action": "reread_failed", "cause": described(exc), **counts},
        )
        return FAILED
    finally:
        await resources.close()
    log.info("Stored files were read again", extra={"action": "reread", **counts})
    return DONE


async def read_all(resources: Resources, counts: Counter[str]) -> None:
    """Count what is done, which stays done whatever happens. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        total = await waiting(connection)
    log.info("Stored files are to be read again", extra={"action": "reread_begins", "files": total})
    looked_at, stored = 0, await following(resources, None)
    while stored is not None:
        await read_one(resources, stored, counts)
        looked_at += 1
        if looked_at % TOLD_EVERY == 0:
            log.info(
                "Stored files are being read again",
                extra={"action": "reread_goes_on", "looked_at": looked_at, "files": total, **counts},
            )
        stored = await following(resources, stored)


async def following(resources: Resources, stored: StoredFile | None) -> StoredFile | None:
    """The next file that waits. Errors: UnavailableError."""
    async with resources.database.transaction() as connection:
        return await next_file(connection, stored)


async def read_one(resources: Resources, stored: StoredFile, counts: Counter[str]) -> None:
    """Read one file again, or tell why not. Errors: UnavailableError."""
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


if __name__ == "__main__":
    sys.exit(main())
