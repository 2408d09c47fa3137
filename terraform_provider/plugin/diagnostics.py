"""Diagnostics in protocol 5."""

from collections.abc import Iterable

from terraform_provider.framework.errors import Diagnostic
from terraform_provider.protobuf import message, number, text
from terraform_provider.values.unknown import Path

ERROR, WARNING = 1, 2


def encoded(field: int, diagnostics: Iterable[Diagnostic]) -> bytes:
    return b"".join(
        message(
            field,
            number(1, WARNING if each.is_warning else ERROR)
            + text(2, each.summary)
            + text(3, each.detail)
            + (message(4, attribute_path(each.path)) if each.path else b""),
        )
        for each in diagnostics
    )


def attribute_path(path: Path) -> bytes:
    """Encode the steps to an attribute: a name, or a number in a list."""
    return b"".join(message(1, message(1, step.encode()) if isinstance(step, str) else _index(step)) for step in path)


def _index(at: int) -> bytes:
    # Zero is a value of a `oneof` here, so it may not be left out.
    return number(3, at) or bytes([3 << 3, 0])
