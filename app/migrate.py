"""`python -m app.migrate`: bring the schema to the head revision, one process at a time.

`--check` changes nothing and says whether the schema is at head; `--head` prints the head revision and needs no
database. Exit: 0 done, 1 not at head or failed, 3 could not start.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from asyncpg import InterfaceError, InternalClientError, PostgresError

from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.platform.logs import configure_logging
from app.platform.settings import DatabaseSettings, SettingsError, load
from app.stores.database import connected
from app.stores.database_address import DatabaseAddress
from app.stores.schema_revisions import SchemaState, head, state_of, stored

log = logging.getLogger("app.migrate")

DONE, FAILED, COULD_NOT_START = 0, 1, 3
LOCK_KEY = 0x5B3D5E45  # any number that no other user of this database's advisory locks has
LOCK_WAIT_S = 60
NO_ANSWER = (PostgresError, InterfaceError, InternalClientError, UnavailableError, OSError)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = parse(arguments)
    if options.head:
        sys.stdout.write(f"{head()}\n")
        return DONE
    try:
        settings = load(DatabaseSettings)
    except SettingsError as exc:
        sys.stderr.write(f"spendsense: cannot start: {exc}\n")
        return COULD_NOT_START
    configure_logging(settings)
    return asyncio.run(run(DatabaseAddress.of(settings), check_only=options.check))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.migrate", description=(__doc__ or "").partition("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="report whether the schema is at head, and change nothing")
    mode.add_argument("--head", action="store_true", help="print the head revision; needs no database")
    return parser.parse_args(arguments)


async def run(address: DatabaseAddress, *, check_only: bool) -> int:
    """Migrate or check, and log the result."""
    try:
        return await (check(address) if check_only else migrate(address))
    except Exception as exc:  # pylint: disable=broad-exception-caught # the program's edge: a migration may raise anything
        # Each migration is its own transaction: those before the failed one have changed the schema.
        found = {"found": await found_revision(address)} if not check_only else {}
        fields = {"action": "migration_failed", "cause": described(exc), **found}
        log.error("Migration failed", extra=fields, exc_info=not isinstance(exc, NO_ANSWER))
        return FAILED


async def check(address: DatabaseAddress) -> int:
    async with connection_to(address) as connection:
        found = await stored(connection.fetchval)
    at_head = state_of(found) is SchemaState.CURRENT
    log.info(
        "Schema is at head" if at_head else "Schema is not at head",
        extra={"action": "migration_checked", "found": found, "head": head()},
    )
    return DONE if at_head else FAILED


async def migrate(address: DatabaseAddress) -> int:
    """Upgrade to head. A second process waits for the lock, then finds nothing to do.

    The lock has its own connection: a migration may commit, or leave its transaction altogether.
    """
    async with connection_to(address) as locking, locking.transaction():
        await locking.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'")
        await locking.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        async with connection_to(address) as connection:
            before = await stored(connection.fetchval)
        log.info("Migration starts", extra={"action": "migration_begins", "before": before})
        state = state_of(before)
        if state is SchemaState.AHEAD:
            # A revision of newer code, as after a rollback. Migrations only add what older code tolerates.
            fields = {"action": "migrated", "before": before, "after": before, "is_newer": True}
            log.warning("Schema is newer than this code", extra=fields)
            return DONE
        if state is not SchemaState.CURRENT:
            # Alembic and SQLAlchemy take longer to import than all else here, and most deploys bring no migration.
            from app.migrations.upgrade import upgrade_to_head  # pylint: disable=import-outside-toplevel

            await upgrade_to_head(address)
    log.info("Schema is at head", extra={"action": "migrated", "before": before, "after": head()})
    return DONE


@asynccontextmanager
async def connection_to(address: DatabaseAddress) -> AsyncIterator[asyncpg.Connection]:
    connection = await connected(address)
    try:
        yield connection
    finally:
        await connection.close()


async def found_revision(address: DatabaseAddress) -> str | None:
    """Return the schema's revision if the database still responds; None also when it is empty."""
    try:
        async with connection_to(address) as connection:
            return await stored(connection.fetchval)
    except NO_ANSWER:
        return None


if __name__ == "__main__":
    sys.exit(main())
