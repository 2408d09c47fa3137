"""How a lesson answers in moto's words."""

from typing import Any


def result(value: dict[str, Any]) -> Any:
    """The output of an operation; moto writes it down in the protocol it was asked in."""
    from moto.core.responses import ActionResult

    return ActionResult(value)
