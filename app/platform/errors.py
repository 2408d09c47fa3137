"""The service's errors, and the handlers that turn each into the same format: RFC 9457 problem details.

AppError
├── InvalidInputError      422  the request cannot be used
├── UnauthenticatedError   401  no valid credentials
│   └── ConfirmationNeededError  valid ones, but proven too long ago for this
├── ForbiddenError         403  valid credentials of someone who may not do this
├── NotFoundError          404  it does not exist, or not for this user
├── ConflictError          409  it already exists
├── GoneError              410  it has expired
├── TooManyRequestsError   429  a quota is exceeded
│   ├── TooManyFailuresError  too many wrong passwords: wait
│   └── TooManyMailsError  too much mail was sent: wait
├── TooManyAtOnceError     429  the user has as many of these running as one user may
├── BadProviderResponseError 502  the identity provider's response cannot be used
└── UnavailableError       503  something the service needs does not answer
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.platform.logs import request_id
from app.platform.validation_text import reason

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class AppError(Exception):
    """Base class: an expected failure with its status, a stable problem type and a sentence for the caller."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    problem_type: ClassVar[str] = "about:blank"
    # Whether the sentence never quotes what the caller sent, so that it may stand in a log.
    speaks_of_the_program: ClassVar[bool] = False
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class InvalidInputError(AppError):
    """The request cannot be used; `errors` says where."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    problem_type = "urn:spendsense:problem:invalid-input"


class UnauthenticatedError(AppError):
    """The request has no valid credentials."""

    status = HTTPStatus.UNAUTHORIZED
    problem_type = "urn:spendsense:problem:unauthenticated"
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class ConfirmationNeededError(UnauthenticatedError):
    """The session is valid, but its user has to prove again who they are (RFC 9470)."""

    problem_type = "urn:spendsense:problem:confirmation-needed"

    def __init__(self, *, max_age_s: int) -> None:
        super().__init__(
            "This request requires your password again: POST it to /api/v1/account/confirmation, or log in again "
            "(through an identity provider: /api/v1/auth/oidc/login?fresh=true)",
            max_age_s=max_age_s,
        )
        challenge = 'Bearer error="insufficient_user_authentication", error_description="Log in again"'
        self.headers = MappingProxyType({"WWW-Authenticate": f'{challenge}, max_age="{max_age_s}"'})


class ForbiddenError(AppError):
    """The caller may not do this."""

    status = HTTPStatus.FORBIDDEN
    problem_type = "urn:spendsense:problem:forbidden"


class NotFoundError(AppError):
    """The resource does not exist, or belongs to another user: the response does not say which."""

    status = HTTPStatus.NOT_FOUND
    problem_type = "urn:spendsense:problem:not-found"


class ConflictError(AppError):
    """The object to be created already exists."""

    status = HTTPStatus.CONFLICT
    problem_type = "urn:spendsense:problem:conflict"


class GoneError(AppError):
    """The resource has expired."""

    status = HTTPStatus.GONE
    problem_type = "urn:spendsense:problem:gone"


class TooManyRequestsError(AppError):
    """A quota is exceeded; Retry-After says until when."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    problem_type = "https://iana.org/assignments/http-problem-types#quota-exceeded"


class TooManyAtOnceError(AppError):
    """The user has as many of these running as one user may."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    problem_type = "urn:spendsense:problem:too-many-at-once"
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_S)})


class TooManyFailuresError(TooManyRequestsError):
    """There were too many wrong passwords before; even the right one would not be checked."""

    problem_type = "urn:spendsense:problem:too-many-failures"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(f"{detail}: try again in {retry_after_s} s")
        self.headers = {"Retry-After": str(retry_after_s)}


class TooManyMailsError(TooManyRequestsError):
    """The user was sent as much mail of this kind as one user may have in an hour."""

    problem_type = "urn:spendsense:problem:too-many-mails"
    headers = MappingProxyType({"Retry-After": "3600"})


class BadProviderResponseError(AppError):
    """The identity provider's response cannot be used."""

    status = HTTPStatus.BAD_GATEWAY
    problem_type = "urn:spendsense:problem:bad-provider-answer"


class UnavailableError(AppError):
    """Something the service needs does not answer; the same request may succeed soon."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    problem_type = "urn:spendsense:problem:unavailable"
    speaks_of_the_program = True
    headers = MappingProxyType({"Retry-After": str(RETRY_AFTER_S)})


class Problem(BaseModel):
    """The body of every error (RFC 9457). Some types carry further members, such as `errors`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None


class ProblemResponse(JSONResponse):
    """JSON that may quote names the caller chose: what cannot be encoded is escaped."""

    def render(self, content: object) -> bytes:
        """Render ASCII JSON, so that half of a surrogate pair is escaped."""
        return json.dumps(content, separators=(",", ":")).encode()


def problem_response(
    status: int,
    detail: str,
    *,
    problem_type: str = "about:blank",
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> JSONResponse:
    body = {
        "type": problem_type,
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "request_id": request_id.get(),
        **(members or {}),
    }
    return ProblemResponse(body, int(status), dict(headers or {}), PROBLEM_MEDIA_TYPE)


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI `responses` for these errors."""
    content = {PROBLEM_MEDIA_TYPE: {"schema": Problem.model_json_schema()}}
    return {int(status): {"description": status.phrase, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Answer every expected error with a problem document; unexpected ones belong to middleware.RequestLog."""
    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(HTTPException, on_http_exception)
    app.add_exception_handler(RequestValidationError, on_validation_error)
    app.add_exception_handler(UnicodeEncodeError, on_unusable_text)


async def on_app_error(_: Request, exc: Exception) -> JSONResponse:
    assert isinstance(exc, AppError)  # noqa: S101 - narrows the type; registered for AppError alone
    return problem_response(
        exc.status, exc.detail, problem_type=exc.problem_type, headers=exc.headers, members=exc.members
    )


async def on_http_exception(request: Request, exc: Exception) -> JSONResponse:
    """Answer the framework's errors: no such route, method not allowed, body too large."""
    assert isinstance(exc, HTTPException)  # noqa: S101 - as above
    headers = dict(exc.headers or {})
    if exc.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
    return problem_response(exc.status_code, str(exc.detail), headers=headers)


def allowed_methods(request: Request) -> list[str]:
    """Return all methods of the request's path; the framework names only those of its first route."""
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]


async def on_unusable_text(_: Request, __: Exception) -> JSONResponse:
    """Answer half of a surrogate pair, which JSON can write and UTF-8 cannot: it can only come from the caller."""
    return problem_response(
        InvalidInputError.status,
        "The request contains text that is not valid Unicode: an unpaired surrogate",
        problem_type=InvalidInputError.problem_type,
        members={"errors": [{"location": "body", "message": "should be valid Unicode"}]},
    )


async def on_validation_error(_: Request, exc: Exception) -> JSONResponse:
    """Answer a request that does not fit its schema. The input is not quoted: it may contain a password."""
    assert isinstance(exc, RequestValidationError)  # noqa: S101 - as above
    errors = [
        {"location": ".".join(str(part) for part in error["loc"]), "message": reason(error)} for error in exc.errors()
    ]
    return problem_response(
        InvalidInputError.status,
        "; ".join(f"{error['location']}: {error['message']}" for error in errors),
        problem_type=InvalidInputError.problem_type,
        members={"errors": errors},
    )
