"""An operation of AWS, and what it returns about an element."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """An operation that lists or describes.

    result: the member of the answer with the elements; None for the whole response. given: parameter -> field of what
    the call is about; an element that is no object has one field, named as the result. named_by: the field that tells
    elements apart.
    """

    operation: str
    result: str | None
    given: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["Call", ...] = ()
    named_by: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


def listing(operation: str, result: str, named_by: str, *parts: Call, **arguments: Any) -> Call:
    return Call(operation, result, parts=parts, named_by=named_by, arguments=arguments)


def about(operation: str, result: str | None, given: str, *parts: Call, **arguments: Any) -> Call:
    """given: the parameters, such as `RoleName`, or `ResourceArn=TopicArn` where the field has another name."""
    pairs = (each.partition("=") for each in given.split())
    return Call(
        operation, result, {name: its_field or name for name, _, its_field in pairs}, parts, arguments=arguments
    )
