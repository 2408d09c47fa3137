"""The bearer token of a request: who the user is."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.types import Scope

from app.identity import repository
from app.identity.resources import IdentityResources, IdentityResourcesDep
from app.identity.schemas import Role
from app.platform import logs
from app.platform.errors import ForbiddenError, UnauthenticatedError
from app.platform.rate_limit_middleware import take
from app.platform.rate_limits import user_subject
from app.stores.resources import resources_of

SESSION = "spendsense.session"


class Bearer(HTTPBearer):
    """Finds the user, in a single dependency: each dependency costs more than what most routes do."""

    async def __call__(self, request: Request) -> UUID:  # type: ignore[override] # who, not what was sent
        """Return the user whose token the request carries. Errors: UnauthenticatedError, TooManyRequestsError."""
        credentials = await super().__call__(request)
        if credentials is None:
            raise UnauthenticatedError(
                "This request requires a bearer token: log in, then send `Authorization: Bearer ...`"
            )
        resources: IdentityResources = await resources_of(request)
        user_id, session_id = resources.tokens.verify(credentials.credentials)
        if session_id is not None:
            await resources.live_sessions.check(session_id)
        request.scope[SESSION] = session_id
        await admit(request.scope, resources, user_id)
        return user_id


async def admit(scope: Scope, resources: IdentityResources, user_id: UUID) -> None:
    """Put the user into the log's context, and count the request for them. Errors: TooManyRequestsError."""
    logs.user_is(user_id)
    await take(scope, resources.limiter, resources.limiter.user, user_subject(user_id), user_id=user_id)


CurrentUserId = Annotated[UUID, Depends(Bearer(scheme_name=HTTPBearer.__name__, auto_error=False))]


async def operator_id(user_id: CurrentUserId, resources: IdentityResourcesDep) -> UUID:
    """Return the user's id if they are an operator. Reads the database, so a revoked role takes effect immediately.

    Errors: UnauthenticatedError, ForbiddenError.
    """
    async with resources.database.transaction() as connection:
        user = await repository.owner_of(connection, user_id)
    if user.role is not Role.OPERATOR:
        raise ForbiddenError("This endpoint is for operators only")
    return user_id


OperatorId = Annotated[UUID, Depends(operator_id)]
