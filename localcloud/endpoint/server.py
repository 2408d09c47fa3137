"""The one HTTP endpoint: finds the service of a request, and passes it to our overlay first, then to moto."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from localcloud.ecr.distribution import Distribution
from localcloud.endpoint import cbor, registry_requests
from localcloud.endpoint.admission import (
    LARGEST_INTERNAL,
    Admission,
    admit,
    is_signed,
    largest_body,
    too_large,
    without_credentials,
)
from localcloud.endpoint.checks.indirect_creation import check_indirect_creation
from localcloud.endpoint.checks.passed_to_moto import check_region, check_reviewed
from localcloud.endpoint.checks.tags import check_tags
from localcloud.endpoint.checks.without_effect import check_effect
from localcloud.endpoint.content_encodings import CannotDecode, decoded, without_encoding
from localcloud.endpoint.request_bodies import Body, BodyReader, ClientGone, TooLarge
from localcloud.endpoint.s3_bodies import unframed
from localcloud.endpoint.streamed import send_stream
from localcloud.enforcement.listed_refusals import Rest
from localcloud.errors import AwsError
from localcloud.host import REGION
from localcloud.moto.failures import Failures
from localcloud.moto.malformed import check_body, malformed
from localcloud.moto.mistakes import too_deep
from localcloud.moto.server import MotoServer
from localcloud.protocol.caller import Caller
from localcloud.protocol.early_responses import respond_early
from localcloud.protocol.internal import INTERNAL_PATH, InternalRequest, InternalResponse, InternalRoute, problem
from localcloud.protocol.origin_check import CLOSED, OriginCheck, for_page
from localcloud.protocol.regions import check_region_named
from localcloud.protocol.wire import AwsRequest, AwsResponse, Overlay, error_response, parse_request

log = logging.getLogger(__name__)

ON_DISK = ("s3", "glacier", "")
"""Services whose large bodies moto reads from a file; an empty name is S3's form for browsers."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
CallerOf = Callable[[AwsRequest], Awaitable[Caller]]
CheckPermission = Callable[[AwsRequest], Awaitable[Rest | None]]
Send = Callable[[Message], Awaitable[None]]


class Endpoint:
    """The ASGI application.

    `internal_routes`: name below /_localcloud/ -> handler. `refusal`: returns an error to respond with instead, None
    for most requests. `origin_check`: refuses web pages. `caller_of`: returns who signed a request. Errors: AwsError.
    `check_permission`: refuses what the caller may not do, or returns what remains of it. Errors: AwsError.
    """

    def __init__(
        self,
        moto: MotoServer,
        overlays: Mapping[str, Overlay],
        internal_routes: Mapping[str, InternalRoute],
        refusal: Callable[[AwsRequest], AwsError | None] = lambda request: None,
        origin_check: OriginCheck = CLOSED,
        caller_of: CallerOf | None = None,
        check_permission: CheckPermission | None = None,
    ) -> None:
        self._moto = moto
        self._overlays = overlays
        self._internal_routes = internal_routes
        self._refusal = refusal
        self._origin_check = origin_check
        self._caller_of = caller_of
        self._check_permission = check_permission
        self.registry: Distribution | None = None
        """Answers registries' clients; it needs other parts, so it is set later."""
        self._failures = Failures()

    def failures(self) -> Mapping[str, str]:
        """Return the requests on which our own code failed, for the health report."""
        return self._failures.report()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse without reading the body when the client is not allowed, has no credentials or sends too much."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        if scope["type"] != "http":
            return
        head = _head(scope)
        if why := self._origin_check.refusal(scope["headers"]):
            await respond_early(scope, receive, send, _forbidden(head, why))
            return
        origin = self._origin_check.allowed_origin(scope["headers"])
        try:
            if self.registry is not None and self.registry.serves(head):
                await self._answer_registry(self.registry, head, scope, receive, send)
                return
            response = await self._respond(head, receive)
        except AwsError as error:
            await respond_early(scope, receive, send, for_page(error_response(head, error), head, origin))
            return
        except ClientGone:
            return
        await _send(scope["method"], for_page(response, head, origin), receive, send)

    async def _answer_registry(
        self, registry: Distribution, head: AwsRequest, scope: Scope, receive: Receive, send: Send
    ) -> None:
        new_file = self._moto.new_body_file
        response, is_read = await registry_requests.answer(registry, head, receive, new_file, self._failures)
        if is_read:
            await _send(head.method, response, receive, send)
        else:
            await respond_early(scope, receive, send, response)

    async def _respond(self, head: AwsRequest, receive: Receive) -> AwsResponse:
        """Errors: AwsError when the body was not read to its end; ClientGone."""
        if head.path.startswith(INTERNAL_PATH):
            body = await _body(receive, head, BodyReader(LARGEST_INTERNAL), LARGEST_INTERNAL)
            response = await self._answer_internal(
                head.method, head.path.removeprefix(INTERNAL_PATH), head.headers, body.content
            )
            return response if isinstance(response, AwsResponse) else _json(response)
        if head.method == "OPTIONS" and not is_signed(head.headers, head.query_string):
            return AwsResponse(200, {}, b"")
        admission = admit(head)
        reader = BodyReader(admission.largest_body, self._moto.new_body_file, admission.examine)
        body = await _body(receive, head, reader, admission.largest_body)
        try:
            return await self._answered(head, body, admission)
        finally:
            if body.file is not None:
                body.file.close()

    async def _answered(self, head: AwsRequest, body: Body, admission: Admission) -> AwsResponse:
        request = head
        try:
            if self._caller_of is not None:
                head = replace(head, caller=await self._caller_of(_as_sent(head, body)))
            request = with_body(head, body)
            if request.service == "s3":
                request = unframed(request, self._moto.new_body_file)
            if admission.is_unsigned_form:
                request = without_credentials(request, REGION)
            if cbor.is_cbor(request):
                return await self._answered_in_cbor(request)
            check_body(request)
            return await self._permitted(request)
        except AwsError as error:
            return error_response(request, error)
        except Exception as error:  # The edge of the program: the client gets AWS's 500, the log gets the traceback.
            if isinstance(error, RecursionError) and (refused := too_deep(request)):
                return error_response(request, refused)
            self._failures.add(f"{request.service} {request.operation or request.method}", error)
            log.exception("Request failed", extra={"service": request.service, "operation": request.operation})
            return error_response(request, AwsError("InternalFailure", "see the local cloud's log", 500))
        finally:
            if request.body_file is not None:
                request.body_file.close()

    async def _answered_in_cbor(self, request: AwsRequest) -> AwsResponse:
        try:
            operation = cbor.operation_of_path(request)
            return cbor.from_json(await self._permitted(cbor.as_json(request, operation)), operation)
        except AwsError as error:
            return cbor.error_response(error)

    async def _permitted(self, request: AwsRequest) -> AwsResponse:
        """Handle a client's request if its caller may make it. Errors: AwsError."""
        remaining = await self._check_permission(request) if self._check_permission is not None else None
        if remaining is None:
            return await self.answer(request)
        return remaining.answer(None if remaining.request is None else await self.answer(remaining.request))

    async def answer(self, request: AwsRequest) -> AwsResponse:
        """Pass a request to the service's overlay, or to moto. Errors: AwsError."""
        check_region_named(request)
        if refused := self._refusal(request):
            raise refused
        check_region(request, REGION)
        check_indirect_creation(request)
        check_effect(request)
        check_tags(request)
        overlay = self._overlays.get(request.service)
        if overlay is None:
            return await self._moto.request(request)
        response = await overlay.handle(request)
        if response is None:
            check_reviewed(request)
            response = await overlay.answered(request, await self._moto.request(request))
        return response

    async def _answer_internal(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> InternalResponse | AwsResponse:
        name, _, rest = path.partition("/")
        route = self._internal_routes.get(name)
        if route is None:
            known = ", ".join(sorted(self._internal_routes))
            return problem(404, "No such path", f"{INTERNAL_PATH}{path}: the paths are: {known}")
        try:
            return await route(
                InternalRequest(method=method, rest=rest, content_type=headers.get("content-type", ""), body=body)
            )
        except Exception:  # The edge of the program, as for AWS requests.
            log.exception("Internal request failed", extra={"action": "internal_request_failed", "path": path})
            return problem(500, "Internal error", "see the local cloud's log")


def _json(response: InternalResponse) -> AwsResponse:
    body = json.dumps(response.value, default=str).encode() + b"\n"
    return AwsResponse(response.status, {"content-type": response.content_type}, body)


def _header(headers: Mapping[str, str], header: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == header), None)


