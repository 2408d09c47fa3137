"""Wraps every request: its id, one access line, its size limit, and the last error handler."""

import logging
import random
import re
import time
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.platform.logs import ACCESS_LOGGER, AccessRecord, request_id, user_hash
from app.platform.metrics import Metrics
from app.platform.problems import problem_response

log = logging.getLogger(__name__)
access_log = logging.getLogger(ACCESS_LOGGER)

REQUEST_ID = b"x-request-id"
# A caller's id is kept if it is short and plain, because it is logged.
USABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:=;-]{1,128}")
UNMATCHED_ROUTE = "(unmatched)"
METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
OTHER_METHOD = "(other)"
CLIENT_LEFT = 499
"""For logs and metrics only: the client disconnected before its response was complete. Not an error of ours."""


class RequestLog:
    """Give each request an id, return 500 when nothing else responded, and write one access line at its end."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        user_token = user_hash.set(None)  # set once the request's token is read
        token = request_id.set(usable_request_id(header_of(scope, REQUEST_ID)))
        try:
            await self.serve(scope, receive, send)
        finally:
            request_id.reset(token)
            user_hash.reset(user_token)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within the context of its id."""
        started = time.perf_counter()
        status = 0
        answered = gone = False

        async def receive_noting_the_end() -> Message:
            nonlocal gone
            message = await receive()
            # After a complete response the server reports a disconnect for every client.
            gone = gone or (message["type"] == "http.disconnect" and not answered)
            return message

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            answered = answered or (message["type"] == "http.response.body" and not message.get("more_body", False))
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, (request_id.get() or "").encode())]
            await send(message)

        try:
            await self.app(scope, receive_noting_the_end, send_with_id)
        except ClientDisconnect:
            gone = True
        # The edge of the program: every expected error became a response further in.
        except Exception:  # pylint: disable=broad-exception-caught
            log.exception("Request failed unexpectedly", extra={"action": "request_failed"})
            if status:
                raise  # half a response was sent: only closing the connection can inform the client
            response = problem_response(500, "An unexpected error occurred; quote the request id when you report it")
            await response(scope, receive, send_with_id)
        finally:
            if gone and status < HTTPStatus.INTERNAL_SERVER_ERROR:
                status = CLIENT_LEFT
            method = known_method(scope)
            route = route_template(scope)
            duration_ms = round((time.perf_counter() - started) * 1000, 2)
            self.metrics.request_served(method, route, status, duration_ms)
            if access_log.isEnabledFor(logging.INFO):
                fields = {
                    "action": "request_served",
                    "method": method,
                    "route": route,
                    "status": status,
                    "duration_ms": duration_ms,
                }
                access_log.handle(AccessRecord("Request served", fields))


def usable_request_id(offered: str | None) -> str:
    """Return the caller's id if it is safe to log, else a new one."""
    if offered is not None and USABLE_REQUEST_ID.fullmatch(offered):
        return offered
    return f"{random.getrandbits(128):032x}"


def header_of(scope: Scope, name: bytes) -> str | None:
    """Return the first value of a header; name: in lower case. The framework's mapping is as slow as a whole layer."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def known_method(scope: Scope) -> str:
    """Return the method if it is a known one: a caller may send any word."""
    return str(scope["method"]) if scope["method"] in METHODS else OTHER_METHOD


def route_template(scope: Scope) -> str:
    """Return the matched route with its placeholders: few distinct values, and no identifiers in the logs."""
    route = scope.get("route")
    return str(getattr(route, "path", UNMATCHED_ROUTE))


class BodyLimit:
    """Answer 413 to a body larger than its route allows, before or while it is read.

    Limits: bytes, by exact path; `default` for every other path. The framework's own limit responds in plain text,
    which would be a second error format.
    """

    def __init__(self, app: ASGIApp, *, default: int, by_path: Mapping[str, int]) -> None:
        self.app = app
        self.default = default
        self.by_path = by_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.by_path.get(scope["path"], self.default)
        announced = header_of(scope, b"content-length") or "0"
        if announced.isdecimal() and int(announced) > limit:
            await problem_response(413, too_large(limit))(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if received > limit:
                    raise HTTPException(413, too_large(limit))
            return message

        await self.app(scope, receive_within_limit, send)


def too_large(limit: int) -> str:
    return f"The request body is larger than the {limit:,} bytes that this path allows"
