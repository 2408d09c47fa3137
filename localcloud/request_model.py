"""What a service's own model says of a request's parameters, in AWS's words: botocore's models, as AWS's servers."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from localcloud.errors import AwsError

MEMBER = "member"
CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{Print}": "[ -~]",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
}
"""What Python's expressions do not know of the models' patterns: classes of Unicode, pairs of surrogates."""
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
SWITCH = re.compile("true|false")


class RequestModel:
    """The operations of one service; `name` is botocore's (`elbv2`). The model, 1 MiB, is read when first needed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def knows(self, operation: str) -> bool:
        """Whether the service has it."""
        return operation in service_model(self._name).operation_names

    def input_shape(self, operation: str) -> Shape | None:
        """What it takes; None when that is nothing. Errors: botocore's OperationNotFoundError."""
        return service_model(self._name).operation_model(operation).input_shape

    def refuse_form(self, operation: str, form: Mapping[str, str]) -> None:
        """Fields of the query protocol. Errors: AwsError ValidationError; none for an operation that is not known."""
        self.refuse(operation, parameters(form))

    def refuse(self, operation: str, asked: Mapping[str, Any], code: str = "ValidationError") -> None:
        """Parameters of an operation. Errors: AwsError; none for an operation that is not known."""
        shape = self.input_shape(operation) if self.knows(operation) else None
        if shape is not None:
            refuse(shape, asked, code)


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service."""
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


class Place(NamedTuple):
    """One value of a request; None when it is required and missing. `path`: names of members, positions in lists."""

    shape: Any
    value: Any
    path: tuple[str | int, ...]


def places(shape: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """The value and all below it, in the order of the model; what is no list or structure has nothing below."""
    yield Place(shape, value, path)
    if shape.type_name == "structure":
        given = value if isinstance(value, Mapping) else {}
        for name, member in shape.members.items():
            if given.get(name) is not None:
                yield from places(member, given[name], (*path, name))
            elif name in shape.required_members:
                yield Place(member, None, (*path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(shape.member, member, (*path, index))


def refuse(shape: Shape, value: Any, code: str = "ValidationError") -> None:
    """Errors: AwsError that tells all that is wrong with the value."""
    found = [violation for place in places(shape, value) for violation in _violations(place)]
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise AwsError(code, f"{errors} detected: {'; '.join(found)}")


def parameters(form: Mapping[str, str]) -> dict[str, Any]:
    """`Actions.member.1.Type` -> {"Actions": [{"Type": ...}]}; every value is still text."""
    root: dict[str, Any] = {}
    for name, value in form.items():
        *parents, last = name.split(".")
        place = root
        for parent in parents:
            below = place.get(parent)
            if not isinstance(below, dict):
                below = place[parent] = {}
            place = below
        place.setdefault(last, value)
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = value.get(MEMBER)
    if len(value) == 1 and isinstance(members, dict):
        numbers = sorted((name for name in members if name.isascii() and name.isdigit()), key=int)
        return [_with_lists(members[number]) for number in numbers]
    return {name: _with_lists(below) for name, below in value.items()}


def _violations(place: Place) -> Iterator[str]:
    """What is wrong with one value; in the query protocol an empty text is an empty list or structure, too."""
    shape, value, path = place
    where = ".".join(f"{name + 1}.member" if isinstance(name, int) else name[0].lower() + name[1:] for name in path)
    kind = shape.type_name
    if value is None:
        yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
    elif kind == "list":
        members = value if isinstance(value, list) else []
        yield from _of_size(shape, len(members), members, where)
    elif kind == "string":
        yield from _of_text(shape, str(value), where)
    elif kind in ("integer", "long"):
        yield from _of_number(shape, value, where)
    elif kind == "boolean" and not (isinstance(value, bool) or SWITCH.fullmatch(str(value).lower())):
        yield _violation(value, where, "Member must be true or false")


def _of_text(shape: Any, value: str, where: str) -> Iterator[str]:
    if shape.enum:
        if value not in shape.enum:
            yield _violation(value, where, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        return
    yield from _of_size(shape, len(value), value, where)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not expression(pattern).fullmatch(value):
        yield _violation(value, where, f"Member must satisfy regular expression pattern: {pattern}")


def expression(pattern: str) -> re.Pattern[str]:
    """A model's pattern; one with other classes takes anything. Errors: re.error."""
    for unicode_class, ours in CLASSES.items():
        pattern = pattern.replace(unicode_class, ours)
    return re.compile(r"[\s\S]*" if r"\p{" in pattern else pattern)


def _of_number(shape: Any, value: Any, where: str) -> Iterator[str]:
    if not WHOLE_NUMBER.fullmatch(str(value)):
        yield _violation(value, where, "Member must be a whole number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and int(value) < low:
        yield _violation(value, where, f"Member must have value greater than or equal to {low}")
    if high is not None and int(value) > high:
        yield _violation(value, where, f"Member must have value less than or equal to {high}")


def _of_size(shape: Any, size: int, value: Any, where: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _violation(value, where, f"Member must have length greater than or equal to {low}")
    if high is not None and size > high:
        yield _violation(value, where, f"Member must have length less than or equal to {high}")


def _violation(value: Any, where: str, constraint: str) -> str:
    return f"Value '{str(value)[:200]}' at '{where}' failed to satisfy constraint: {constraint}"
