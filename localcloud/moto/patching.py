"""Answers of patched operations, and replacing moto's methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

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
