"""Answer where the money went."""

import datetime
from uuid import UUID

from app.errors import InvalidInputError
from app.insights import repository
from app.insights.schemas import Summary
from app.resources import Resources


async def summary(
    resources: Resources, user_id: UUID, from_date: datetime.date | None, to_date: datetime.date | None
) -> Summary:
    """Totals by category and month. Errors: InvalidInputError when the days are the wrong way round."""
    if from_date is not None and to_date is not None and from_date > to_date:
        raise InvalidInputError(
            f"from ({from_date}) is after to ({to_date}): exchange them",
            errors=[{"location": "query.from", "message": "must not be after `to`"}],
        )
    async with resources.database.transaction() as connection:
        groups = await repository.by_category_and_month(connection, user_id, from_date, to_date)
    return Summary.model_validate({"from": from_date, "to": to_date, "groups": groups})
