"""Replaces a user's account ids that were stored in an older form (account_ids.py), or by a task of older code.

Such a task does not know the new ids, so it stores a file's rows a second time when the file is uploaded again.
These twins are removed: as many rows of the old id as there are equal ones under the new id, as if the file had been
uploaded twice. Two states of one row with the same bank id become the later one, as if their files had been uploaded
one after the other (merging.py).
"""
# ruff: noqa: S608 - no input is in any of these texts

from typing import IO, TYPE_CHECKING
from uuid import UUID

from app.transactions.account_ids import CANDIDATES, SHARED, AccountIds, KeyedRows, UsersAccountIds
from app.transactions.merge_statements import DETAILS, FIELDS
from app.transactions.merging import CORRECTED_WITHIN_DAYS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

EVERY_ID = """
    SELECT user_id, account_id FROM transactions
    UNION ALL SELECT user_id, account_id FROM transaction_versions
    UNION ALL SELECT user_id, account_id FROM accounts
"""
FIND_USERS = f"SELECT DISTINCT user_id FROM ({EVERY_ID}) every WHERE account_id ~ '{CANDIDATES}'"
FIND_IDS = f"SELECT DISTINCT account_id FROM ({EVERY_ID}) every WHERE user_id = $1 AND account_id ~ '{CANDIDATES}'"
READ_CONVERTED = "SELECT account_id FROM converted_account_ids WHERE user_id = $1"
NOTE_CONVERTED = "INSERT INTO converted_account_ids (user_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"

# In statements with parameters, $1 is the user, $2 the old id and $3 the new one.
MOVE_ACCOUNT = """
    WITH old AS (
        DELETE FROM accounts WHERE user_id = $1::uuid AND account_id = $2::text RETURNING *
    )
    INSERT INTO accounts (user_id, account_id, type, subtype, name)
    SELECT user_id, $3::text, type, subtype, name FROM old
    ON CONFLICT (user_id, account_id) DO UPDATE
    SET type = coalesce(accounts.type, excluded.type), subtype = coalesce(accounts.subtype, excluded.subtype),
        name = coalesce(accounts.name, excluded.name)
"""
# Under a bank's id, rows that differ in a detail are different rows (identity.py).
CONTENT = f"""
    md5(ROW(transaction_id, date, trim_scale(amount), currency, coalesce(merchant_name, ''), payment_channel, category,
        pending, {", ".join(f"CASE WHEN transaction_id IS NOT NULL THEN coalesce({name}, '') END" for name in DETAILS)}
    )::text)
"""
# Grouped instead of joined: if the planner expects few rows, a join would compare each row with each.
FIND_TWINS = f"""
    INSERT INTO twins (user_id, twin, kept)
    SELECT $1::uuid, (array_agg(id) FILTER (WHERE account_id = $2::text))[1],
           (array_agg(id) FILTER (WHERE account_id = $3::text))[1]
    FROM (
        SELECT id, account_id, content, row_number() OVER (PARTITION BY account_id, content ORDER BY id) AS number
        FROM (
            SELECT id, account_id, {CONTENT} AS content
            FROM transactions WHERE user_id = $1::uuid AND account_id IN ($2::text, $3::text)
        ) contents
    ) numbered
    GROUP BY content, number HAVING count(*) = 2
"""
# A bank id that one row has under each of the account ids. OFX bank ids are unique within one statement, Plaid's are
# permanent: so a booked row of OFX is the other's correction only if they have the day and more in common.
FIND_STATES = f"""
    INSERT INTO twins (user_id, twin, kept)
    SELECT $1::uuid, CASE WHEN old_is_later THEN new ELSE old END, CASE WHEN old_is_later THEN old ELSE new END
    FROM (
        SELECT o.id AS old, n.id AS new,
               CASE WHEN o.pending = n.pending THEN uo.created_at > un.created_at ELSE n.pending END AS old_is_later
        FROM (
            SELECT min(id::text) FILTER (WHERE account_id = $2::text) AS old,
                   min(id::text) FILTER (WHERE account_id = $3::text) AS new
            FROM transactions
            WHERE user_id = $1::uuid AND account_id IN ($2::text, $3::text) AND transaction_id IS NOT NULL
            GROUP BY transaction_id
            HAVING count(*) = 2 AND count(DISTINCT account_id) = 2
        ) both_ids JOIN transactions o ON o.user_id = $1::uuid AND o.id = old::uuid
             JOIN transactions n ON n.user_id = $1::uuid AND n.id = new::uuid
             JOIN uploads uo ON uo.id = o.upload_id JOIN uploads un ON un.id = n.upload_id
        WHERE abs(o.date - n.date) <= {CORRECTED_WITHIN_DAYS} AND (
            o.pending OR n.pending
            OR NOT ('ofx' IN (uo.format, un.format) OR starts_with($2::text, 'ofx-'))
            OR (o.date = n.date AND (o.amount = n.amount OR lower(o.merchant_name) = lower(n.merchant_name)))
        )
    ) states
"""
KEEP_STATES = f"""
    INSERT INTO transaction_versions (user_id, id, upload_id, fate, user_category, {FIELDS})
    SELECT gone.user_id, kept, later.upload_id, 'updated', gone.user_category,
           {", ".join(f"gone.{name}" for name in FIELDS.split(", "))}
    FROM twins JOIN transactions gone ON gone.user_id = twins.user_id AND gone.id = twin
         JOIN transactions later ON later.user_id = twins.user_id AND later.id = kept
"""
MOVE_STATES = """
    UPDATE transaction_versions v SET id = kept FROM twins WHERE v.user_id = twins.user_id AND v.id = twin
"""
CREATE_TWINS = "CREATE TEMPORARY TABLE twins (user_id uuid, twin uuid, kept uuid) ON COMMIT DROP"
ANALYZE_TWINS = "ANALYZE twins"
# Joins on the user too, instead of a condition: the planner may expect few rows for a user.
KEEP_CATEGORIES = """
    UPDATE transactions t SET user_category = gone.user_category
    FROM twins JOIN transactions gone ON gone.user_id = twins.user_id AND gone.id = twin
    WHERE t.user_id = twins.user_id AND t.id = kept AND t.user_category IS NULL AND gone.user_category IS NOT NULL
"""
FORGET_VERSIONS = "DELETE FROM transaction_versions WHERE (user_id, id) IN (SELECT user_id, twin FROM twins)"
REMOVE_TWINS = "DELETE FROM transactions WHERE (user_id, id) IN (SELECT user_id, twin FROM twins)"
DROP_TWINS = "DROP TABLE twins"
MOVE_ROWS = "UPDATE transactions SET account_id = $3 WHERE user_id = $1 AND account_id = $2"
MOVE_VERSIONS = "UPDATE transaction_versions SET account_id = $3 WHERE user_id = $1 AND account_id = $2"


