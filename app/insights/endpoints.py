"""/api/v1/insights: where the money went, what comes again, what is unusual."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from app import api
from app.errors import documented
from app.identity.bearer import CurrentUserId
from app.insights import schemas, service
from app.insights.cash_flow import cash_flow as cash_flow_of
from app.insights.changes import changes as changes_of
from app.insights.recurring import Direction
from app.insights.recurring import recurring as recurring_of
from app.insights.service import Days
from app.insights.totals import Grouping, totals
from app.insights.unusual import unusual as unusual_of
from app.repeat import RepeatedRoute
from app.resources import ResourcesOfApp

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/insights",
    tags=["insights"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


async def days_of(
    from_date: Annotated[api.Day | None, Query(alias="from", description="First day included")] = None,
    to_date: Annotated[api.Day | None, Query(alias="to", description="Last day included")] = None,
) -> Days:
    """The query's days. Errors: InvalidInputError when they are the wrong way round."""
    return Days(from_date, to_date)


DaysOfQuery = Annotated[Days, Depends(days_of)]


def answer(body: bytes) -> Response:
    """JSON that is ready to be sent, as it was computed or kept."""
    return Response(body, media_type="application/json")


@router.get("/summary", response_model=schemas.Summary)
async def summary(user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery) -> Response:
    """Spending by category and month, for each currency. Positive is money out; pending is counted apart."""
    return answer(await service.summary(resources, user_id, days))


@router.get("/totals", response_model=schemas.Totals)
async def totals_by(
    user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery, by: Grouping = Grouping.CATEGORY
) -> Response:
    """Money out and in by month, category or merchant, with the transactions of each total."""
    body = await service.findings(
        resources,
        user_id,
        f"totals-{by}",
        days,
        lambda rows, analysed: schemas.Totals(analysed=analysed, items=totals(rows, by)),
    )
    return answer(body)


@router.get("/recurring", response_model=schemas.Recurring)
async def recurring(
    user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery, direction: Direction = Direction.OUT
) -> Response:
    """Subscriptions and bills (or wages): cadence, amount, the next date, the latest change of the price."""
    body = await service.findings(
        resources,
        user_id,
        f"recurring-{direction}",
        days,
        lambda rows, analysed: schemas.Recurring(analysed=analysed, items=recurring_of(rows, direction)),
    )
    return answer(body)


@router.get("/cash-flow", response_model=schemas.CashFlowFindings)
async def cash_flow(user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery) -> Response:
    """Money in against money out by month, and how regular the money in is."""
    body = await service.findings(
        resources,
        user_id,
        "cash-flow",
        days,
        lambda rows, analysed: schemas.CashFlowFindings(analysed=analysed, cash_flow=cash_flow_of(rows)),
    )
    return answer(body)


@router.get("/unusual", response_model=schemas.UnusualCharges)
async def unusual(user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery) -> Response:
    """Charges far above their category's others, and those taken twice on one day."""
    body = await service.findings(
        resources,
        user_id,
        "unusual",
        days,
        lambda rows, analysed: schemas.UnusualCharges(analysed=analysed, items=unusual_of(rows)),
    )
    return answer(body)


@router.get("/changes", response_model=schemas.Changes)
async def changes(user_id: CurrentUserId, resources: ResourcesOfApp, days: DaysOfQuery) -> Response:
    """How each category's spending changed from month to month."""
    body = await service.findings(
        resources,
        user_id,
        "changes",
        days,
        lambda rows, analysed: schemas.Changes(analysed=analysed, items=changes_of(rows)),
    )
    return answer(body)
