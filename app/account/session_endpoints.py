"""GET and DELETE /api/v1/account/sessions, DELETE /api/v1/account/sessions/{session_id}."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.account.resources import AccountResourcesDep
from app.account.schemas import Session, Sessions
from app.identity import sessions
from app.identity.bearer import CurrentUserId
from app.identity.confirmation import CurrentSessionId
from app.platform import api
from app.platform.audit import Event, Reason
from app.platform.errors import NotFoundError
from app.platform.problems import documented
from app.stores.repeat import RepeatedRoute

router = APIRouter(
    route_class=RepeatedRoute,
    prefix=f"{api.PREFIX}/account/sessions",
    tags=["account"],
    responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.get("")
async def list_sessions(
    user_id: CurrentUserId, session_id: CurrentSessionId, resources: AccountResourcesDep
) -> Sessions:
    """List where you are logged in, the most recently used session first.

    A session is used when it begins and whenever its refresh token is exchanged: at least every 15 minutes while in
    use.
    """
    async with resources.database.transaction() as connection:
        found = await sessions.of_user(connection, user_id)
    return Sessions(items=[Session(**each._asdict(), current=each.id == session_id) for each in found])


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
async def end_sessions(
    user_id: CurrentUserId,
    session_id: CurrentSessionId,
    resources: AccountResourcesDep,
    keep_current: Annotated[bool, Query(description="End only the other sessions")] = False,
) -> None:
    """Log out everywhere, or everywhere else: the access tokens of these sessions stop working."""
    async with resources.database.transaction() as connection:
        ended = await sessions.end_all(connection, user_id, but=session_id if keep_current else None)
    resources.audit.record(Event.SESSION_ENDED, user_id=user_id, reason=Reason.BY_USER, sessions_ended=len(ended))
    await resources.live_sessions.ended(ended)


@router.delete("/{session_id}", status_code=HTTPStatus.NO_CONTENT, responses=documented(HTTPStatus.NOT_FOUND))
async def end_session(session_id: UUID, user_id: CurrentUserId, resources: AccountResourcesDep) -> None:
    """Log out one session, which may be the current one: its access tokens stop working."""
    async with resources.database.transaction() as connection:
        ended = await sessions.end_one(connection, user_id, session_id)
    if not ended:
        raise NotFoundError("There is no such session")
    resources.audit.record(Event.SESSION_ENDED, user_id=user_id, reason=Reason.BY_USER, sessions_ended=1)
    await resources.live_sessions.ended([session_id])
