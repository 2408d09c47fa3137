"""Retries reading requests once when the database connection broke during the first attempt."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.stores.database import ConnectionLostError

log = logging.getLogger(__name__)

# Only these: for any other method, a commit whose response was lost may have happened.
SAFE_METHODS = frozenset({"GET", "HEAD"})


class RepeatedRoute(APIRoute):
    """A route whose reading requests survive the loss of a connection: `APIRouter(route_class=RepeatedRoute)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler, and call it a second time when that is safe."""
        handler = super().get_route_handler()

        async def repeated(request: Request) -> Response:
            try:
                return await handler(request)
            except ConnectionLostError:
                if request.method not in SAFE_METHODS:
                    raise
                log.info("Reading again on another connection", extra={"action": "request_repeated"})
                return await handler(request)

        return repeated
