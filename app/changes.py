"""The one way to change a user's rows: in one transaction, counted, and not acknowledged before caches know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from app.database import TRANSACTION_S
from app.errors import UnauthenticatedError
from app.resources import Resources

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def changing(
    resources: Resources, user_id: UUID, *, within_s: float = TRANSACTION_S
) -> AsyncIterator["AsyncConnection"]:
    """Commit what the block did to the user's rows, or nothing of it.

    Errors: UnauthenticatedError when the user is gone though the token is not, UnavailableError.
    """
    async with resources.database.transaction(within_s=within_s) as connection:
        # Keeps the user from being deleted meanwhile, and others from changing the user's rows: what an upload brings
        # is compared with what is stored, which must not move. Whoever comes next waits here and holds nothing else.
        found = await connection.exec_driver_sql("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", (user_id,))
        if found.one_or_none() is None:
            raise UnauthenticatedError("The user of this token does not exist any more")
        yield connection
        await connection.exec_driver_sql("UPDATE users SET data_version = data_version + 1 WHERE id = $1", (user_id,))
    await resources.insights.forget(user_id)
