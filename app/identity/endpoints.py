"""POST /api/v1/auth/register, /login, /refresh and /logout."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from app.identity import attempts, service
from app.identity.attempts import LogInAttempt
from app.identity.origins import Origin
from app.identity.resources import IdentityResourcesDep
from app.identity.schemas import Credentials, NewUser, RefreshToken, Tokens, User
from app.platform import api
from app.platform.problems import documented

router = APIRouter(
    prefix=f"{api.PREFIX}/auth",
    tags=["identity"],
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post("/register", status_code=HTTPStatus.CREATED, responses=documented(HTTPStatus.CONFLICT))
async def register(new_user: NewUser, resources: IdentityResourcesDep, _: LogInAttempt) -> User:
    """Register with an e-mail address and a password of at least 12 characters.

    Any characters are allowed; passwords that are easy to guess are refused, and the response says why.
    """
    return await service.register(resources, new_user)


@router.post("/login", responses=documented(HTTPStatus.UNAUTHORIZED))
async def log_in(request: Request, credentials: Credentials, resources: IdentityResourcesDep) -> Tokens:
    """Exchange e-mail address and password for an access token of 15 minutes and a refresh token of 30 days.

    After several wrong passwords a client has to wait, longer each time, and nobody else does: an address that has
    logged in to the account before waits only for its own mistakes.
    """
    origin = Origin.of(request.scope)
    found = await attempts.find(resources, credentials.email, origin.address)
    await attempts.count(request.scope, resources, found, origin.address)
    return await service.log_in(resources, credentials, found, origin)


@router.post("/refresh", responses=documented(HTTPStatus.UNAUTHORIZED))
async def refresh(request: Request, body: RefreshToken, resources: IdentityResourcesDep) -> Tokens:
    """Exchange a refresh token for a new pair. Each works once: a second use ends the session for everyone."""
    return await service.refresh(resources, body.refresh_token, Origin.of(request.scope))


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def log_out(body: RefreshToken, resources: IdentityResourcesDep) -> None:
    """End the session of this refresh token and its access tokens; idempotent."""
    await service.log_out(resources, body.refresh_token)