def _head(scope: Scope) -> AwsRequest:
    """Parse the request without its body."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    head = parse_request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, b"")
    return replace(head, raw_path=scope["raw_path"].decode("latin-1"))


async def _body(receive: Receive, head: AwsRequest, reader: BodyReader, largest: int) -> Body:
    """Read the body. Errors: AwsError when it is too large or refused; ClientGone."""
    if int(head.headers.get("content-length", "0")) > largest:
        raise too_large(head, largest)
    try:
        return await reader.read(receive)
    except TooLarge as error:
        raise too_large(head, largest) from error


def with_body(head: AwsRequest, body: Body) -> AwsRequest:
    """Return the complete request. A large S3 body stays on disk for moto; others are in memory. Errors: AwsError."""
    if body.file is not None and head.service in ON_DISK:
        return replace(head, body_file=body.file)
    content = body.content if body.file is None else body.file.read()
    headers = head.headers
    if "content-encoding" in headers and head.service not in ON_DISK:  # S3 stores the encoding with the object.
        largest = largest_body(head)
        try:
            content = decoded(content, headers, largest)
        except CannotDecode as error:
            raise malformed(head, str(error)) from error
        except TooLarge as error:
            raise too_large(head, largest) from error
        headers = without_encoding(headers)
    parsed = parse_request(head.method, head.path, head.query_string, headers, content)
    return replace(parsed, raw_path=head.raw_path, caller=head.caller)


def _as_sent(head: AwsRequest, body: Body) -> AwsRequest:
    """Return the request with its body neither decoded nor unframed, as it was signed."""
    return replace(head, body=body.content, body_file=body.file)


def _forbidden(head: AwsRequest, why: str) -> AwsResponse:
    if head.path.startswith(INTERNAL_PATH):
        return _json(problem(403, "Refused", why))
    return error_response(head, AwsError("AccessDenied", why, 403))


async def _send(method: str, response: AwsResponse, receive: Receive, send: Send) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers.items()
        if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server")
    ]
    if response.stream is not None:
        if length := _header(response.headers, "content-length"):
            headers.append((b"content-length", length.encode()))
        await send_stream(response, headers, receive, send)
        return
    # The response to HEAD has the length of the body that GET would return.
    length = _header(response.headers, "content-length") if method == "HEAD" else None
    headers.append((b"content-length", (length or str(len(response.body))).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else response.body})
