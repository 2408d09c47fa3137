"""The bearer token of a request: who is asking."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app import logs
from app.errors import UnauthenticatedError
from app.resources import ResourcesOfApp

bearer = HTTPBearer(auto_error=False)


async def current_user_id(
    resources: ResourcesOfApp,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> UUID:
    """The user the request's token speaks for. Errors: UnauthenticatedError."""
    if credentials is None:
        raise UnauthenticatedError("This needs a bearer token: log in, then send `Authorization: Bearer ...`")
    user_id = resources.tokens.verify(credentials.credentials)
    logs.user_is(user_id)
    return user_id


CurrentUserId = Annotated[UUID, Depends(current_user_id)]
