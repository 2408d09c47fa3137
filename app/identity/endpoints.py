"""POST /api/v1/auth/register and /login."""

from http import HTTPStatus

from fastapi import APIRouter

from app import api
from app.errors import documented
from app.identity import service
from app.identity.schemas import AccessToken, Credentials, NewUser, User
from app.resources import ResourcesOfApp

router = APIRouter(
    prefix=f"{api.PREFIX}/auth",
    tags=["identity"],
    responses=documented(HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


@router.post("/register", status_code=HTTPStatus.CREATED, responses=documented(HTTPStatus.CONFLICT))
async def register(new_user: NewUser, resources: ResourcesOfApp) -> User:
    """Register with an e-mail address and a password of at least 12 characters."""
    return await service.register(resources, new_user)


@router.post("/login", responses=documented(HTTPStatus.UNAUTHORIZED))
async def log_in(credentials: Credentials, resources: ResourcesOfApp) -> AccessToken:
    """Exchange e-mail address and password for an access token."""
    return await service.log_in(resources, credentials)
