"""Mail that waits in the database: put there with what it tells of, gone when it was sent or its user is.

What waits is a kind and a user, never a text: a token is made when its mail goes out, so that the database holds
the hash alone. Each attempt makes a new one; all of a user's work until one was used.
"""

import secrets
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from app.identity.sessions import sha256
from app.mail.texts import LIFETIMES, Kind

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

TOKEN_BYTES = 32
TOKEN_PATTERN = r"^[A-Za-z0-9_-]{43}$"  # noqa: S105 - what one looks like
MOST_IN_AN_HOUR = 3
# Before each further attempt, in seconds; the first also keeps other tasks off while one sends.
PAUSES_S = (60, 120, 600, 1800)
MOST_ATTEMPTS = len(PAUSES_S) + 1


class Claimed(NamedTuple):
    """A mail that one task sends now. token: as the user gets it."""

    id: UUID
    kind: Kind
    email: str
    token: str | None
    attempts: int


async def put(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> None:
    """Have the mail sent once the transaction is committed."""
    await connection.exec_driver_sql(
        "INSERT INTO outgoing_mails (id, user_id, kind) VALUES ($1, $2, $3)", (uuid4(), user_id, kind.value)
    )


async def may_have_another(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> bool:
    """Whether fewer mails of this kind than one may have in an hour were sent to the user or wait."""
    counted = await connection.exec_driver_sql(
        """
        SELECT (SELECT count(*) FROM outgoing_mails WHERE user_id = $1 AND kind = $2)
             + (SELECT count(*) FROM mail_tokens
                WHERE user_id = $1 AND purpose = $2 AND created_at > now() - interval '1 hour')
        """,
        (user_id, kind.value),
    )
    return int(counted.scalar_one()) < MOST_IN_AN_HOUR


async def claim(connection: "AsyncConnection") -> Claimed | None:
    """The mail that has waited longest, with a token if it brings one; None when none is due."""
    while True:
        due = await connection.exec_driver_sql(
            "SELECT id, user_id FROM outgoing_mails WHERE next_attempt_at <= now() ORDER BY next_attempt_at LIMIT 1"
        )
        row = due.one_or_none()
        if row is None:
            return None
        # The user's row first, as who deletes the account locks them: the other way round would be a deadlock.
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
    """A token that the database knows by its hash, beside those before it; expired ones go."""
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
    """The mail was sent, or is given up."""
    await connection.exec_driver_sql("DELETE FROM outgoing_mails WHERE id = $1", (mail_id,))


async def owner_of(connection: "AsyncConnection", token: str, kind: Kind) -> UUID | None:
    """The user of a token that works, which goes on working."""
    found = await connection.exec_driver_sql(
        "SELECT user_id FROM mail_tokens WHERE token_sha256 = $1 AND purpose = $2 AND expires_at > now()",
        (sha256(token), kind.value),
    )
    user_id: UUID | None = found.scalar_one_or_none()
    return user_id


async def use(connection: "AsyncConnection", token: str, kind: Kind) -> UUID | None:
    """Use a token up, and with it all of its user's of the kind; None when it does not work (any more)."""
    used = await connection.exec_driver_sql(
        "DELETE FROM mail_tokens WHERE token_sha256 = $1 AND purpose = $2 AND expires_at > now() RETURNING user_id",
        (sha256(token), kind.value),
    )
    user_id: UUID | None = used.scalar_one_or_none()
    if user_id is not None:
        await withdraw(connection, user_id, kind)
    return user_id


async def withdraw(connection: "AsyncConnection", user_id: UUID, kind: Kind) -> None:
    """End the user's tokens of the kind, and the mail that would bring another."""
    await connection.exec_driver_sql(
        "DELETE FROM mail_tokens WHERE user_id = $1 AND purpose = $2", (user_id, kind.value)
    )
    await connection.exec_driver_sql(
        "DELETE FROM outgoing_mails WHERE user_id = $1 AND kind = $2", (user_id, kind.value)
    )
