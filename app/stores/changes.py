"""The only way to change a user's rows: in one transaction, counted, and acknowledged only after the caches are
invalidated.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from app.platform.errors import UnauthenticatedError
from app.stores.database import TRANSACTION_S
from app.stores.resources import SharedResources

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


@asynccontextmanager
async def changing(
    resources: SharedResources, user_id: UUID, *, within_s: float = TRANSACTION_S
) -> AsyncIterator["AsyncConnection"]:
    """Commit all changes of the block to the user's rows, or none.

    Errors: UnauthenticatedError when the token is valid but its user no longer exists, UnavailableError.
    """
    async with resources.database.transaction(within_s=within_s) as connection:
        # The lock prevents the deletion of the user and other changes to the user's rows: an upload compares its rows
        # with the stored ones, which must not change meanwhile. Others wait here and hold no other lock.
        found = await connection.exec_driver_sql("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", (user_id,))
        if found.one_or_none() is None:
            raise UnauthenticatedError("This account no longer exists")
        yield connection
        await connection.exec_driver_sql("UPDATE users SET data_version = data_version + 1 WHERE id = $1", (user_id,))
    await resources.insights.forget(user_id)
