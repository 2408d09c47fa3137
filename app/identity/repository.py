"""Users in the database."""

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.identity.schemas import User

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class StoredCredentials(NamedTuple):
    """What a log-in is compared with."""

    user_id: UUID
    password_hash: str


async def add_user(connection: "AsyncConnection", *, email: str, password_hash: str) -> User | None:
    """Add a user; None when the e-mail address is taken."""
    result = await connection.exec_driver_sql(
        """
        INSERT INTO users (email, password_hash) VALUES ($1, $2)
        ON CONFLICT (email) DO NOTHING
        RETURNING id, email, created_at
        """,
        (email, password_hash),
    )
    row = result.one_or_none()
    return None if row is None else User(id=row.id, email=row.email, created_at=row.created_at)


async def stored_credentials(connection: "AsyncConnection", email: str) -> StoredCredentials | None:
    """The credentials of the user with this address, if there is one."""
    result = await connection.exec_driver_sql("SELECT id, password_hash FROM users WHERE email = $1", (email,))
    row = result.one_or_none()
    return None if row is None else StoredCredentials(row.id, row.password_hash)
