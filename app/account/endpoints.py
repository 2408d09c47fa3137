"""GET and DELETE /api/v1/account, GET /api/v1/account/export."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from http import HTTPStatus

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from app.account import erasure, export
from app.account.resources import AccountResourcesDep
from app.account.schemas import Export
from app.identity import repository
from app.identity.bearer import CurrentUserId
from app.identity.confirmation import confirmed
from app.identity.schemas import User
from app.platform import api
from app.platform.audit import Event, Reason
from app.platform.errors import UnavailableError
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/account",
    tags=["account"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.get("")
async def account(user_id: CurrentUserId, resources: AccountResourcesDep) -> User:
    """Return the user who is logged in."""
    async with resources.database.transaction() as connection:
        return await repository.owner_of(connection, user_id)


@router.delete("", status_code=HTTPStatus.NO_CONTENT, dependencies=[Depends(confirmed)])
async def delete_account(user_id: CurrentUserId, resources: AccountResourcesDep) -> None:
    """Delete the account and everything in it, raw files included, permanently (GDPR, article 17).

    Requires a log-in or a confirmation within the last five minutes.
    """
    try:
        await erasure.erase(resources, user_id)
    except UnavailableError:
        resources.audit.record(Event.DELETION, user_id=user_id, reason=Reason.UNAVAILABLE)
        raise
    resources.audit.record(Event.DELETION, user_id=user_id)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"model": Export}, **documented(HTTPStatus.TOO_MANY_REQUESTS)},
    dependencies=[Depends(confirmed)],
)
async def export_account(user_id: CurrentUserId, resources: AccountResourcesDep) -> StreamingResponse:
    """Download everything that is stored about you, as JSON (GDPR, articles 15 and 20).

    Requires a log-in or a confirmation within the last five minutes. At most two downloads run at once.
    """
    parts = export.parts(resources, user_id)
    # Produce the first part here, while an error can still become an error response.
    first = await anext(parts)
    resources.audit.record(Event.EXPORT, user_id=user_id)
    return StreamingResponse(
        following(first, parts),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="spendsense-export.json"'},
    )


async def following(first: str, parts: AsyncGenerator[str]) -> AsyncIterator[str]:
    """Yield the parts; close them even if the client disconnects, so that the user may export again immediately."""
    async with aclosing(parts):
        yield first
        async for part in parts:
            yield part
