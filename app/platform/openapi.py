"""Completes FastAPI's OpenAPI document: every error in the format that the service returns.

Each route declares its own errors; those that any route may answer are added here, so that no route can forget one.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from app.platform.metrics import PLATFORM_ROUTES
from app.platform.problems import PROBLEM_MEDIA_TYPE, Problem

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
ANYWHERE = (HTTPStatus.INTERNAL_SERVER_ERROR,)
OF_THE_API = (HTTPStatus.BAD_REQUEST, HTTPStatus.TOO_MANY_REQUESTS)
WITH_A_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE,)
WITH_INPUT = (HTTPStatus.UNPROCESSABLE_ENTITY,)
FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
TEXT = {"schema": {"type": "string"}}
SECONDS = {"schema": {"type": "string", "pattern": "^[0-9]+$"}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "The authentication scheme that is required", **TEXT}},
    429: {"Retry-After": {"description": "Seconds until the window ends", **SECONDS}},
    503: {"Retry-After": {"description": "Seconds after which another attempt makes sense", **SECONDS}},
}
RATE_LIMIT_HEADERS: dict[str, Any] = {
    "RateLimit-Policy": {
        "description": "The quotas that apply: q requests in w seconds (draft-ietf-httpapi-ratelimit-headers)",
        "schema": {"type": "string", "examples": ['"address";q=1200;w=60, "user";q=300;w=60']},
    },
    "RateLimit": {
        "description": "The rest of each quota: r requests in the next t seconds",
        "schema": {"type": "string", "examples": ['"address";r=1180;t=42, "user";r=280;t=42']},
    },
}
DETAILS = {
    400: "The Host header does not name this service",
    401: "The token is not valid or has expired: log in again",
    403: "This endpoint is for operators only",
    404: "There is no such upload",
    409: "A user with this e-mail address already exists: log in",
    413: "The request body is larger than the 65,536 bytes that this path allows",
    422: "body.email: Field required",
    429: "More than 300 requests in a minute: try again in 42 s",
    500: "An unexpected error occurred; quote the request id when you report it",
    503: "The database does not respond",
}


def install(application: FastAPI) -> None:
    """Make the application serve the completed document."""
    found = application.openapi

    def whole() -> dict[str, object]:
        if application.openapi_schema is None:
            complete(found())
        document: dict[str, Any] = application.openapi_schema or {}
        return document

    application.openapi = whole  # type: ignore[method-assign] # FastAPI's documented way


def complete(document: dict[str, Any]) -> None:
    """Add in place what the framework does not know."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in FRAMEWORKS_OWN:
        schemas.pop(name, None)
    _, definitions = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(definitions["$defs"])
    for path, operation in operations(document):
        for status in errors_of(path, operation):
            operation["responses"].setdefault(str(int(status)), {"description": status.phrase})
        for code, response in operation["responses"].items():
            if int(code) >= 400:
                response["content"] = {PROBLEM_MEDIA_TYPE: problem(int(code), response["description"])}
            headers = {**HEADERS.get(int(code), {}), **({} if path in PLATFORM_ROUTES else RATE_LIMIT_HEADERS)}
            if headers:
                response["headers"] = {**headers, **response.get("headers", {})}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every path with each of its operations."""
    for path, item in document["paths"].items():
        for method in METHODS & item.keys():
            yield path, item[method]


def errors_of(path: str, operation: dict[str, object]) -> tuple[HTTPStatus, ...]:
    """Return the errors that every operation of this kind may return."""
    statuses: tuple[HTTPStatus, ...] = ANYWHERE
    if path not in PLATFORM_ROUTES:
        statuses += OF_THE_API
    if "requestBody" in operation:
        statuses += WITH_A_BODY
    if "requestBody" in operation or operation.get("parameters"):
        statuses += WITH_INPUT
    return statuses


def problem(status: int, description: str) -> dict[str, object]:
    """Return the media type object of one error; a route's own description becomes its example."""
    usual = HTTPStatus(status).phrase
    example = {
        "type": "about:blank",
        "title": usual,
        "status": status,
        "detail": DETAILS.get(status, usual) if description == usual else description,
        "request_id": "5f0c6f0b2f6c4f0e8a0e3b9e1d2c3b4a",
    }
    return {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
