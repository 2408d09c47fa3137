"""Sessions: one per log-in, kept alive by a refresh token that is replaced at every use.

A refresh token is `<session>.<secret>`; the database stores the secret's SHA-256 (256 random bits cannot be guessed, so
a slow hash is not needed). A token of a live session with another secret was used before: whoever presents it, owner or
thief, the other one has the newer token, so the session ends for both.
"""

import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from app.platform.token_hashes import sha256

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.identity.origins import Origin

log = logging.getLogger(__name__)

IDLE_LIFETIME = timedelta(days=30)
WHOLE_LIFETIME = timedelta(days=180)
# Per user: one more ends the least recently used session.
MOST_OF_ONE_USER = 100
SECRET_BYTES = 32
TOKEN_PATTERN = r"^[0-9a-f]{32}\.[A-Za-z0-9_-]{43}$"  # noqa: S105 - what one looks like


class NewSession(NamedTuple):
    """A new session, its first refresh token, and the sessions that ended for it."""

    session_id: UUID
    refresh_token: str
    ended: list[UUID]


class Renewed(NamedTuple):
    """The user and session of a renewed token, and the next refresh token."""

    user_id: UUID
    session_id: UUID
    refresh_token: str


class Reused(NamedTuple):
    """The session that ended because its refresh token was reused."""

    user_id: UUID
    session_id: UUID


class Stored(NamedTuple):
    """A session as its user may see it."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    network: str | None
    user_agent: str | None


async def begin(
    connection: "AsyncConnection", user_id: UUID, origin: "Origin", *, authenticated_at: datetime | None = None
) -> NewSession:
    """Begin a session and delete the user's expired ones.

    authenticated_at: when the user proved who they are; None for now.
    """
    await connection.exec_driver_sql(
        "DELETE FROM sessions WHERE user_id = $1 AND expires_at <= now()",
        (user_id,),
    )
    session_id, secret = uuid4(), new_secret()
    ended = await connection.exec_driver_sql(
        """
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE user_id = $1
            ORDER BY coalesce(last_used_at, created_at) DESC, id OFFSET $2
        ) RETURNING id
        """,
        (user_id, MOST_OF_ONE_USER - 1),
    )
    await connection.exec_driver_sql(
        """
        INSERT INTO sessions
            (id, user_id, secret_sha256, expires_at, last_used_at, network, user_agent, authenticated_at)
        VALUES ($1, $2, $3, now() + $4::interval, now(), $5, $6, least(now(), coalesce($7::timestamptz, now())))
        """,
        (session_id, user_id, sha256(secret), IDLE_LIFETIME, origin.network, origin.user_agent, authenticated_at),
    )
    return NewSession(session_id, token_of(session_id, secret), list(ended.scalars()))


async def renew(connection: "AsyncConnection", refresh_token: str, origin: "Origin") -> Renewed | Reused | None:
    """Replace a session's refresh token. An outdated token ends its session; None when it has no session."""
    session_id, secret = parts_of(refresh_token)
    next_secret = new_secret()
    # Compare and set in one statement: of two concurrent uses, one sees the other's token.
    renewed = await connection.exec_driver_sql(
        """
        UPDATE sessions
        SET secret_sha256 = $3, expires_at = least(now() + $4::interval, created_at + $5::interval),
            last_used_at = now(), network = $6, user_agent = $7
        WHERE id = $1 AND secret_sha256 = $2 AND expires_at > now()
        RETURNING user_id
        """,
        (
            session_id,
            sha256(secret),
            sha256(next_secret),
            IDLE_LIFETIME,
            WHOLE_LIFETIME,
            origin.network,
            origin.user_agent,
        ),
    )
    user_id: UUID | None = renewed.scalar_one_or_none()
    if user_id is not None:
        return Renewed(user_id, session_id, token_of(session_id, next_secret))
    ended = await end(connection, refresh_token)
    if ended is not None:
        log.warning(
            "Session ended: a refresh token that is no longer valid was used",
            extra={"action": "session_revoked"},
        )
        return Reused(ended, session_id)
    return None


async def end(connection: "AsyncConnection", refresh_token: str) -> UUID | None:
    """End the session of a token, current or outdated; return its user, or None when there is no session."""
    session_id, _ = parts_of(refresh_token)
    ended = await connection.exec_driver_sql("DELETE FROM sessions WHERE id = $1 RETURNING user_id", (session_id,))
    user_id: UUID | None = ended.scalar_one_or_none()
    return user_id


async def of_user(connection: "AsyncConnection", user_id: UUID) -> list[Stored]:
    """Return the user's unexpired sessions, the most recently used first."""
    found = await connection.exec_driver_sql(
        """
        SELECT id, created_at, coalesce(last_used_at, created_at) AS last_used_at, expires_at, network, user_agent
        FROM sessions WHERE user_id = $1 AND expires_at > now()
        ORDER BY coalesce(last_used_at, created_at) DESC, id
        """,
        (user_id,),
    )
    return [Stored(**row) for row in found.mappings()]


async def end_one(connection: "AsyncConnection", user_id: UUID, session_id: UUID) -> bool:
    """End a session of the user; return False when they have no such session."""
    ended = await connection.exec_driver_sql(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2", (session_id, user_id)
    )
    return ended.rowcount == 1


async def authenticated(connection: "AsyncConnection", session_id: UUID) -> bool:
    """Record that the session's user just proved who they are; return False when the session has ended."""
    updated = await connection.exec_driver_sql(
        "UPDATE sessions SET authenticated_at = now() WHERE id = $1", (session_id,)
    )
    return updated.rowcount == 1


async def is_fresh(connection: "AsyncConnection", session_id: UUID, max_age: timedelta) -> bool:
    """Return whether the session's user proved who they are within this time."""
    found = await connection.exec_driver_sql(
        "SELECT 1 FROM sessions WHERE id = $1 AND authenticated_at > now() - $2::interval", (session_id, max_age)
    )
    return found.one_or_none() is not None


async def is_live(connection: "AsyncConnection", session_id: UUID) -> bool:
    """Return whether the session exists and has not expired."""
    found = await connection.exec_driver_sql(
        "SELECT 1 FROM sessions WHERE id = $1 AND expires_at > now()", (session_id,)
    )
    return found.one_or_none() is not None


async def end_all(connection: "AsyncConnection", user_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    """End the user's sessions, except `but`; return those that ended.

    After the commit and before the response, call `resources.live_sessions.ended(...)` for their access tokens.
    """
    ended = await connection.exec_driver_sql(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2 RETURNING id", (user_id, but)
    )
    return list(ended.scalars())


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def token_of(session_id: UUID, secret: str) -> str:
    """Return the token in the form that clients see."""
    return f"{session_id.hex}.{secret}"


def parts_of(refresh_token: str) -> tuple[UUID, str]:
    """Split a token that matches TOKEN_PATTERN into session and secret."""
    session, _, secret = refresh_token.partition(".")
    return UUID(session), secret
