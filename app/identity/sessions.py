"""Sessions: one for each log-in, kept alive by a refresh token that is replaced at every use.

A refresh token is `<session>.<secret>`; the database holds the secret's SHA-256 (it is 256 random bits: nothing
to guess, so nothing to slow down). A token of a live session with another secret was used before: whoever shows
it, the owner or a thief, the other has the newer one, so the session ends for both.
"""

import hashlib
import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

log = logging.getLogger(__name__)

IDLE_LIFETIME = timedelta(days=30)
WHOLE_LIFETIME = timedelta(days=180)
SECRET_BYTES = 32
TOKEN_PATTERN = r"^[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$"  # noqa: S105 - what one looks like


class Renewed(NamedTuple):
    """Whose session it is, and its next refresh token."""

    user_id: UUID
    refresh_token: str


class Reused(NamedTuple):
    """Whose session has ended because a refresh token came again."""

    user_id: UUID


async def begin(connection: "AsyncConnection", user_id: UUID) -> str:
    """Begin a session and forget the user's expired ones; returns its first refresh token."""
    await connection.exec_driver_sql(
        "DELETE FROM sessions WHERE user_id = $1 AND expires_at <= now()",
        (user_id,),
    )
    session_id, secret = uuid4(), new_secret()
    await connection.exec_driver_sql(
        "INSERT INTO sessions (id, user_id, secret_sha256, expires_at) VALUES ($1, $2, $3, now() + $4::interval)",
        (session_id, user_id, sha256(secret), IDLE_LIFETIME),
    )
    return token_of(session_id, secret)


async def renew(connection: "AsyncConnection", refresh_token: str) -> Renewed | Reused | None:
    """Replace a session's refresh token. One that is not the present one ends its session; None when it has none."""
    session_id, secret = parts_of(refresh_token)
    next_secret = new_secret()
    # Compare and set in one statement: of two uses at once, one finds the other's token.
    renewed = await connection.exec_driver_sql(
        """
        UPDATE sessions
        SET secret_sha256 = $3, expires_at = least(now() + $4::interval, created_at + $5::interval)
        WHERE id = $1 AND secret_sha256 = $2 AND expires_at > now()
        RETURNING user_id
        """,
        (session_id, sha256(secret), sha256(next_secret), IDLE_LIFETIME, WHOLE_LIFETIME),
    )
    user_id: UUID | None = renewed.scalar_one_or_none()
    if user_id is not None:
        return Renewed(user_id, token_of(session_id, next_secret))
    ended = await end(connection, refresh_token)
    if ended is not None:
        log.warning(
            "Session ended: a refresh token that is no longer valid was used",
            extra={"action": "session_revoked"},
        )
        return Reused(ended)
    return None


async def end(connection: "AsyncConnection", refresh_token: str) -> UUID | None:
    """End a token's session, whether the token is its present one or an older one; its user, None when it has none."""
    session_id, _ = parts_of(refresh_token)
    ended = await connection.exec_driver_sql("DELETE FROM sessions WHERE id = $1 RETURNING user_id", (session_id,))
    user_id: UUID | None = ended.scalar_one_or_none()
    return user_id


async def is_live(connection: "AsyncConnection", session_id: UUID) -> bool:
    """Whether there is such a session, and its time is not over."""
    found = await connection.exec_driver_sql(
        "SELECT 1 FROM sessions WHERE id = $1 AND expires_at > now()", (session_id,)
    )
    return found.one_or_none() is not None


async def end_all(connection: "AsyncConnection", user_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    """End the user's sessions, all or all but one; returns those that ended.

    After the commit, before the answer: `resources.live_sessions.ended(...)`, for their access tokens.
    """
    ended = await connection.exec_driver_sql(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id", (user_id, but)
    )
    return list(ended.scalars())


def new_secret() -> str:
    """What only the token's holder knows."""
    return secrets.token_urlsafe(SECRET_BYTES)


def sha256(secret: str) -> bytes:
    """What the database knows of it."""
    return hashlib.sha256(secret.encode()).digest()


def token_of(session_id: UUID, secret: str) -> str:
    """The token on the wire."""
    return f"{session_id.hex}.{secret}"


def parts_of(refresh_token: str) -> tuple[UUID, str]:
    """The session and the secret of a token that has the form of TOKEN_PATTERN."""
    session, _, secret = refresh_token.partition(".")
    return UUID(session), secret
