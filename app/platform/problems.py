"""The handlers that turn every error into a response of the same format: RFC 9457 problem details."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.platform.errors import AppError, InvalidInputError
from app.platform.logs import request_id
from app.platform.validation_text import reason

PROBLEM_MEDIA_TYPE = "application/problem+json"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


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
