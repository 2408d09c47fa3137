"""Answers and errors of patched operations, in moto's terms."""

from functools import cache
from typing import Any


def result(value: dict[str, Any]) -> Any:
    """Return an operation's output; moto serializes it in the protocol of the request."""
    from moto.core.responses import ActionResult

    return ActionResult(value)


def error(code: str, message: str) -> Exception:
    """Create an operation's error, to be raised."""
    raised: Exception = _kind()(code, message)
    return raised


@cache
def _kind() -> Any:
    from moto.core.exceptions import ServiceException

    class PatchError(ServiceException):
        """moto derives an exception's service from its module, which fails for its own base class."""

    return PatchError


def not_offered(what: str) -> Exception:
    """Create the error for what would have no effect here, to be raised; moto's server answers it with 501."""
    return NotImplementedError(what)
