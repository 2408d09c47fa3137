"""Merges the staged rows of one file into the user's: each is a duplicate, an update of a stored row, or a new row.

Rows are compared by their contents, never by a digest: the name of an account, or how a name is read, may change.

- Without a bank id, a row is a duplicate if as many equal rows are stored as came before it in its file, and an update
  if a stored row of the same payment differs in the category or the channel (identity.py). A booked row replaces a
  pending one of the same account, amount and name, up to
  LONGEST_PENDING_DAYS earlier, that its own file no longer lists as pending. If that was another payment after all,
  nothing is lost: the booked row of the pending one is new whenever it comes.
- With the same id, an equal row is a duplicate, even if it equals an earlier state of the stored row: an older file
  reverts nothing. A different row updates the stored one, unless the two are too far apart: Plaid's ids are unique, so
  a distance of a few days is a correction; a FITID may number the rows of one statement, so the day must be the same,
  and the amount or the name. If a booked and a pending row are stored under one id, it updates the one it shares more
  values with. If the file or the store has different rows of one state under one id, it updates the only stored row
  that is not in the file, if it is the only row of the file that is not stored. Otherwise the row is new.
- `pending_transaction_id` names the pending row to replace. Pending rows are merged first, because a file may have
  both.
- An OFX statement names the row that it corrects or deletes (correction_statements.py).

A row keeps its id and the user's own category. Its earlier states go to transaction_versions. The caller has locked the
user's row, so no other merge runs meanwhile.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from app.transactions import correction_statements as corrections
from app.transactions import merge_statements as statements
from app.transactions import payment_statements as payments
from app.transactions import shared_id_statements as shared_ids
from app.transactions.currencies import with_digits
from app.transactions.row_ids import beginning_of_ids

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

LONGEST_PENDING_DAYS = 10
CORRECTED_WITHIN_DAYS = 10
# A file may correct one row repeatedly, or correct corrections. Each round scans the user's rows, so there is a limit.
MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """The sums of a file's rows in one currency, both positive."""

    currency: str
    money_in: Decimal
    money_out: Decimal


