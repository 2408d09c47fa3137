"""/api/v1/insights: where the money went, what recurs, and what is unusual."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.identity.bearer import CurrentUserId
from app.insights import schemas, service
from app.insights.analysis.recurring import Direction
from app.insights.analysis.totals import Grouping
from app.insights.days import Days
from app.insights.resources import InsightsResourcesDep
from app.platform import api
from app.platform.errors import InvalidInputError
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/insights",
    tags=["insights"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A user's question about some days; its response is cached for equal questions."""

    request: Request
    user_id: CurrentUserId
    resources: InsightsResourcesDep
    days: Days

    async def answer(self, name: str, compute: service.Compute) -> Response:
        """Return the cached response of this name, or compute it."""
        cache_name = service.cache_name(name, self.days)
        body = await service.answer(self.resources, self.user_id, cache_name, compute)
        self.resources.questions.remember(self.request.scope, cache_name)
        return Response(body, media_type="application/json")

    async def findings(self, name: str) -> Response:
        """Answer with the findings of this name, one of findings.FINDINGS."""
        return await self.answer(name, service.finding(self.resources, self.user_id, name, self.days))


async def question_of(
    request: Request,
    user_id: CurrentUserId,
    resources: InsightsResourcesDep,
    from_date: Annotated[api.Day | None, Query(alias="from", description="First day, included")] = None,
    to_date: Annotated[api.Day | None, Query(alias="to", description="Last day, included")] = None,
) -> Question:
    """Read the request's question. Errors: InvalidInputError when the days are the wrong way round."""
    if from_date is not None and to_date is not None and from_date > to_date:
        raise InvalidInputError(
            f"from ({from_date}) is after to ({to_date}): exchange them",
            errors=[{"location": "query.from", "message": "must not be after `to`"}],
        )
    return Question(request, user_id, resources, Days(from_date, to_date))


QuestionOfRequest = Annotated[Question, Depends(question_of)]


@router.get("/summary", response_model=schemas.Summary)
async def summary(question: QuestionOfRequest) -> Response:
    """Spending by category and month, for each currency. Positive is money out; pending transactions are counted
    separately.

    Transactions between the user's own accounts and payments of the user's own cards and loans are left out, as
    in all insights.
    """
    return await question.answer("summary", service.summary(question.resources, question.user_id, question.days))


@router.get("/totals", response_model=schemas.Totals)
async def totals_by(question: QuestionOfRequest, by: Grouping = Grouping.CATEGORY) -> Response:
    """Money out and in by month, category or merchant, with the transactions of each total."""
    return await question.findings(f"totals-{by}")


@router.get("/recurring", response_model=schemas.Recurring)
async def recurring(question: QuestionOfRequest, direction: Direction = Direction.OUT) -> Response:
    """Subscriptions and bills (or wages): cadence, amount, next date, status, latest price change, and confidence.

    A series is at least three booked payments of one merchant, currency and direction that follow one cadence: every 7,
    14 or 28 days, every 1, 2, 3, 6 or 12 months, or, for money in, twice a month. Weekends, a missed occurrence, an
    extra payment and a changed price are allowed. Merchant names are compared without reference numbers. `amount_kind`
    is `fixed` for one price, and `varying` for a bill that differs each time and comes on its day; weekly shopping is
    neither. `status` is `late` after a missed occurrence and `ended` after a longer silence; then there is no
    `next_date`. `confidence` says how strong the evidence is. Transactions between the user's own accounts, refunds and
    cash form no series.
    """
    return await question.findings(f"recurring-{direction}")


@router.get("/cash-flow", response_model=schemas.CashFlowFindings)
async def cash_flow(question: QuestionOfRequest) -> Response:
    """Money in against money out by month, and how regular the money in is."""
    return await question.findings("cash-flow")


@router.get("/unusual", response_model=schemas.UnusualCharges)
async def unusual(question: QuestionOfRequest) -> Response:
    """Charges far above the usual amount, and charges taken twice on one day from one account.

    A charge is compared with the category's other non-recurring charges (`large_for_category`), with the merchant's own
    (`large_for_merchant`) or, where the category has few, with all merchants' (`large_overall`); `usual` is the median
    of that group. Amounts that the merchant took before or again, and charges that were refunded, are not unusual.
    """
    return await question.findings("unusual")


@router.get("/changes", response_model=schemas.Changes)
async def changes(question: QuestionOfRequest) -> Response:
    """Changes of each category's spending from month to month."""
    return await question.findings("changes")
