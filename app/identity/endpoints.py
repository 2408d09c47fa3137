"""POST /api/v1/auth/register, /login, /refresh and /logout."""

from http import HTTPStatus

from fastapi import APIRouter, Request

from app import api
from app.errors import documented
from app.identity import service
from app.identity.schemas import Credentials, NewUser, RefreshToken, Tokens, User
from app.limited import LogInAttempt, address_of, take
from app.rate_limits import user_subject
from app.resources import ResourcesOfApp

router = APIRouter(
    prefix=f"{api.PREFIX}/auth",
    tags=["identity"],
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post("/register", status_code=HTTPStatus.CREATED, responses=documented(HTTPStatus.CONFLICT))
async def register(new_user: NewUser, resources: ResourcesOfApp, _: LogInAttempt) -> User:
    """Register with an e-mail address and a password of at least 12 characters.

    Any characters will do; passwords that are among the first to be guessed are refused, and the answer says why.
    """
    return await service.register(resources, new_user)


@router.post("/login", responses=documented(HTTPStatus.UNAUTHORIZED))
async def log_in(request: Request, credentials: Credentials, resources: ResourcesOfApp) -> Tokens:
    """Exchange e-mail address and password for an access token of 15 minutes and a refresh token of 30 days.

    Wrong passwords make who goes on trying wait, longer each time, and nobody else: an address that has logged in to
    the account before waits for its own mistakes alone.
    """
    address, limiter = address_of(request.scope), resources.limiter
    found = await service.find(resources, credentials.email, address)
    if found.user_id is not None and found.address_is_known:
        await take(request.scope, limiter, limiter.login_known, f"{user_subject(found.user_id)}:{address}")
    else:
        await take(request.scope, limiter, limiter.login_address, address)
    return await service.log_in(resources, credentials, found, address)


@router.post("/refresh", responses=documented(HTTPStatus.UNAUTHORIZED))
async def refresh(body: RefreshToken, resources: ResourcesOfApp) -> Tokens:
    """Exchange a refresh token for a new pair. Each works once: a second use ends the session for everyone."""
    return await service.refresh(resources, body.refresh_token)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def log_out(body: RefreshToken, resources: ResourcesOfApp) -> None:
    """End the session of this refresh token; a session that has ended already is no error."""
    await service.log_out(resources, body.refresh_token)
