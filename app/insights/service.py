"""Answers questions about the rows, from the cache where possible."""

import tempfile
from collections.abc import Awaitable, Callable
from uuid import UUID

import anyio.to_thread

from app.insights import findings, repository
from app.insights.analysis.refunds import REFUND_DAYS
from app.insights.analysis.transfers import DAYS_AROUND, moved_ids
from app.insights.category_months import without_moves
from app.insights.days import Days
from app.insights.resources import InsightsResources
from app.insights.schemas import Summary
from app.platform.errors import UnavailableError
from app.workers.client import End, Ended, Limits

# The summary subtracts this many of the latest rows that move money between own accounts: more than a person has.
MOST_MOVES = 10_000
# Several times what the most rows need.
LIMITS = Limits(memory_bytes=400 * 1024 * 1024, result_bytes=32 * 1024 * 1024, cpu_s=30, within_s=120)

Compute = Callable[[], Awaitable[tuple[int, bytes]]]
"""Computes a response, and the version of the user's data it was computed from."""


class FindingsError(Exception):
    """The computation failed: a defect, or a signal from outside."""


def summary(resources: InsightsResources, user_id: UUID, days: Days) -> Compute:
    """Compute the totals by category and month: Summary as JSON. The database adds up; the moves are subtracted."""
    wider = days.wider(before=DAYS_AROUND, after=DAYS_AROUND)

    async def compute() -> tuple[int, bytes]:
        async with resources.database.transaction() as connection:
            version = await repository.version(connection, user_id)
            groups = await repository.by_category_and_month(connection, user_id, days.first, days.last)
            candidates = await repository.latest_moves(connection, user_id, wider.first, wider.last, limit=MOST_MOVES)
            has_card = bool(candidates) and await repository.has_card(connection, user_id)

        def body() -> bytes:
            moved = moved_ids(candidates, has_card=has_card)
            kept = without_moves(groups, [row for row in candidates if row.id in moved and row.date in days])
            found = Summary.model_validate({"from": days.first, "to": days.last, "groups": kept})
            return found.model_dump_json().encode()

        return version, await anyio.to_thread.run_sync(body) if candidates else body()

    return compute


def finding(resources: InsightsResources, user_id: UUID, name: str, days: Days) -> Compute:
    """Compute findings (a name of findings.FINDINGS) as JSON, in a child process.

    Neither waiting for a turn nor computing occupies a connection. The rows are classified together with those of some
    more days, which may contain the other side of a transfer or the charge that a refund returns.
    Errors: UnavailableError; FindingsError.
    """
    wider = days.wider(before=REFUND_DAYS, after=DAYS_AROUND)

    async def compute() -> tuple[int, bytes]:
        async with resources.queues.analyses.turn(user_id):
            with tempfile.TemporaryFile() as rows, tempfile.TemporaryFile() as found:
                async with resources.database.transaction() as connection:
                    version = await repository.version(connection, user_id)
                    has_card = await repository.has_card(connection, user_id)
                    await repository.copy_latest_rows(
                        connection, user_id, wider.first, wider.last, limit=findings.MOST_ROWS + 1, into=rows
                    )
                rows.seek(0)
                arguments = findings.arguments_of(name, days, has_card=has_card)
                ended = await resources.workers.run(findings.__name__, rows, found, arguments, LIMITS)
                if ended.end is not End.DONE:
                    raise failure(name, ended)
                found.seek(0)
                return version, found.read()

    return compute


def failure(name: str, ended: Ended) -> Exception:
    """Make the error for findings that could not be computed."""
    if ended.end is End.TOO_LONG:
        return UnavailableError("The insights took too long to compute. Ask for fewer days")
    return FindingsError(f"{name}: {ended.end.name}, exit code {ended.code}, {ended.answer[:500]}")


def cache_name(name: str, days: Days) -> str:
    """Name the response in the user's cache. name: distinguishes it from other responses about the same days."""
    return f"{name}:{days.first or ''}:{days.last or ''}"


async def answer(resources: InsightsResources, user_id: UUID, name: str, compute: Compute) -> bytes:
    """Return the response cached under the name, or the result of `compute`."""

    async def version() -> int:
        async with resources.database.transaction() as connection:
            return await repository.version(connection, user_id)

    return await resources.insights.answer(user_id, name, version=version, compute=compute)
