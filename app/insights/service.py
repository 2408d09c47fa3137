"""Answers questions about the rows, from the cache where possible."""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio.to_thread
from pydantic import BaseModel

from app.insights import repository
from app.insights.analysis.refunds import REFUND_DAYS
from app.insights.analysis.rows import Row
from app.insights.analysis.transfers import MOST_DAYS_APART, judged, moved_ids
from app.insights.category_months import without_moves
from app.insights.resources import InsightsResources
from app.insights.schemas import Analysed, Summary
from app.platform.errors import InvalidInputError

# Years of a busy account, yet few enough that one answer does not take the memory and CPU time of others.
MOST_ROWS = 20_000
# The summary subtracts this many of the latest rows that move money between own accounts: more than a person has.
MOST_MOVES = 10_000

Compute = Callable[[], Awaitable[tuple[int, bytes]]]
"""Computes an answer, and the version of the user's data it was computed from."""
Find = Callable[[list[Row], Analysed], BaseModel]  # pure; runs in a thread


@dataclass(frozen=True, slots=True)
class Days:
    """The days an answer is about, both included; None is an open end."""

    first: datetime.date | None
    last: datetime.date | None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None and self.first > self.last:
            raise InvalidInputError(
                f"from ({self.first}) is after to ({self.last}): exchange them",
                errors=[{"location": "query.from", "message": "must not be after `to`"}],
            )

    def __contains__(self, day: datetime.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def wider(self, *, before: int, after: int) -> "Days":
        """Add that many days at each end that is not open."""
        return Days(moved_by(self.first, -before), moved_by(self.last, after))


def moved_by(day: datetime.date | None, days: int) -> datetime.date | None:
    """Return the day that many days later, limited to the first and last day of the calendar."""
    if day is None:
        return None
    earliest, latest = datetime.date.min.toordinal(), datetime.date.max.toordinal()
    return datetime.date.fromordinal(min(max(day.toordinal() + days, earliest), latest))


def summary(resources: InsightsResources, user_id: UUID, days: Days) -> Compute:
    """Compute the totals by category and month: Summary as JSON. The database adds up; the moves are subtracted."""
    wider = days.wider(before=MOST_DAYS_APART, after=MOST_DAYS_APART)

    async def compute() -> tuple[int, bytes]:
        async with resources.database.transaction() as connection:
            version = await repository.version(connection, user_id)
            groups = await repository.by_category_and_month(connection, user_id, days.first, days.last)
            candidates = await repository.latest_moves(connection, user_id, wider.first, wider.last, limit=MOST_MOVES)
            has_card = bool(candidates) and await repository.has_card(connection, user_id)

        def body() -> bytes:
            moved = moved_ids(candidates, has_card=has_card)
            kept = without_moves(groups, [row for row in candidates if row.id in moved and row.date in days])
            return as_json(Summary.model_validate({"from": days.first, "to": days.last, "groups": kept}))

        return version, await anyio.to_thread.run_sync(body) if candidates else body()

    return compute


def finding(resources: InsightsResources, user_id: UUID, days: Days, find: Find) -> Compute:
    """Compute the result of `find` as JSON. Neither waiting for a turn nor computing occupies a connection.

    The rows are classified together with those of some more days, which may contain the other side of a transfer or the
    charge that a refund returns.
    """
    wider = days.wider(before=REFUND_DAYS, after=MOST_DAYS_APART)

    async def compute() -> tuple[int, bytes]:
        async with resources.turns.analyses.turn(user_id):
            async with resources.database.transaction() as connection:
                version = await repository.version(connection, user_id)
                rows = await repository.latest_rows(connection, user_id, wider.first, wider.last, limit=MOST_ROWS + 1)
                has_card = await repository.has_card(connection, user_id)

            def body() -> bytes:
                asked = [row for row in judged(rows[:MOST_ROWS], has_card=has_card) if row.date in days]
                complete = len(rows) <= MOST_ROWS or rows[-1].date not in days
                return as_json(find(asked, analysed(asked, complete=complete)))

            return version, await anyio.to_thread.run_sync(body)

    return compute


def analysed(rows: list[Row], *, complete: bool) -> Analysed:
    """Describe the rows that were used. rows: the latest first."""
    first, last = (rows[-1].date, rows[0].date) if rows else (None, None)
    return Analysed.model_validate({"from": first, "to": last, "rows": len(rows), "complete": complete})


def kept_as(name: str, days: Days) -> str:
    """Name the answer in the user's cache. name: distinguishes it from other answers about the same days."""
    return f"{name}:{days.first or ''}:{days.last or ''}"


async def answer(resources: InsightsResources, user_id: UUID, name: str, compute: Compute) -> bytes:
    """Return the answer cached under the name, or the result of `compute`."""

    async def version() -> int:
        async with resources.database.transaction() as connection:
            return await repository.version(connection, user_id)

    return await resources.insights.answer(user_id, name, version=version, compute=compute)


def as_json(model: BaseModel) -> bytes:
    return model.model_dump_json().encode()
