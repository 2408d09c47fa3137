"""GET /api/v1/operator/uploads."""

import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.identity.bearer import OperatorId
from app.platform import api
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute
from app.stores.resources import SharedResourcesDep

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/operator",
    tags=["operator"],
    responses=documented(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    ),
)


class DayOfUploads(BaseModel):
    """The uploads of one day (UTC), of all users together."""

    day: datetime.date
    uploads: int
    users: int
    rows: int
    size_bytes: int


class UploadStatistics(BaseModel):
    """Days with uploads, the newest first."""

    days: list[DayOfUploads]


@router.get("/uploads")
async def upload_statistics(
    operator_id: OperatorId,
    resources: SharedResourcesDep,
    days: Annotated[int, Query(ge=1, le=366, description="Number of days, including today")] = 30,
) -> UploadStatistics:
    """Return how much was uploaded on each day. For operators."""
    del operator_id
    async with resources.database.transaction() as connection:
        result = await connection.exec_driver_sql(
            """
            SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS uploads,
                   count(DISTINCT user_id) AS users, coalesce(sum(row_count), 0) AS rows,
                   coalesce(sum(size_bytes), 0)::bigint AS size_bytes
            FROM uploads
            WHERE created_at >= (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
                                - ($1::integer - 1) * interval '1 day'
            GROUP BY day ORDER BY day DESC
            """,
            (days,),
        )
        return UploadStatistics(days=[DayOfUploads.model_validate(dict(row)) for row in result.mappings()])
