"""Announced uploads in the database. One is completed when its storage key belongs to an upload."""

import datetime
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.uploads.formats.reading import Rules
from app.uploads.staging import OnError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from app.uploads.schemas import Announcement

# For this long after its end, an announcement can still be read with its result.
KEPT_AFTER_END = datetime.timedelta(days=1)


# Whoever works on a file renews the lease long before it expires.
LEASE = datetime.timedelta(seconds=60)


class State(StrEnum):
    """The state of an announcement before its upload exists."""

    ANNOUNCED = "announced"
    PROCESSING = "processing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An announced file; `upload_id` once it was completed, `problem` when the file was refused."""

    id: UUID
    user_id: UUID
    storage_key: str
    size_bytes: int
    sha256: str
    expired: bool
    upload_id: UUID | None
    state: State
    on_error: OnError
    rules: Rules
    attempts: int
    problem: dict[str, Any] | None


async def add(
    connection: "AsyncConnection",
    user_id: UUID,
    announcement_id: UUID,
    announcement: "Announcement",
    *,
    storage_key: str,
    lasts: datetime.timedelta,
) -> datetime.datetime:
    """Store an announcement, and delete the user's long expired ones. Return when it expires."""
    await connection.exec_driver_sql(
        "DELETE FROM announced_uploads WHERE user_id = $1 AND expires_at < now() - $2::interval",
        (user_id, KEPT_AFTER_END),
    )
    result = await connection.exec_driver_sql(
        """
        INSERT INTO announced_uploads (id, user_id, sha256, size_bytes, storage_key, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + $6::interval)
        RETURNING expires_at
        """,
        (announcement_id, user_id, announcement.sha256, announcement.size_bytes, storage_key, lasts),
    )
    expires_at: datetime.datetime = result.scalar_one()
    return expires_at


FOUND = """
    SELECT a.id, a.user_id, a.storage_key, a.size_bytes, a.sha256, a.expires_at <= now() AS expired, a.state,
           a.on_error, a.rules::text AS rules, a.attempts, a.problem::text AS problem, u.id AS upload_id
    FROM announced_uploads a LEFT JOIN uploads u ON u.user_id = a.user_id AND u.storage_key = a.storage_key
"""


def found_in(row: Any) -> Announced:
    """Read a row of FOUND."""
    problem = None if row["problem"] is None else json.loads(row["problem"])
    rules = Rules(**json.loads(row["rules"]))
    return Announced(
        **{
            **row,
            "state": State(row["state"]),
            "on_error": OnError(row["on_error"]),
            "rules": rules,
            "problem": problem,
        }
    )


async def announced(connection: "AsyncConnection", user_id: UUID, announcement_id: UUID) -> Announced | None:
    """Return the user's announcement; None when the user has none with this id."""
    result = await connection.exec_driver_sql(
        f"{FOUND} WHERE a.user_id = $1 AND a.id = $2",
        (user_id, announcement_id),
    )
    row = result.mappings().one_or_none()
    return None if row is None else found_in(row)


async def begin(connection: "AsyncConnection", announcement_id: UUID, on_error: OnError, rules: Rules) -> bool:
    """Lease an announcement to work on it; return False when somebody else has it, or it is done."""
    result = await connection.exec_driver_sql(
        """
        UPDATE announced_uploads a
        SET state = 'processing', on_error = $2, rules = $4::text::jsonb, attempts = attempts + 1,
            leased_until = now() + $3::interval
        WHERE id = $1 AND (state <> 'processing' OR leased_until <= now())
          AND NOT EXISTS (SELECT FROM uploads u WHERE u.user_id = a.user_id AND u.storage_key = a.storage_key)
        """,
        (announcement_id, on_error.value, LEASE, json.dumps(asdict(rules))),
    )
    return result.rowcount == 1


async def abandoned(connection: "AsyncConnection") -> Announced | None:
    """Lease an announcement that was started and then abandoned; return None when there is none."""
    result = await connection.exec_driver_sql(
        """
        UPDATE announced_uploads SET leased_until = now() + $1::interval, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM announced_uploads WHERE state = 'processing' AND leased_until <= now()
            ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id
        """,
        (LEASE,),
    )
    announcement_id = result.scalar_one_or_none()
    if announcement_id is None:
        return None
    result = await connection.exec_driver_sql(f"{FOUND} WHERE a.id = $1", (announcement_id,))
    return found_in(result.mappings().one())


async def renew(connection: "AsyncConnection", announcement_id: UUID, lease: datetime.timedelta = LEASE) -> None:
    """Renew the lease; with a zero lease, release it to the next worker."""
    await connection.exec_driver_sql(
        "UPDATE announced_uploads SET leased_until = now() + $2::interval WHERE id = $1 AND state = 'processing'",
        (announcement_id, lease),
    )


async def end(
    connection: "AsyncConnection", announcement_id: UUID, state: State, problem: dict[str, Any] | None = None
) -> None:
    """Stop working on it, with a final state."""
    await connection.exec_driver_sql(
        "UPDATE announced_uploads SET state = $2, problem = $3::text::jsonb, leased_until = NULL WHERE id = $1",
        (announcement_id, state.value, None if problem is None else json.dumps(problem)),
    )


async def complete(connection: "AsyncConnection", announcement_id: UUID, storage_key: str) -> None:
    """Record where the file is stored from now on."""
    await connection.exec_driver_sql(
        """
        UPDATE announced_uploads SET storage_key = $2, state = 'announced', problem = NULL, leased_until = NULL
        WHERE id = $1
        """,
        (announcement_id, storage_key),
    )
