"""Runs the migrations with Alembic; `app.migrate` imports this only when there are some to run."""

import asyncio
import itertools
import logging
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.platform.failure_text import described
from app.stores.database import engine_of_one_program
from app.stores.database_address import DatabaseAddress

log = logging.getLogger("app.migrate")

ALEMBIC_INI = Path(__file__).parent / "alembic.ini"
# Whoever waits for a table's lock makes all later ones wait behind, so a statement waits briefly, again and again.
TABLE_LOCK_WAIT_S = 4
TABLE_LOCKED_S = 60
PAUSES_S = (1, 2, 4, 8)
STATEMENT_S = 120
"""How long a statement of a migration may run. One that takes longer without a lock that matters sets its own limit."""
LOCKED = frozenset({"55P03", "40P01"})
"""PostgreSQL's codes: no lock in time; a deadlock."""


async def upgrade_to_head(address: DatabaseAddress) -> None:
    """Upgrade to head, again after a pause while a table is locked. Errors: Alembic's, SQLAlchemy's, a migration's own.

    Each migration is its own transaction: a further attempt continues after those that succeeded.
    """
    engine = engine_of_one_program(address)
    until = time.monotonic() + TABLE_LOCKED_S
    try:
        for pause_s in itertools.chain(PAUSES_S, itertools.repeat(PAUSES_S[-1])):
            try:
                async with engine.connect() as connection:
                    await connection.execute(text(f"SET lock_timeout = '{1000 * TABLE_LOCK_WAIT_S:.0f}ms'"))
                    await connection.execute(text(f"SET statement_timeout = '{1000 * STATEMENT_S:.0f}ms'"))
                    await connection.commit()  # else the end of a failed migration would take the limits back
                    await connection.run_sync(run_migrations)
                    await connection.commit()
                    return
            except DBAPIError as exc:
                if getattr(exc.orig, "sqlstate", None) not in LOCKED or time.monotonic() + pause_s > until:
                    raise
                log.warning(
                    "A table is locked",
                    extra={"action": "migration_waits", "cause": described(exc), "again_in_s": pause_s},
                )
            await asyncio.sleep(pause_s)
    finally:
        await engine.dispose()


def run_migrations(connection: Connection) -> None:
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
