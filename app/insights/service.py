"""Answer what the rows say, from the cache where it has the answer."""

import datetime
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio.to_thread
from pydantic import BaseModel

from app.errors import InvalidInputError
from app.insights import repository
from app.insights.rows import Row
from app.insights.schemas import Analysed, Summary
from app.resources import Resources

# The years of a busy account, and few enough that one answer takes neither the memory nor the second of others.
MOST_ROWS = 20_000

Compute = Callable[[], Awaitable[tuple[int, bytes]]]
"""Finds an answer, and the version of the user's data that it was found in."""
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


def summary(resources: Resources, user_id: UUID, days: Days) -> Compute:
    """Finds the totals by category and month: Summary as JSON."""

    async def compute() -> tuple[int, bytes]:
        async with resources.database.transaction() as connection:
            version = await repository.version(connection, user_id)
            groups = await repository.by_category_and_month(connection, user_id, days.first, days.last)
        return version, as_json(Summary.model_validate({"from": days.first, "to": days.last, "groups": groups}))

    return compute


def finding(resources: Resources, user_id: UUID, days: Days, find: Find) -> Compute:
    """Finds what `find` says of the rows, as JSON. Neither waiting for the turn nor finding holds a connection."""

    async def compute() -> tuple[int, bytes]:
        async with resources.turns.analyses.turn(user_id):
            async with resources.database.transaction() as connection:
                version = await repository.version(connection, user_id)
                rows = await repository.latest_rows(connection, user_id, days.first, days.last, limit=MOST_ROWS + 1)
            return version, await anyio.to_thread.run_sync(lambda: as_json(find(rows[:MOST_ROWS], analysed(rows))))

    return compute


def analysed(rows: list[Row]) -> Analysed:
    """What is said of the rows, the latest first, of which one beyond MOST_ROWS is not looked at."""
    used = rows[:MOST_ROWS]
    first, last = (used[-1].date, used[0].date) if used else (None, None)
    return Analysed.model_validate(
        {"from": first, "to": last, "rows": len(used), "complete": len(rows) <= MOST_ROWS},
    )


def kept_as(name: str, days: Days) -> str:
    """What an answer is called among the user's. name: tells it from others about the same days."""
    return f"{name}:{days.first or ''}:{days.last or ''}"


async def answer(resources: Resources, user_id: UUID, name: str, compute: Compute) -> bytes:
    """The answer kept under the name, or what `compute` makes of the database."""

    async def version() -> int:
        async with resources.database.transaction() as connection:
            return await repository.version(connection, user_id)

    return await resources.insights.answer(user_id, name, version=version, compute=compute)


def as_json(model: BaseModel) -> bytes:
    """The body of the answer."""
    return model.model_dump_json().encode()
