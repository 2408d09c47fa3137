"""Fills in details of stored rows that their file has and older readers dropped.

No row is added, and nothing that a row already says is changed: a detail is filled in only where there is none. One
exception: a name that says how it was paid, and not to whom (`POS PURCHASE`), is replaced by the merchant that the
current reader finds in the bank's note, in earlier versions of the row too: otherwise uploading the file again would
store the row twice. A stored row is found by its origin: account, bank id, state, day and amount, then the name as it
is read now or as the bank wrote it, in the order in which rows came. A differing name is ignored where only one row can
be meant. A corrected row keeps its newest state, so if the category differs nothing is filled in.

The caller has locked the user's row, and the file's rows are in `staged` (repository.py).
"""
# ruff: noqa: S608 - no input is in any of these texts

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from app.transactions.merge_statements import ADD_ACCOUNTS, DETAILS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

# A missing name too: otherwise uploading the file again would store the row twice.
FILLED = ("merchant_name", *DETAILS)
KEY = "account_id, bank_id, pending, date, amount"
KEY_OF = "{0}.account_id, coalesce({0}.transaction_id, '') AS bank_id, {0}.pending, {0}.date, {0}.amount"
WAITING = "s.kind IN ('row', 'correction') AND NOT EXISTS (SELECT FROM pairs WHERE place = s.ctid)"
UNPAIRED = """t.user_id = $1 AND NOT EXISTS (SELECT FROM pairs WHERE target = t.id)
          AND t.date BETWEEN (SELECT min(date) FROM staged) AND (SELECT max(date) FROM staged)"""

# The planner has no statistics of new tables: a nested loop would compare all rows with all, and a merge join in the
# order of the numbering would compare all rows that are equal except for their number.
JOIN_BY_HASH = ("SET LOCAL enable_nestloop = off", "SET LOCAL enable_mergejoin = off")
CREATE_PAIRS = "CREATE TEMPORARY TABLE pairs (place tid NOT NULL, target uuid NOT NULL) ON COMMIT DROP"


def pairs_by(name: str) -> str:
    """Return the statement that pairs rows whose stored name equals this column of the file, in order."""
    return f"""
    INSERT INTO pairs (place, target)
    WITH fresh AS (
        SELECT *, row_number() OVER (PARTITION BY {KEY}, name ORDER BY place) AS number
        FROM (
            SELECT s.ctid AS place, {KEY_OF.format("s")}, coalesce(lower(s.{name}), '') AS name
            FROM staged s WHERE {WAITING}
        ) rows
    ), stored AS (
        SELECT *, row_number() OVER (PARTITION BY {KEY}, name ORDER BY created_at, upload_id, id) AS number
        FROM (
            SELECT t.id, t.upload_id, u.created_at, {KEY_OF.format("t")}, coalesce(lower(t.merchant_name), '') AS name
            FROM transactions t JOIN uploads u ON u.id = t.upload_id WHERE {UNPAIRED}
        ) rows
    )
    SELECT place, id FROM fresh JOIN stored USING ({KEY}, name, number)
"""


PAIR_BY_NAME = pairs_by("merchant_name")
PAIR_BY_ORIGINAL_NAME = pairs_by("original_name")

# $2: the upload. Without a bank id, a row with another name belongs to another file unless it came with this one.
PAIR_ONLY_ONES = f"""
    INSERT INTO pairs (place, target)
    WITH fresh AS (
        SELECT min(place) AS place, {KEY}
        FROM (SELECT s.ctid AS place, {KEY_OF.format("s")} FROM staged s WHERE {WAITING}) rows
        GROUP BY {KEY} HAVING count(*) = 1
    ), stored AS (
        SELECT min(id::text)::uuid AS id, bool_and(upload_id = $2) AS came_with_it, {KEY}
        FROM (SELECT t.id, t.upload_id, {KEY_OF.format("t")} FROM transactions t WHERE {UNPAIRED}) rows
        GROUP BY {KEY} HAVING count(*) = 1
    )
    SELECT place, id FROM fresh JOIN stored USING ({KEY}) WHERE bank_id <> '' OR came_with_it
"""

# The current reader only uses another name than the bank's if that does not identify the merchant.
NAMES_NOBODY = """(
        s.memo IS NOT NULL AND lower({0}.merchant_name) = lower(s.original_name) AND s.merchant_name <> s.original_name
    )"""
FILL_NAMES_OF_VERSIONS = f"""
    UPDATE transaction_versions v SET merchant_name = s.merchant_name
    FROM staged s JOIN pairs ON pairs.place = s.ctid
    WHERE v.user_id = $1 AND v.id = pairs.target AND {NAMES_NOBODY.format("v")}
"""
FILL = f"""
    UPDATE transactions t
    SET merchant_name = CASE
            WHEN {NAMES_NOBODY.format("t")} THEN s.merchant_name ELSE coalesce(t.merchant_name, s.merchant_name)
        END,
        {", ".join(f"{name} = coalesce(t.{name}, s.{name})" for name in DETAILS)}
    FROM staged s JOIN pairs ON pairs.place = s.ctid
    WHERE t.user_id = $1 AND t.id = pairs.target
      AND ({" OR ".join(f"(t.{name} IS NULL AND s.{name} IS NOT NULL)" for name in FILLED)}
           OR {NAMES_NOBODY.format("t")})
      AND (t.category = s.category OR NOT EXISTS (
          SELECT FROM transaction_versions v WHERE v.user_id = t.user_id AND v.id = t.id
      ))
"""

FILL_ACCOUNTS = f"""{ADD_ACCOUNTS}
    SET type = coalesce(accounts.type, excluded.type), subtype = coalesce(accounts.subtype, excluded.subtype),
        name = coalesce(accounts.name, excluded.name)
    WHERE (accounts.type IS NULL AND excluded.type IS NOT NULL)
       OR (accounts.subtype IS NULL AND excluded.subtype IS NOT NULL)
       OR (accounts.name IS NULL AND excluded.name IS NOT NULL)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The numbers of rows and accounts that gained a detail."""

    rows: int
    accounts: int


async def fill_from_staged(connection: "AsyncConnection", *, user_id: UUID, upload_id: UUID) -> Filled:
    """Fill in what the staged rows of an upload's file say about stored ones."""
    for statement in (*JOIN_BY_HASH, CREATE_PAIRS):
        await connection.exec_driver_sql(statement)
    for statement in (PAIR_BY_NAME, PAIR_BY_ORIGINAL_NAME):
        await connection.exec_driver_sql(statement, (user_id,))
    await connection.exec_driver_sql(PAIR_ONLY_ONES, (user_id, upload_id))
    rows = await connection.exec_driver_sql(FILL, (user_id,))
    await connection.exec_driver_sql(FILL_NAMES_OF_VERSIONS, (user_id,))
    accounts = await connection.exec_driver_sql(FILL_ACCOUNTS, (user_id,))
    return Filled(rows=rows.rowcount, accounts=accounts.rowcount)
