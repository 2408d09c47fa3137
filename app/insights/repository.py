"""Database queries of the insights."""

import datetime
from typing import IO, TYPE_CHECKING
from uuid import UUID

from app.insights.analysis.rows import Row
from app.insights.analysis.signs import BETWEEN_OWN, CARD_PAYMENT, DEBTS, MOVES, TRANSFERS
from app.insights.schemas import CategoryMonth
from app.stores.driver import driver_of
from app.transactions.currencies import CENTS, with_digits

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

MOST_LOOKED_AT = 50_000  # of one user's rows, for moves: sorting more would occupy the database
PIECE_ROWS = 1000  # rows fetched before other requests may run
ROW_COLUMNS = """
    id, date, amount::text, currency, merchant_name, category, pending, account_id, type, detailed_category,
    transaction_type, chosen
"""
"""The fields of Row but the last."""
ROWS = """
    SELECT id, date, amount, currency, merchant_name, coalesce(user_category, t.category) AS category, pending,
           account_id, a.type, detailed_category, transaction_type, user_category IS NOT NULL AS chosen
    FROM transactions t LEFT JOIN accounts a USING (user_id, account_id)
    WHERE user_id = $1 AND ($2::date IS NULL OR date >= $2) AND ($3::date IS NULL OR date <= $3)
"""


async def version(connection: "AsyncConnection", user_id: UUID) -> int:
    """Return how often the user's rows were changed. Read it first: the rows then have this version or a later one."""
    result = await connection.exec_driver_sql("SELECT data_version FROM users WHERE id = $1", (user_id,))
    return int(result.scalar_one_or_none() or 0)


async def by_category_and_month(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
) -> list[CategoryMonth]:
    """Return the user's totals between two days, both included, ordered by month, category, currency."""
    result = await connection.exec_driver_sql(
        """
        SELECT to_char(date, 'YYYY-MM') AS month, coalesce(user_category, category) COLLATE "C" AS category, currency,
               coalesce(sum(amount) FILTER (WHERE NOT pending), 0) AS total,
               count(*) FILTER (WHERE NOT pending) AS count,
               count(*) FILTER (WHERE pending) AS pending_count
        FROM transactions
        WHERE user_id = $1
          AND ($2::date IS NULL OR date >= $2) AND ($3::date IS NULL OR date <= $3)
        GROUP BY 1, 2, 3
        ORDER BY 1, 2, 3
        """,
        (user_id, from_date, to_date),
    )
    return [CategoryMonth.model_validate(dict(row)) for row in result.mappings()]


async def has_card(connection: "AsyncConnection", user_id: UUID) -> bool:
    """Return whether any rows of one of the user's credit cards are stored, whatever their days."""
    result = await connection.exec_driver_sql(
        """
        SELECT EXISTS (
            SELECT FROM accounts a WHERE user_id = $1 AND type = 'credit'
            AND EXISTS (SELECT FROM transactions t WHERE t.user_id = a.user_id AND t.account_id = a.account_id)
        )
        """,
        (user_id,),
    )
    return bool(result.scalar_one())


async def copy_latest_rows(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
    *,
    limit: int,
    into: IO[bytes],
) -> None:
    """Write the user's rows between two days, both included, the latest day first, as `rows.read_rows` reads them.

    The service's own process neither parses nor builds them, which would delay every other request.
    """
    statement = f"""
        SELECT json_build_array({ROW_COLUMNS}) FROM ({ROWS}) found ORDER BY date DESC, id DESC LIMIT $4
    """  # noqa: S608 - the parts are constants

    async def write(piece: bytes) -> None:
        into.write(piece)

    async with driver_of(connection) as driver:
        await driver.copy_from_query(statement, user_id, from_date, to_date, limit, output=write)
    into.flush()


async def latest_moves(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
    *,
    limit: int,
) -> list[Row]:
    """Return, of the latest MOST_LOOKED_AT of these rows, those that `moved_ids` may find, and those it compares.

    These look like a move, have a counterpart of the same amount, or, if there is more than one currency, may have one
    of another amount.
    """
    statement = f"""
        WITH counted AS (
            {ROWS} AND NOT pending AND amount <> 0 ORDER BY date DESC, id DESC LIMIT {MOST_LOOKED_AT:d}
        ),
        sides AS (
            SELECT currency AS side_currency, abs(amount) AS side FROM counted GROUP BY 1, 2
            HAVING min(amount) < 0 AND max(amount) > 0 AND min(account_id) < max(account_id)
        ),
        currencies AS (SELECT min(currency) < max(currency) AS several FROM counted)
        SELECT counted.* FROM currencies, counted LEFT JOIN sides ON side_currency = currency AND side = abs(amount)
        WHERE side IS NOT NULL OR (chosen AND category = ANY($6)) OR category = ANY($7) OR detailed_category = ANY($7)
           OR (type = ANY($8) AND amount < 0) OR (several AND category = ANY($5))
        ORDER BY date DESC, id DESC LIMIT $4
    """  # noqa: S608 - the parts are constants
    lists = [sorted(MOVES), sorted(TRANSFERS), sorted(BETWEEN_OWN | {CARD_PAYMENT}), sorted(DEBTS)]
    return await rows_of(connection, statement, user_id, from_date, to_date, limit, *lists)


async def rows_of(connection: "AsyncConnection", statement: str, *values: object) -> list[Row]:
    texts: dict[str | None, str | None] = {}  # each text is stored once, however many rows have it
    rows: list[Row] = []
    async with driver_of(connection) as driver:
        async for found in driver.cursor(statement, *values, prefetch=PIECE_ROWS):
            fields = [texts.setdefault(field, field) if isinstance(field, str) else field for field in found]
            row = Row._make([*fields, None])
            rows.append(row if row.currency in CENTS else row._replace(amount=with_digits(row.amount, row.currency)))
    return rows
