"""Answers and errors of patched operations."""

from typing import Any

from localcloud.errors import AwsError, not_offered

__all__ = ["error", "not_offered", "result"]

error = AwsError


def result(value: dict[str, Any]) -> Any:
    """Return an operation's output; moto serializes it in the protocol of the request."""
    from moto.core.responses import ActionResult

    return ActionResult(value)
