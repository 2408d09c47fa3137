"""`python -m app.migrate`: bring the schema to the head revision, one process at a time.

`--check` changes nothing and says whether the schema is at head; `--head` prints the head revision and needs no
database. Exit: 0 done, 1 not at head or failed, 3 could not start.
"""

import argparse
import asyncio
import itertools
import logging
import sys
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from asyncpg import PostgresError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.platform.logs import configure_logging
from app.platform.settings import DatabaseSettings, SettingsError, load
from app.stores.database import engine_of_one_program
from app.stores.database_address import DatabaseAddress

log = logging.getLogger("app.migrate")

DONE, FAILED, COULD_NOT_START = 0, 1, 3
ALEMBIC_INI = Path(__file__).parent / "migrations" / "alembic.ini"
LOCK_KEY = 0x5B3D5E45  # any number that no other user of this database's advisory locks has
LOCK_WAIT_S = 60
# Whoever waits for a table's lock makes all later ones wait behind, so a statement waits briefly, again and again.
TABLE_LOCK_WAIT_S = 4
TABLE_LOCKED_S = 60
PAUSES_S = (1, 2, 4, 8)
STATEMENT_S = 120
"""How long a statement of a migration may run. One that takes longer without a lock that matters sets its own limit."""
LOCKED = frozenset({"55P03", "40P01"})
"""PostgreSQL's codes: no lock in time; a deadlock."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = parse(arguments)
    if options.head:
        sys.stdout.write(f"{head_revision()}\n")
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
    engine = engine_of_one_program(address)
    try:
        return await (check(engine) if check_only else migrate(engine))
    except (SQLAlchemyError, PostgresError, UnavailableError, OSError, CommandError) as exc:
        # Each migration is its own transaction: those before the failed one have changed the schema.
        found = {"found": await found_revision(engine)} if not check_only else {}
        log.error("Migration failed", extra={"action": "migration_failed", "cause": described(exc), **found})
        return FAILED
    finally:
        await engine.dispose()


async def check(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        found = await connection.run_sync(revision_of)
    at_head = found == head_revision()
    log.info(
        "Schema is at head" if at_head else "Schema is not at head",
        extra={"action": "migration_checked", "found": found, "head": head_revision()},
    )
    return DONE if at_head else FAILED


async def migrate(engine: AsyncEngine) -> int:
    """Upgrade to head. A second process waits for the lock, then finds nothing to do.

    The lock has its own connection: a migration may commit, or leave its transaction altogether.
    """
    async with engine.connect() as lock_connection:
        await lock_connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'"))
        await lock_connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_KEY})"))
        async with engine.connect() as connection:
            before = await connection.run_sync(revision_of)
        log.info("Migration starts", extra={"action": "migration_begins", "before": before})
        if not knows(before):
            # A revision of newer code, as after a rollback. Migrations only add what older code tolerates.
            fields = {"action": "migrated", "before": before, "after": before, "is_newer": True}
            log.warning("Schema is newer than this code", extra=fields)
            return DONE
        after = await upgraded(engine)
    log.info("Schema is at head", extra={"action": "migrated", "before": before, "after": after})
    return DONE


async def upgraded(engine: AsyncEngine) -> str | None:
    """Upgrade to head, again after a pause while a table is locked; return the revision. Errors: DBAPIError.

    Each migration is its own transaction: a further attempt continues after those that succeeded.
    """
    until = time.monotonic() + TABLE_LOCKED_S
    for pause_s in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
        try:
            async with engine.connect() as connection:
                await connection.execute(text(f"SET lock_timeout = '{1000 * TABLE_LOCK_WAIT_S:.0f}ms'"))
                await connection.execute(text(f"SET statement_timeout = '{1000 * STATEMENT_S:.0f}ms'"))
                await connection.commit()  # else the end of a failed migration would take the limits back
                await connection.run_sync(upgrade)
                await connection.commit()
                return await connection.run_sync(revision_of)
        except DBAPIError as exc:
            if getattr(exc.orig, "sqlstate", None) not in LOCKED or time.monotonic() + pause_s > until:
                raise
            log.warning(
                "A table is locked",
                extra={"action": "migration_waits", "cause": described(exc), "again_in_s": pause_s},
            )
        await asyncio.sleep(pause_s)
    raise AssertionError("pauses never end")  # pragma: no cover


def upgrade(connection: Connection) -> None:
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision; None for an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


async def found_revision(engine: AsyncEngine) -> str | None:
    """Return the schema's revision if the database still answers; None also when it is empty."""
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(revision_of)
    except (SQLAlchemyError, PostgresError, UnavailableError, OSError):
        return None


def knows(revision: str | None) -> bool:
    """Say whether this code has the revision; an empty database counts as known."""
    known = {script.revision for script in ScriptDirectory.from_config(Config(ALEMBIC_INI)).walk_revisions()}
    return revision is None or revision in known


def head_revision() -> str | None:
    return ScriptDirectory.from_config(Config(ALEMBIC_INI)).get_current_head()


if __name__ == "__main__":
    sys.exit(main())
