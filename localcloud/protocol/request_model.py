"""Validation of request parameters by the service's botocore model, in AWS's words and like AWS's servers."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from localcloud.errors import AwsError
from localcloud.protocol.entries import needed
from localcloud.protocol.request_constraints import SIMPLE, expression, shown, unsatisfied
from localcloud.protocol.request_json import read_json

__all__ = ["RequestModel", "expression", "formed", "parameters", "places", "refuse", "service_model"]

MEMBER = "member"
CODES = {
    "acm": "ValidationException",
    "application-autoscaling": "ValidationException",
    "budgets": "ValidationException",
    "ecr": "InvalidParameterException",
    "events": "ValidationException",
    "kms": "ValidationException",
    "logs": "InvalidParameterException",
    "secretsmanager": "ValidationException",
    "ssm": "ValidationException",
}
"""Service -> its code for validation errors. All others (query protocol) use ValidationError."""


class RequestModel:
    """The operations of one service. `name` is botocore's (`elbv2`). The model, 1 MiB, is loaded on first use."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._code = CODES.get(name, "ValidationError")

    def knows(self, operation: str) -> bool:
        return operation in service_model(self._name).operation_names

    def input_shape(self, operation: str) -> Shape | None:
        """Return the input shape; None when the operation takes nothing. Errors: botocore's OperationNotFoundError."""
        return service_model(self._name).operation_model(operation).input_shape

    def read_json(self, operation: str, body: bytes, *, is_checked: bool = True) -> dict[str, Any]:
        """Return the parameters of a JSON request, each of the model's type, without nulls.

        `is_checked`: also check the model's constraints. Errors: AwsError SerializationException,
        UnknownOperationException, or that of `refuse`.
        """
        if not self.knows(operation):
            raise AwsError(
                "UnknownOperationException",
                f"{self._name} has no operation {operation}"
                if operation
                else f"The request names no operation of {self._name}",
            )
        shape = self.input_shape(operation)
        asked = read_json(shape, body)
        if shape is not None and is_checked:
            refuse(shape, asked, self._code)
        return asked

    def refuse_form(self, operation: str, form: Mapping[str, str]) -> None:
        """Check the fields of a query-protocol request. Errors: AwsError; none for an unknown operation."""
        self.refuse(operation, parameters(form))

    def refuse(self, operation: str, asked: Mapping[str, Any], code: str = "") -> None:
        """Check the parameters of an operation. `code`: replaces the service's own.

        Errors: AwsError; none for an unknown operation.
        """
        shape = self.input_shape(operation) if self.knows(operation) else None
        if shape is not None:
            refuse(shape, formed(shape, asked), code or self._code)


@cache
def service_model(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


class Key(str):
    """A map key in a path."""

    __slots__ = ()


class Place(NamedTuple):
    """One value of a request; None when it is required and missing. `path`: names of members, keys, positions."""

    shape: Any
    value: Any
    path: tuple[str | int, ...]


def places(shape: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Yield the value and everything below it, in the order of the model.

    Only lists, maps and structures have values below.
    """
    yield Place(shape, value, path)
    if shape.type_name == "structure":
        given = value if isinstance(value, Mapping) else {}
        required = needed(shape) if path else shape.required_members
        for name, member in shape.members.items():
            if given.get(name) is not None:
                yield from places(member, given[name], (*path, name))
            elif name in required:
                yield Place(member, None, (*path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(shape.member, member, (*path, index))
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for key, member in value.items():
            yield from places(shape.value, member, (*path, Key(key)))


def refuse(shape: Shape, value: Any, code: str = "ValidationError") -> None:
    """Check a value. Errors: AwsError that lists everything wrong with it."""
    found = [violation for place in places(shape, value) for violation in _violations(place)]
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise AwsError(code, f"{errors} detected: {'; '.join(found)}")


def parameters(form: Mapping[str, str]) -> dict[str, Any]:
    """Read `Actions.member.1.Type` as {"Actions": [{"Type": ...}]}; every value is still text."""
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
        return [_with_lists(member) for member in _numbered(members)]
    return {name: _with_lists(below) for name, below in value.items()}


def _numbered(members: Mapping[str, Any]) -> list[Any]:
    numbers = sorted((name for name in members if name.isascii() and name.isdigit()), key=int)
    return [members[number] for number in numbers]


def formed(shape: Any, value: Any) -> Any:
    """Return the value with lists where the model has them.

    In a form, `Tags.Tag.1.Key` and `Names.1` are list members, too.
    """
    if not isinstance(value, Mapping):
        return [formed(shape.member, each) for each in value] if _is_list(shape, value) else value
    if shape.type_name == "structure":
        return {
            name: formed(shape.members[name], below) if name in shape.members else below
            for name, below in value.items()
        }
    if shape.type_name == "map":
        return _formed_map(shape, value)
    if shape.type_name != "list":
        return value
    named = value.get(shape.member.serialization.get("name", MEMBER))
    return [formed(shape.member, each) for each in _numbered(named if isinstance(named, Mapping) else value)]


def _formed_map(shape: Any, value: Mapping[str, Any]) -> Any:
    """Return `Attributes.entry.1.key` and `Attributes.entry.1.value` as a map."""
    entries = value.get("entry", value)
    if not isinstance(entries, Mapping) or not all(
        name.isdigit() and isinstance(each, Mapping) for name, each in entries.items()
    ):
        return value
    key, of = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    return {each[key]: formed(shape.value, each.get(of)) for each in _numbered(entries) if key in each}


def _is_list(shape: Any, value: Any) -> bool:
    return shape.type_name == "list" and isinstance(value, list)


def _violations(place: Place) -> Iterator[str]:
    """Yield the violations of one value; in the query protocol an empty text is also an empty list or structure."""
    shape, value, path = place
    if path and isinstance(path[-1], int | Key) and shape.type_name in SIMPLE:
        return  # reported with the list or map as a whole
    for constraint in unsatisfied(shape, value):
        yield f"{shown(shape, value)} at '{_where(path)}' failed to satisfy constraint: {constraint}"


def _where(path: tuple[str | int, ...]) -> str:
    """Return a path as AWS writes it: `tags.1.member.key`, `attributes.NAME.member.dataType`."""
    return ".".join(_step(step) for step in path)


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"{step + 1}.member"
    return f"{step}.member" if isinstance(step, Key) else step[0].lower() + step[1:]
