"""GET /api/v1/insights/summary."""

import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query

from app import api
from app.errors import documented
from app.identity.bearer import CurrentUserId
from app.insights import service
from app.insights.schemas import Summary
from app.resources import ResourcesOfApp

router = APIRouter(prefix=f"{api.PREFIX}/insights", tags=["insights"])


@router.get(
    "/summary",
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)
async def summary(
    user_id: CurrentUserId,
    resources: ResourcesOfApp,
    from_date: Annotated[datetime.date | None, Query(alias="from", description="First day included")] = None,
    to_date: Annotated[datetime.date | None, Query(alias="to", description="Last day included")] = None,
) -> Summary:
    """Spending by category and month, for each currency. Positive is money out; pending is counted apart."""
    return await service.summary(resources, user_id, from_date, to_date)