def money_of(currency: str, money_in: Decimal, money_out: Decimal) -> Money:
    """Make the sums with their currency's decimal places."""
    return Money(
        currency=currency, money_in=with_digits(money_in, currency), money_out=with_digits(money_out, currency)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The number of staged rows with each result; rows in none of the counts were duplicates."""

    accepted: int
    updated: int
    removed: int
    money: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The kinds of rows that are staged: no statement runs for a kind that the file lacks."""

    pending: int
    booked: int
    corrections: int
    replacements: int
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
    """Merge what repository.stage copied in the same transaction. ids_are_unique: Plaid's are, FITIDs are not."""
    merge = Merge(connection, user_id, upload_id, ids_are_unique=ids_are_unique)
    return await merge.run()


class Merge:
    """One merge. `related` lists the staged rows that are not to be added, with the stored row each updates, if any."""

    def __init__(self, connection: "AsyncConnection", user_id: UUID, upload_id: UUID, *, ids_are_unique: bool) -> None:
        self.connection = connection
        self.user_id = user_id
        self.upload_id = upload_id
        self.ids_are_unique = ids_are_unique
        self.corrected_within = CORRECTED_WITHIN_DAYS if ids_are_unique else 0

    async def run(self) -> Merged:
        """Run every step in order: corrections may apply to rows that the same file added, removals come last."""
        contents = Contents(**dict((await self.connection.exec_driver_sql(statements.COUNT_KINDS)).mappings().one()))
        money = (await self.connection.exec_driver_sql(statements.SUM_MONEY)).mappings().all()
        if contents.accounts:
            await self.execute(statements.KEEP_ACCOUNTS)
        await self.connection.exec_driver_sql(statements.CREATE_RELATED)
        accepted = 0
        updated = await self.merge_without_id(contents) if contents.without_id else 0
        await self.find_duplicates(contents)
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
        if contents.replacements:
            added, replaced = await self.replace()
            accepted, updated = accepted + added, updated + replaced
        if contents.naming:
            await self.execute(statements.REPLACE_NAMED, self.upload_id)
        removed = await self.remove() if contents.removals else 0
        return Merged(
            accepted=accepted,
            updated=updated,
            removed=removed,
            money=tuple(money_of(row["currency"], row["money_in"], row["money_out"]) for row in money),
        )

    async def merge_without_id(self, contents: Contents) -> int:
        """Relate the rows without a bank id that are stored, and update what they change; return how many."""
        for setting in payments.JOIN_BY_HASH:
            await self.connection.exec_driver_sql(setting)
        found = 0
        if await self.execute(payments.KEEP_KNOWN, contents.first, contents.last):
            equal = await self.connection.exec_driver_sql(payments.FIND_EQUAL)
            if equal.rowcount < contents.without_id:
                found = (await self.connection.exec_driver_sql(payments.MATCH_CHANGED)).rowcount
        for setting in payments.JOIN_AS_USUAL:
            await self.connection.exec_driver_sql(setting)
        return await self.update(found)

    async def find_duplicates(self, contents: Contents) -> None:
        """Relate the rows with a bank id that add nothing."""
        if contents.with_id:
            await self.execute(statements.FIND_DUPLICATES_WITH_ID, CORRECTED_WITHIN_DAYS, self.ids_are_unique)
            if not self.ids_are_unique:
                await self.execute(corrections.FIND_CORRECTED, CORRECTED_WITHIN_DAYS, contents.first, contents.last)
        if contents.sharing:
            await self.execute(shared_ids.FIND_FORMER_STATES)

    async def match_booked(self, contents: Contents) -> int:
        """Relate booked rows to the stored rows they replace; return how many."""
        found = await self.match_same_id(contents, pending=False) if contents.with_id else 0
        if contents.naming:
            found += await self.execute(statements.MATCH_NAMED)
        if await self.holds(statements.HAS_WAITING, self.upload_id):
            for days in (0, LONGEST_PENDING_DAYS):
                found += await self.execute(statements.MATCH_ALIKE, self.upload_id, days)
        return found

    async def match_same_id(self, contents: Contents, *, pending: bool) -> int:
        """Relate rows to the stored row with their id, where that is unambiguous; return how many."""
        found = await self.execute(statements.MATCH_SAME_ID, pending, self.corrected_within)
        if contents.sharing:
            found += await self.execute(shared_ids.MATCH_LEFT_OVER, pending, self.corrected_within)
        return found

    async def add(self, kind: str, *, pending: bool | None = None) -> int:
        """Add the unrelated rows of this state, or of either; return how many."""
        beginning = beginning_of_ids()
        added = await self.execute(statements.ADD, self.upload_id, kind, pending, beginning)
        if added and await self.holds(statements.HAS_REMOVED_CATEGORY):
            for statement in statements.RESTORE_CATEGORIES:
                await self.execute(statement, beginning)
        return added

    async def update(self, found: int) -> int:
        """Update the stored rows that were just related, and store their earlier states; return how many."""
        if not found:
            return 0
        await self.execute(statements.KEEP_VERSIONS, self.upload_id)
        updated = await self.execute(statements.UPDATE)
        await self.connection.exec_driver_sql(statements.SETTLE)
        return updated

    async def replace(self) -> tuple[int, int]:
        """Update the rows that an OFX statement corrects; return how many rows were added, and how many updated."""
        accepted = updated = 0
        for _ in range(MOST_ROUNDS):
            if found := await self.execute(corrections.MATCH_CORRECTED, "replacement"):
                updated += await self.update(found)
            elif found := await self.execute(corrections.ADD_UNKNOWN, self.upload_id):
                accepted += found
            else:
                break
        return accepted + await self.add("replacement"), updated

    async def remove(self) -> int:
        """Remove what the bank withdrew; return for how many of the file's entries there was a row."""
        if not self.ids_are_unique:
            return await self.delete()
        result = await self.connection.exec_driver_sql(statements.REMOVE, (self.user_id, self.upload_id))
        return int(result.scalar_one())

    async def delete(self) -> int:
        """Remove the rows that an OFX statement deletes; return how many."""
        deleted = 0
        for _ in range(MOST_ROUNDS):
            if not await self.execute(corrections.MATCH_CORRECTED, "removal"):
                break
            deleted += await self.execute(corrections.DELETE, self.upload_id)
            await self.connection.exec_driver_sql(statements.SETTLE)
        return deleted

    async def holds(self, condition: str, *parameters: object) -> bool:
        """Ask one yes-or-no question about the user's rows."""
        result = await self.connection.exec_driver_sql(condition, (self.user_id, *parameters))
        return bool(result.scalar_one())

    async def execute(self, statement: str, *parameters: object) -> int:
        """Run one statement about the user; return how many rows it changed."""
        return (await self.connection.exec_driver_sql(statement, (self.user_id, *parameters))).rowcount
