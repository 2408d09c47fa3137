"""The paths below `/_localcloud/`, which are ours and no AWS API: requests and answers in JSON, but for layers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from localcloud.protocol.wire import AwsResponse

INTERNAL_PATH = "/_localcloud/"


@dataclass(frozen=True, kw_only=True)
class InternalRequest:
    """`rest`: what follows `/_localcloud/NAME/`."""

    method: str
    rest: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class InternalResponse:
    """`value` as JSON."""

    status: int
    value: Any
    content_type: str = "application/json"


InternalRoute = Callable[[InternalRequest], Awaitable[InternalResponse | AwsResponse]]
"""An AwsResponse where the answer is no JSON."""


def problem(status: int, title: str, detail: str) -> InternalResponse:
    """An error that says what to do (RFC 9457)."""
    return InternalResponse(status, {"title": title, "status": status, "detail": detail}, "application/problem+json")
