"""How a lesson answers in moto's words."""

from functools import cache
from typing import Any


def result(value: dict[str, Any]) -> Any:
    """The output of an operation; moto writes it down in the protocol it was asked in."""
    from moto.core.responses import ActionResult

    return ActionResult(value)


def error(code: str, message: str) -> Exception:
    """An error of an operation, to be raised."""
    raised: Exception = _kind()(code, message)
    return raised


@cache
def _kind() -> Any:
    from moto.core.exceptions import ServiceException

    class LessonError(ServiceException):
        """moto looks for an exception's service by its module, and fails for its own base class."""

    return LessonError


def not_offered(what: str) -> Exception:
    """To be raised for what would have no effect here; moto's server answers it with 501."""
    return NotImplementedError(what)
