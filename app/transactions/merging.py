"""Merge the staged rows of one file into the user's: each is a duplicate, an update of a stored row, or a new row.

Rows are compared by what they say, never by a digest: what an account is called, or how a name is read, may change.

- Without a bank's id a row is a duplicate when as many equal ones are stored as came before it in its file
  (app/transactions/identity.py). A booked row takes the place of a pending one of the same account, amount and name,
  up to LONGEST_PENDING_DAYS earlier, that its own file does not list as pending any more. Should that be another
  payment after all, nothing is lost: the booked row of the pending one is new whenever it comes.
- Under the same id an equal row is a duplicate, also of what the stored row was: an older file changes nothing back.
  Another one updates the stored row, unless the two are too far apart: Plaid's ids are unique, so a few days' distance
  is a correction; a FITID may number the rows of one statement, so the day must be the same, and the amount or the
  name. Where a booked and a pending row are stored under one id, it updates the one that it says more of. Where the
  file or the store has different rows of one state under one id, it updates the one stored row that the file does not
  have, if it is the file's one row that is not stored. Else the row is a new one.
- `pending_transaction_id` names the pending row to replace. Pending rows come first, for a file may have both.

A row keeps its id and the user's own category. What it was goes to transaction_versions. The caller holds the user's
row, so nobody else merges meanwhile.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from app.transactions import merge_statements as statements
from app.transactions import shared_id_statements as shared_ids
from app.transactions.currencies import with_digits
from app.transactions.row_ids import beginning_of_ids

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

LONGEST_PENDING_DAYS = 10
CORRECTED_WITHIN_DAYS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The sums of a file's rows in one currency, both positive."""

    currency: str
    money_in: Decimal
    money_out: Decimal


def money_of(currency: str, money_in: Decimal, money_out: Decimal) -> Money:
    """The sums with the digits of their currency."""
    return Money(
        currency=currency, money_in=with_digits(money_in, currency), money_out=with_digits(money_out, currency)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of the staged rows; those that are in none of the counts were duplicates."""

    accepted: int
    updated: int
    removed: int
    money: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What kinds of rows are staged: what a file does not have needs no statement."""

    pending: int
    booked: int
    corrections: int
    removals: int
    accounts: int
    with_id: int
    without_id: int
    naming: int
    sharing: int
    first: datetime.date | None
    last: datetime.date | None


async def merge_staged(
    connection: "AsyncConnection", *, user_id: UUID, upload_id: UUID, ids_are_unique: bool
) -> Merged:
    """Merge what repository.stage put there in the same transaction. ids_are_unique: Plaid's, not FITIDs."""
    merge = Merge(connection, user_id, upload_id, CORRECTED_WITHIN_DAYS if ids_are_unique else 0)
    return await merge.run()


class Merge:
    """One merge. `related` names the staged rows that are not to be added, with the stored row each updates, if any."""

    def __init__(self, connection: "AsyncConnection", user_id: UUID, upload_id: UUID, corrected_within: int) -> None:
        self.connection = connection
        self.user_id = user_id
        self.upload_id = upload_id
        self.corrected_within = corrected_within

    async def run(self) -> Merged:
        """Every step, in order: corrections are of what the same file may have added, removals come last."""
        contents = Contents(**dict((await self.connection.exec_driver_sql(statements.COUNT_KINDS)).mappings().one()))
        money = (await self.connection.exec_driver_sql(statements.SUM_MONEY)).mappings().all()
        if contents.accounts:
            await self.execute(statements.KEEP_ACCOUNTS)
        await self.find_duplicates(contents)
        accepted = updated = 0
        if contents.pending:
            if contents.with_id:
                updated += await self.update(await self.match_same_id(contents, pending=True))
            accepted += await self.add("row", pending=True)
        if contents.booked:
            updated += await self.update(await self.match_booked(contents))
            accepted += await self.add("row", pending=False)
        if contents.corrections:
            await self.connection.exec_driver_sql(statements.PASS_OVER_EARLIER_CORRECTIONS)
            updated += await self.update(await self.execute(shared_ids.MATCH_CORRECTIONS))
            accepted += await self.add("correction")
        if contents.naming:
            await self.execute(statements.REPLACE_NAMED, self.upload_id)
        removed = await self.remove() if contents.removals else 0
        return Merged(
            accepted=accepted,
            updated=updated,
            removed=removed,
            money=tuple(money_of(row["currency"], row["money_in"], row["money_out"]) for row in money),
        )

    async def find_duplicates(self, contents: Contents) -> None:
        """Relate the rows that say nothing new."""
        await self.connection.exec_driver_sql(statements.CREATE_RELATED)
        if contents.without_id:
            await self.execute(statements.FIND_DUPLICATES_WITHOUT_ID, contents.first, contents.last)
        if contents.with_id:
            await self.execute(statements.FIND_DUPLICATES_WITH_ID, CORRECTED_WITHIN_DAYS)
        if contents.sharing:
            await self.execute(shared_ids.FIND_FORMER_STATES)

    async def match_booked(self, contents: Contents) -> int:
        """Relate booked rows to the stored rows they stand for; returns how many."""
        found = await self.match_same_id(contents, pending=False) if contents.with_id else 0
        if contents.naming:
            found += await self.execute(statements.MATCH_NAMED)
        for days in (0, LONGEST_PENDING_DAYS):
            found += await self.execute(statements.MATCH_ALIKE, self.upload_id, days)
        return found

    async def match_same_id(self, contents: Contents, *, pending: bool) -> int:
        """Relate rows to the stored row of their id, where it is clear which that is; returns how many."""
        found = await self.execute(statements.MATCH_SAME_ID, pending, self.corrected_within)
        if contents.sharing:
            found += await self.execute(shared_ids.MATCH_LEFT_OVER, pending, self.corrected_within)
        return found

    async def add(self, kind: str, *, pending: bool | None = None) -> int:
        """Add the rows that are related to nothing, of this state or of either; returns how many."""
        return await self.execute(statements.ADD, self.upload_id, kind, pending, beginning_of_ids())

    async def update(self, found: int) -> int:
        """Update the stored rows that were just related, keeping what they were; returns how many."""
        if not found:
            return 0
        await self.execute(statements.KEEP_VERSIONS, self.upload_id)
        updated = await self.execute(statements.UPDATE)
        await self.connection.exec_driver_sql(statements.SETTLE)
        return updated

    async def remove(self) -> int:
        """Remove what the bank took back; returns for how many of the file's entries there was a row."""
        result = await self.connection.exec_driver_sql(statements.REMOVE, (self.user_id, self.upload_id))
        return int(result.scalar_one())

    async def execute(self, statement: str, *parameters: object) -> int:
        """Run one statement about the user; returns how many rows it touched."""
        return (await self.connection.exec_driver_sql(statement, (self.user_id, *parameters))).rowcount
