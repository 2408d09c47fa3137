"""Mail that waits in the database: queued with the change it reports, removed when it was sent or its user is gone.

The queue stores a kind and a user, never a text: a token is made when its mail is sent, so that the database has only
the hash. Each attempt makes a new token; all tokens of a user work until one was used.
"""

import secrets
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from app.mail.texts import LIFETIMES, Kind
from app.platform.token_hashes import sha256

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

TOKEN_BYTES = 32
TOKEN_PATTERN = r"^[A-Za-z0-9_-]{43}$"  # noqa: S105 - what one looks like
MOST_IN_AN_HOUR = 3
# Seconds before each further attempt; the first also keeps other tasks away while one sends.
PAUSES_S = (60, 120, 600, 1800)
MOST_ATTEMPTS = len(PAUSES_S) + 1


class Claimed(NamedTuple):
    """A mail that one task is sending. token: as the user receives it."""

    id: UUID
    kind: Kind
    email: str
    token: str | None
    attempts: int


async def put(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> None:
    """Queue the mail; it is sent once the transaction is committed."""
    await connection.exec_driver_sql(
        "INSERT INTO outgoing_mails (id, user_id, kind) VALUES ($1, $2, $3)", (uuid4(), user_id, kind.value)
    )


async def may_have_another(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> bool:
    """Return whether the user may get another mail of this kind within the hour, counting sent and waiting ones."""
    # A mail that was tried has a token for each attempt, also while it is being sent: counted as waiting as well, it
    # would count twice.
    counted = await connection.exec_driver_sql(
        """
        SELECT (SELECT count(*) FROM outgoing_mails WHERE user_id = $1 AND kind = $2 AND attempts = 0)
             + (SELECT count(*) FROM mail_tokens
                WHERE user_id = $1 AND purpose = $2 AND created_at > now() - interval '1 hour')
        """,
        (user_id, kind.value),
    )
    return int(counted.scalar_one()) < MOST_IN_AN_HOUR


async def claim(connection: "AsyncConnection") -> Claimed | None:
    """Claim the mail that has waited longest, with a token if its kind needs one; None when none is due."""
    while True:
        due = await connection.exec_driver_sql(
            "SELECT id, user_id FROM outgoing_mails WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1"
        )
        row = due.one_or_none()
        if row is None:
            return None
        # Lock the user's row first, as the deletion of an account does: the other order could deadlock.
        user = await connection.exec_driver_sql("SELECT email FROM users WHERE id = $1 FOR KEY SHARE", (row.user_id,))
        email: str | None = user.scalar_one_or_none()
        taken = await connection.exec_driver_sql(
            """
            UPDATE outgoing_mails
            SET attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ($2::int[])[attempts + 1])
            WHERE id = $1 AND next_attempt_at <= now()
            RETURNING kind, attempts
            """,
            (row.id, [*PAUSES_S, PAUSES_S[-1]]),
        )
        mail = taken.one_or_none()
        if email is not None and mail is not None:
            kind = Kind(mail.kind)
            return Claimed(row.id, kind, email, await new_token(connection, row.user_id, kind), mail.attempts)
        # Another task was faster, or the account is gone: look again.


async def new_token(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> str | None:
    """Make a token and store its hash beside earlier ones; delete expired ones."""
    lifetime = LIFETIMES.get(kind)
    if lifetime is None:
        return None
    await connection.exec_driver_sql("DELETE FROM mail_tokens WHERE user_id = $1 AND expires_at <= now()", (user_id,))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await connection.exec_driver_sql(
        """
        INSERT INTO mail_tokens (token_sha256, user_id, purpose, expires_at) VALUES ($1, $2, $3, now() + $4::interval)
        """,
        (sha256(token), user_id, kind.value, lifetime),
    )
    return token


async def remove(connection: "AsyncConnection", mail_id: UUID) -> None:
    """Remove a mail that was sent or given up."""
    await connection.exec_driver_sql("DELETE FROM outgoing_mails WHERE id = $1", (mail_id,))


async def owner_of(connection: "AsyncConnection", token: str, kind: Kind) -> UUID | None:
    """Return the user of a valid token, without using it up."""
    found = await connection.exec_driver_sql(
        "SELECT user_id FROM mail_tokens WHERE token_sha256 = $1 AND purpose = $2 AND expires_at > now()",
        (sha256(token), kind.value),
    )
    user_id: UUID | None = found.scalar_one_or_none()
    return user_id


async def use(connection: "AsyncConnection", token: str, kind: Kind) -> UUID | None:
    """Use up a token and all of its user's of the kind; return None when it is not valid or no longer valid."""
    used = await connection.exec_driver_sql(
        "DELETE FROM mail_tokens WHERE token_sha256 = $1 AND purpose = $2 AND expires_at > now() RETURNING user_id",
        (sha256(token), kind.value),
    )
    user_id: UUID | None = used.scalar_one_or_none()
    if user_id is not None:
        await withdraw(connection, user_id, kind)
    return user_id


async def withdraw(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> None:
    """Delete the user's tokens of the kind, and the queued mail that would bring another."""
    await connection.exec_driver_sql(
        "DELETE FROM mail_tokens WHERE user_id = $1 AND purpose = $2", (user_id, kind.value)
    )
    await connection.exec_driver_sql(
        "DELETE FROM outgoing_mails WHERE user_id = $1 AND kind = $2", (user_id, kind.value)
    )
