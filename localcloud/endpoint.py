"""The one HTTP endpoint: finds the service of a request, asks ours first, moto else."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_server import MotoServer
from localcloud.side import SIDE_PATH, SideRequest, SideResponse, SideRoute, problem
from localcloud.wire import AwsRequest, AwsResponse, Overlay, error_response, parse_request

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Endpoint:
    """ASGI application.

    `side_routes`: name below /_localcloud/ -> who answers. `refusal`: the error that a request shall get instead of its
    answer, None for most.
    """

    def __init__(
        self,
        moto: MotoServer,
        overlays: Mapping[str, Overlay],
        side_routes: Mapping[str, SideRoute],
        refusal: Callable[[AwsRequest], AwsError | None] = lambda request: None,
    ) -> None:
        self._moto = moto
        self._overlays = overlays
        self._side_routes = side_routes
        self._refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._respond(scope, await _read_body(receive))
        headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in response.headers.items()
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server")
        ]
        # The answer to HEAD has the length of the body that GET would have.
        length = _header(response.headers, "content-length") if scope["method"] == "HEAD" else None
        headers.append((b"content-length", (length or str(len(response.body))).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    async def _respond(self, scope: Scope, body: bytes) -> AwsResponse:
        path: str = scope["path"]
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if path.startswith(SIDE_PATH):
            return _json(await self._side(scope["method"], path.removeprefix(SIDE_PATH), headers, body))
        request = parse_request(scope["method"], path, scope["query_string"].decode("latin-1"), headers, body)
        try:
            return await self.answer(request)
        except AwsError as error:
            return error_response(request, error)
        except Exception:  # the edge of the program: the client gets AWS's 500, the log the traceback
            log.exception("Request failed", extra={"service": request.service, "operation": request.operation})
            return error_response(request, AwsError("InternalFailure", "see the local cloud's log", 500))

    async def answer(self, request: AwsRequest) -> AwsResponse:
        """By the overlay of its service, or by moto. Errors: AwsError."""
        if refused := self._refusal(request):
            raise refused
        overlay = self._overlays.get(request.service)
        if overlay is None:
            return await self._moto.request(request)
        response = await overlay.handle(request)
        if response is None:
            response = await overlay.answered(request, await self._moto.request(request))
        return response

    async def _side(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> SideResponse:
        name, _, rest = path.partition("/")
        route = self._side_routes.get(name)
        if route is None:
            known = ", ".join(sorted(self._side_routes))
            return problem(404, "No such path", f"{SIDE_PATH}{path}: there are: {known}")
        try:
            return await route(
                SideRequest(method=method, rest=rest, content_type=headers.get("content-type", ""), body=body)
            )
        except Exception:  # the edge of the program, as for AWS's requests
            log.exception("Side request failed", extra={"action": "side_request_failed", "path": path})
            return problem(500, "Internal error", "see the local cloud's log")


def _json(response: SideResponse) -> AwsResponse:
    body = json.dumps(response.value, default=str).encode() + b"\n"
    return AwsResponse(response.status, {"content-type": response.content_type}, body)


def _header(headers: Mapping[str, str], wanted: str) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == wanted), None)


async def _read_body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)
