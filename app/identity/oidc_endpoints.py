"""GET /api/v1/auth/oidc/login and /callback: log-in through the configured OpenID Connect provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.identity import service
from app.identity.attempts import log_in_attempt
from app.identity.openid_connect import PATH, TIME_TO_LOG_IN, OpenIdProvider, PendingLogin, refuse
from app.identity.origins import Origin
from app.identity.resources import IdentityResources, IdentityResourcesDep
from app.identity.schemas import Tokens
from app.platform.audit import Event, Reason
from app.platform.errors import (
    BadProviderResponseError,
    ConflictError,
    NotFoundError,
    UnauthenticatedError,
    UnavailableError,
)
from app.platform.problems import documented

COOKIE = "spendsense_login"
PURPOSE = "oidc-login"

router = APIRouter(
    prefix=PATH,
    tags=["identity"],
    dependencies=[Depends(log_in_attempt)],
    responses=documented(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE),
)


def configured_provider(resources: IdentityResourcesDep) -> OpenIdProvider:
    """Return the provider. Errors: NotFoundError when the deployment has none."""
    if resources.provider is None:
        raise NotFoundError("Log-in through an identity provider is not configured: use e-mail address and password")
    return resources.provider


ConfiguredProvider = Annotated[OpenIdProvider, Depends(configured_provider)]


@router.get(
    "/login",
    status_code=HTTPStatus.SEE_OTHER,
    response_class=RedirectResponse,
    responses={303: {"description": "Redirects to the identity provider and sets a cookie that its response needs"}},
)
async def begin(
    resources: IdentityResourcesDep,
    provider: ConfiguredProvider,
    fresh: Annotated[bool, Query(description="Make the provider ask for the log-in again")] = False,
) -> RedirectResponse:
    """Send the browser to the identity provider; it has ten minutes to return to the callback."""
    url, pending = await provider.begin(fresh=fresh)
    response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
    # Signed and kept in this browser only: the state proves that the browser that returns is the one that left.
    response.set_cookie(
        COOKIE,
        resources.tokens.sign(asdict(pending), purpose=PURPOSE, lifetime=TIME_TO_LOG_IN),
        max_age=int(TIME_TO_LOG_IN.total_seconds()),
        path=PATH,
        secure=provider.redirect_uri.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/callback", responses=documented(HTTPStatus.UNAUTHORIZED, HTTPStatus.CONFLICT))
async def finish(
    request: Request,
    response: Response,
    resources: IdentityResourcesDep,
    provider: ConfiguredProvider,
    state: Annotated[str, Query(max_length=128, description="As it was sent to the provider")],
    code: Annotated[str | None, Query(max_length=4096, description="The provider's authorization code")] = None,
    iss: Annotated[str | None, Query(max_length=2048, description="The provider's issuer (RFC 9207)")] = None,
    error: Annotated[str | None, Query(max_length=128, description="Why the provider did not log in")] = None,
    login: Annotated[str | None, Cookie(alias=COOKIE, max_length=4096, description="Set by /login")] = None,
) -> Tokens:
    """Finish the log-in: the provider sends the browser here. The first log-in registers the user."""
    with failure_recorded(resources):
        if login is None:
            raise UnauthenticatedError("This log-in was not started in this browser, or too long ago: start again")
        pending = pending_login(resources, login)
        if code is None:
            refuse(f"the provider says {error!r}" if error else "the provider sent no code")
        external = await provider.finish(pending, code=code, state=state, issuer=iss)
        tokens = await service.log_in_by_provider(resources, external, Origin.of(request.scope))
    response.delete_cookie(COOKIE, path=PATH)
    return tokens


@contextmanager
def failure_recorded(resources: IdentityResources) -> Iterator[None]:
    """Record in the audit log that a log-in through the provider failed, and why."""
    try:
        yield
    except ConflictError:
        resources.audit.record(Event.OIDC_LOG_IN, reason=Reason.TAKEN)
        raise
    except (UnavailableError, BadProviderResponseError):
        resources.audit.record(Event.OIDC_LOG_IN, reason=Reason.UNAVAILABLE)
        raise
    except UnauthenticatedError:
        resources.audit.record(Event.OIDC_LOG_IN, reason=Reason.REFUSED)
        raise


def pending_login(resources: IdentityResources, cookie: str) -> PendingLogin:
    """Read the browser's cookie. Errors: UnauthenticatedError."""
    claims = resources.tokens.claims_of(cookie, purpose=PURPOSE)
    return PendingLogin(
        state=claims["state"],
        nonce=claims["nonce"],
        code_verifier=claims["code_verifier"],
        is_fresh=claims.get("is_fresh", False),
    )
