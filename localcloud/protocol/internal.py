"""The paths below `/_localcloud/`, which are not part of AWS: requests and responses are JSON, except for layers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from localcloud.protocol.wire import AwsResponse

INTERNAL_PATH = "/_localcloud/"


@dataclass(frozen=True, kw_only=True)
class InternalRequest:
    """A request. `rest`: the path after `/_localcloud/NAME/`."""

    method: str
    rest: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class InternalResponse:
    """A response with `value` as JSON."""

    status: int
    value: Any
    content_type: str = "application/json"


InternalRoute = Callable[[InternalRequest], Awaitable[InternalResponse | AwsResponse]]
"""Returns an AwsResponse where the response is not JSON."""


def problem(status: int, title: str, detail: str) -> InternalResponse:
    """Return an error that says what to do (RFC 9457)."""
    return InternalResponse(status, {"title": title, "status": status, "detail": detail}, "application/problem+json")