async def users_to_convert(connection: "AsyncConnection") -> list[UUID]:
    """List the users who may have account ids to replace."""
    return list((await connection.exec_driver_sql(FIND_USERS)).scalars())


async def convert_with_rows(
    connection: "AsyncConnection", user_id: UUID, ids: AccountIds | None, rows: IO[bytes]
) -> IO[bytes] | KeyedRows:
    """Replace the user's old account ids, and return a file's COPY lines with theirs replaced. Without ids: neither."""
    if ids is None:
        return rows
    await convert(connection, user_id, ids)
    return KeyedRows(rows, await ids_of(connection, user_id, ids))


async def convert(connection: "AsyncConnection", user_id: UUID, ids: AccountIds) -> int:
    """Replace the user's old account ids; return how many there were. The caller has locked the user's row."""
    users_ids = UsersAccountIds(ids, user_id)
    found = list((await connection.exec_driver_sql(FIND_IDS, (user_id,))).scalars())
    old = [account_id for account_id in found if users_ids.of_stored(account_id) != account_id]
    for account_id in old:
        change = (user_id, account_id, users_ids.of_stored(account_id))
        if SHARED.fullmatch(account_id):
            await connection.exec_driver_sql(NOTE_CONVERTED, (user_id, change[2]))
        await connection.exec_driver_sql(MOVE_ACCOUNT, change)
        await remove_twins(connection, change)
        await remove_states(connection, change)
        await connection.exec_driver_sql(MOVE_ROWS, change)
        await connection.exec_driver_sql(MOVE_VERSIONS, change)
    return len(old)


async def ids_of(connection: "AsyncConnection", user_id: UUID, ids: AccountIds) -> UsersAccountIds:
    """Return the replacements for the user's files and filters."""
    converted = await connection.exec_driver_sql(READ_CONVERTED, (user_id,))
    return UsersAccountIds(ids, user_id, frozenset(converted.scalars()))


async def remove_twins(connection: "AsyncConnection", change: tuple[UUID, str, str]) -> None:
    """Remove rows of the old id that are also stored under the new one, and keep the category the user chose."""
    await connection.exec_driver_sql(CREATE_TWINS)
    await connection.exec_driver_sql(FIND_TWINS, change)
    await connection.exec_driver_sql(ANALYZE_TWINS)
    await connection.exec_driver_sql(FORGET_VERSIONS)
    await remove_found(connection)


async def remove_states(connection: "AsyncConnection", change: tuple[UUID, str, str]) -> None:
    """Remove the earlier of two states of a row; it becomes a version of the later one."""
    await connection.exec_driver_sql(CREATE_TWINS)
    await connection.exec_driver_sql(FIND_STATES, change)
    await connection.exec_driver_sql(ANALYZE_TWINS)
    await connection.exec_driver_sql(MOVE_STATES)
    await connection.exec_driver_sql(KEEP_STATES)
    await remove_found(connection)


async def remove_found(connection: "AsyncConnection") -> None:
    """Remove the rows in `twins`; another row replaces each."""
    for statement in (KEEP_CATEGORIES, REMOVE_TWINS, DROP_TWINS):
        await connection.exec_driver_sql(statement)
