"""Replace the account ids of a user's stored rows that were stored before there was a key, or by a task without one.

Such a task does not know the replaced ids, so it stores a file's rows again when the file comes again. These twins go:
as many rows of the old id as equal ones are stored under the new one, as if the file had come twice.
"""
# ruff: noqa: S608 - no input is in any of these texts

from typing import TYPE_CHECKING
from uuid import UUID

from app.transactions.account_ids import CANDIDATES, AccountIds
from app.transactions.merge_statements import DETAILS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

EVERY_ID = """
    SELECT user_id, account_id FROM transactions
    UNION ALL SELECT user_id, account_id FROM transaction_versions
    UNION ALL SELECT user_id, account_id FROM accounts
"""
FIND_USERS = f"SELECT DISTINCT user_id FROM ({EVERY_ID}) every WHERE account_id ~ '{CANDIDATES}'"
FIND_IDS = f"SELECT DISTINCT account_id FROM ({EVERY_ID}) every WHERE user_id = $1 AND account_id ~ '{CANDIDATES}'"

# Where they are, $1 is the user, $2 the old id and $3 the new one.
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
# Grouped and not joined: a join of rows that the planner takes for few would compare each with each.
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
CREATE_TWINS = "CREATE TEMPORARY TABLE twins (user_id uuid, twin uuid, kept uuid) ON COMMIT DROP"
ANALYZE_TWINS = "ANALYZE twins"
# The user is joined, too, and no condition: a user's rows are what the planner may take for few.
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
    """Who may have account ids to replace."""
    return list((await connection.exec_driver_sql(FIND_USERS)).scalars())


async def convert(connection: "AsyncConnection", user_id: UUID, ids: AccountIds) -> int:
    """Replace the user's old account ids; returns how many there were. The caller holds the user's row."""
    found = list((await connection.exec_driver_sql(FIND_IDS, (user_id,))).scalars())
    old = [account_id for account_id in found if ids.of(account_id) != account_id]
    for account_id in old:
        change = (user_id, account_id, ids.of(account_id))
        await connection.exec_driver_sql(MOVE_ACCOUNT, change)
        await remove_twins(connection, change)
        await connection.exec_driver_sql(MOVE_ROWS, change)
        await connection.exec_driver_sql(MOVE_VERSIONS, change)
    return len(old)


async def remove_twins(connection: "AsyncConnection", change: tuple[UUID, str, str]) -> None:
    """Remove rows of the old id that are stored under the new one; a category the user chose goes to the other."""
    await connection.exec_driver_sql(CREATE_TWINS)
    await connection.exec_driver_sql(FIND_TWINS, change)
    await connection.exec_driver_sql(ANALYZE_TWINS)
    await connection.exec_driver_sql(KEEP_CATEGORIES)
    await connection.exec_driver_sql(FORGET_VERSIONS)
    await connection.exec_driver_sql(REMOVE_TWINS)
    await connection.exec_driver_sql(DROP_TWINS)
