"""What the insights read from the database."""

import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from app.insights.schemas import CategoryMonth

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def by_category_and_month(
    connection: "AsyncConnection",
    user_id: UUID,
    from_date: datetime.date | None,
    to_date: datetime.date | None,
) -> list[CategoryMonth]:
    """The user's totals between two days, both included, in the order month, category, currency."""
    result = await connection.exec_driver_sql(
        """
        SELECT to_char(date, 'YYYY-MM') AS month, coalesce(user_category, category) AS category, currency,
               coalesce(sum(amount) FILTER (WHERE NOT pending), 0.00) AS total,
               count(*) FILTER (WHERE NOT pending) AS count,
               count(*) FILTER (WHERE pending) AS pending_count
        FROM transactions
        WHERE user_id = $1
          AND ($2::date IS NULL OR date >= $2) AND ($3::date IS NULL OR date <= $3)
        GROUP BY 1, 2, 3
        ORDER BY 1, coalesce(user_category, category) COLLATE "C", currency
        """,
        (user_id, from_date, to_date),
    )
    return [CategoryMonth.model_validate(dict(row)) for row in result.mappings()]
