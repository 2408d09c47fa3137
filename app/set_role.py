"""`python -m app.set_role EMAIL user|operator`: give a registered user a role.

Creates the first operator, as a one-off task of the service's own task definition.
Exit: 0 done, 1 nobody has this address or the database does not respond, 2 misuse, 3 could not start.
"""

import argparse
import asyncio
import logging
import sys

from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from app.identity.repository import set_role
from app.identity.schemas import Role
from app.platform.errors import UnavailableError
from app.platform.logs import configure_logging
from app.platform.settings import DatabaseSettings, load_or_exit
from app.stores.database import engine_of_one_program
from app.stores.database_address import DatabaseAddress

log = logging.getLogger("app.set_role")

DONE, FAILED = 0, 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m app.set_role", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("email", type=str.lower)
    parser.add_argument("role", type=Role, choices=list(Role))
    options = parser.parse_args(arguments)
    settings = load_or_exit(DatabaseSettings)
    configure_logging(settings)
    return asyncio.run(run(DatabaseAddress.of(settings), options.email, options.role))


async def run(address: DatabaseAddress, email: str, role: Role) -> int:
    """Set the role, and log what was done, without the address."""
    engine = engine_of_one_program(address)
    try:
        async with engine.begin() as connection:
            found = await set_role(connection, email, role)
    except (SQLAlchemyError, PostgresError, UnavailableError, OSError) as exc:
        log.error("Role not set", extra={"action": "role_not_set", "cause": type(exc).__name__})
        return FAILED
    finally:
        await engine.dispose()
    if not found:
        log.error("Nobody is registered with this address", extra={"action": "role_not_set", "cause": "unknown user"})
        return FAILED
    log.info("Role set", extra={"action": "role_set", "role": role.value})
    return DONE


if __name__ == "__main__":
    sys.exit(main())
