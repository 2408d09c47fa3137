"""Users in the database."""

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from app.identity.schemas import Role, User
from app.platform.errors import UnauthenticatedError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


class StoredUser(NamedTuple):
    """A user with their password hash; users who came through an identity provider have none."""

    user: User
    password_hash: str | None


COLUMNS = "id, email, role, created_at, email_verified_at"


async def add_user(
    connection: "AsyncConnection", *, email: str, password_hash: str | None, is_verified: bool = False
) -> User | None:
    """Add a user; None when the e-mail address is taken."""
    result = await connection.exec_driver_sql(
        f"""
        INSERT INTO users (email, password_hash, email_verified_at) VALUES ($1, $2, CASE WHEN $3 THEN now() END)
        ON CONFLICT (email) DO NOTHING
        RETURNING {COLUMNS}
        """,  # noqa: S608 - no input is in it
        (email, password_hash, is_verified),
    )
    row = result.mappings().one_or_none()
    return None if row is None else User.model_validate(dict(row))


async def user_by_email(connection: "AsyncConnection", email: str) -> StoredUser | None:
    return await stored_user(connection, "email = $1", email)


async def user_by_id(connection: "AsyncConnection", user_id: UUID) -> StoredUser | None:
    return await stored_user(connection, "id = $1", user_id)


async def stored_user(connection: "AsyncConnection", condition: str, value: str | UUID) -> StoredUser | None:
    """Return the one user for whom the condition holds, with this value for $1."""
    statement = f"SELECT {COLUMNS}, password_hash FROM users WHERE {condition}"  # noqa: S608 - no input is in it
    row = (await connection.exec_driver_sql(statement, (value,))).mappings().one_or_none()
    if row is None:
        return None
    found = dict(row)
    password_hash = found.pop("password_hash")
    return StoredUser(User.model_validate(found), password_hash)


async def keep_password_hash(
    connection: "AsyncConnection", user_id: UUID, *, before: str | None, now: str | None
) -> bool:
    """Replace the hash (or keep the same one) if it is still `before`; return False when it is not.

    Nobody else can change it until the caller's transaction ends.
    """
    if now != before:
        kept = await connection.exec_driver_sql(
            "UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $2",
            (user_id, before, now),
        )
    else:
        kept = await connection.exec_driver_sql(
            "SELECT 1 FROM users WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $2 FOR SHARE", (user_id, before)
        )
    return kept.rowcount == 1


async def user_exists(connection: "AsyncConnection", user_id: UUID) -> bool:
    """Check that the user still exists, and keep them from being deleted until the caller's transaction ends."""
    result = await connection.exec_driver_sql("SELECT 1 FROM users WHERE id = $1 FOR KEY SHARE", (user_id,))
    return result.one_or_none() is not None


async def owner_of(connection: "AsyncConnection", user_id: UUID) -> User:
    """Return the user of a token. Errors: UnauthenticatedError when the account is gone."""
    found = await user_by_id(connection, user_id)
    if found is None:
        raise UnauthenticatedError("This account no longer exists")
    return found.user


async def verify_email(connection: "AsyncConnection", user_id: UUID) -> User:
    """Record that the address is the user's, who must exist; the first time counts."""
    result = await connection.exec_driver_sql(
        f"""
        UPDATE users SET email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1
        RETURNING {COLUMNS}
        """,  # noqa: S608 - no input is in it
        (user_id,),
    )
    return User.model_validate(dict(result.mappings().one()))


async def set_password_hash(connection: "AsyncConnection", user_id: UUID, password_hash: str) -> None:
    await connection.exec_driver_sql("UPDATE users SET password_hash = $2 WHERE id = $1", (user_id, password_hash))


async def set_role(connection: "AsyncConnection", email: str, role: Role) -> bool:
    """Give the user a role; return False when nobody has this address."""
    result = await connection.exec_driver_sql("UPDATE users SET role = $2 WHERE email = $1", (email, role.value))
    return result.rowcount == 1


async def user_of_identity(connection: "AsyncConnection", *, issuer: str, subject: str) -> UUID | None:
    """Return the user whom an identity provider knows as `subject`, if they have logged in before."""
    result = await connection.exec_driver_sql(
        "SELECT user_id FROM external_identities WHERE issuer = $1 AND subject = $2", (issuer, subject)
    )
    user_id: UUID | None = result.scalar_one_or_none()
    return user_id


async def add_identity(connection: "AsyncConnection", *, issuer: str, subject: str, user_id: UUID) -> bool:
    """Link an identity provider's `subject` to the user; return False when another log-in was first."""
    result = await connection.exec_driver_sql(
        """
        INSERT INTO external_identities (issuer, subject, user_id) VALUES ($1, $2, $3)
        ON CONFLICT (issuer, subject) DO NOTHING
        """,
        (issuer, subject, user_id),
    )
    return result.rowcount == 1
