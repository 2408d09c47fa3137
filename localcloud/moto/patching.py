"""Helpers for patches: replace and wrap moto's methods, and return results."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from moto.core.responses import ActionResult

T = TypeVar("T")


def result(value: Mapping[str, object]) -> ActionResult:
    """Return an operation's output; moto serializes it in the protocol of the request."""
    from moto.core.responses import ActionResult

    return ActionResult(value)


def replace(kind: type, *operations: Callable[..., object]) -> None:
    """Replace moto's methods of these names."""
    for operation in operations:
        setattr(kind, operation.__name__, operation)


def wrap(kind: type, name: str, around: Callable[[Callable[..., T]], Callable[..., T]]) -> None:
    """Replace moto's method with the result of `around`."""
    setattr(kind, name, around(getattr(kind, name)))


def look_up(kind: type, name: str, find: Callable[[Any], object]) -> None:
    """Make moto's objects look up another service's backend at each use instead of keeping it in an attribute: only a
    backend that is looked up counts as used, and is saved (`state.py`). States on disk may still have the attribute.
    """
    setattr(kind, name, property(find, lambda self, value: None))


def checking(check: Callable[[Any, Mapping[str, Any]], None]) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Return an `around` for `wrap` that first calls `check(self, arguments)`, with the arguments by moto's names.

    Those that the caller left to their defaults are not among them.
    """

    def around(method: Callable[..., T]) -> Callable[..., T]:
        signature = inspect.signature(method)

        @wraps(method)
        def checked(self: object, *arguments: object, **named: object) -> T:
            check(self, signature.bind(self, *arguments, **named).arguments)
            return method(self, *arguments, **named)

        return checked

    return around
