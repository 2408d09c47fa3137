"""What the insights read from the database."""

import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.driver import driver_of
from app.insights.rows import Row
from app.insights.schemas import CategoryMonth

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

PIECE_ROWS = 1000  # what is fetched without letting other requests run


async def version(connection: "AsyncConnection", user_id: UUID) -> int:
    """How often the user's rows were changed. Read before the rows: then they are of this version or a later one."""
    result = await connection.exec_driver_sql("SELECT data_version FROM users WHERE id = $1", (user_id,))
    return int(result.scalar_one_or_none() or 0)


async def by_category_and_month(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
) -> list[CategoryMonth]:
    """The user's totals between two days, both included, in the order month, category, currency."""
    result = await connection.exec_driver_sql(
        """
        SELECT to_char(date, 'YYYY-MM') AS month, coalesce(user_category, category) COLLATE "C" AS category, currency,
               coalesce(sum(amount) FILTER (WHERE NOT pending), 0.00) AS total,
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


async def latest_rows(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
    *,
    limit: int,
) -> list[Row]:
    """The user's rows between two days, both included; the latest day first."""
    texts: dict[str | None, str | None] = {}  # each text once, however many rows have it
    rows: list[Row] = []
    async with driver_of(connection) as driver:
        cursor = driver.cursor(
            """
            SELECT id, date, amount, currency, merchant_name, coalesce(user_category, t.category), pending,
                   account_id, a.type, detailed_category, transaction_type, user_category IS NOT NULL
            FROM transactions t LEFT JOIN accounts a USING (user_id, account_id)
            WHERE user_id = $1
              AND ($2::date IS NULL OR date >= $2) AND ($3::date IS NULL OR date <= $3)
            ORDER BY date DESC, id DESC LIMIT $4
            """,
            user_id,
            from_date,
            to_date,
            limit,
            prefetch=PIECE_ROWS,
        )
        async for found in cursor:
            fields = [texts.setdefault(field, field) if isinstance(field, str) else field for field in found]
            rows.append(Row._make(fields))
    return rows
