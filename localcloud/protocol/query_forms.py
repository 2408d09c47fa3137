"""The fields of a query-protocol request: read by the service's model, and validated."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.entries import needed
from localcloud.protocol.request_constraints import SWITCH, WHOLE_NUMBER

MEMBER = "member"
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
LARGEST = {"integer": 2**31 - 1, "long": 2**63 - 1}


def read(shape: Any, form: Mapping[str, str]) -> dict[str, Any]:
    """Read `Tags.Tag.1.Key` or `Tags.member.1.Key` as {"Tags": [{"Key": ...}]}; unknown fields are dropped.

    Every leaf is still text, even where the model requires another type; `refuse` checks that.
    """
    root: dict[str, Any] = {}
    for name, value in form.items():
        place = root
        *parents, last = name.split(".")
        for parent in parents:
            below = place.get(parent)
            if not isinstance(below, dict):
                below = place[parent] = {}
            place = below
        place.setdefault(last, value)
    found = _structure(shape, root)
    return found if isinstance(found, dict) else {}


def refuse(shape: Any, values: Mapping[str, Any]) -> None:
    """Check the values. Errors: AwsError for the first violation."""
    for error in _wrong_in_structure(shape, values, ""):
        raise error


def _value(shape: Any, given: Any) -> Any:
    if shape.type_name == "structure":
        return _structure(shape, given)
    if shape.type_name == "list":
        return _list(shape, given)
    return given


def _structure(shape: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    named = ((name, member, member.serialization.get("name", name)) for name, member in shape.members.items())
    return {name: _value(member, given[wire]) for name, member, wire in named if wire in given}


def _list(shape: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return [] if given == "" else given
    if shape.serialization.get("flattened"):
        items: Any = given
    else:
        items = next((given[name] for name in (shape.member.serialization.get("name"), MEMBER) if name in given), None)
    if not isinstance(items, dict) or not all(name.isascii() and name.isdigit() for name in items):
        return given
    return [_value(shape.member, items[number]) for number in sorted(items, key=int)]


def _wrong(shape: Any, value: Any, where: str) -> Iterator[AwsError]:
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield _invalid(f"The parameter {where} must be a structure")
            return
        yield from _wrong_in_structure(shape, value, f"{where}.")
    elif kind == "list":
        if not isinstance(value, list):
            yield _invalid(f"The parameter {where} must be a list, as {where}.{MEMBER}.1")
            return
        for number, each in enumerate(value, 1):
            yield from _wrong(shape.member, each, f"{where}.{number}")
    elif not isinstance(value, str):
        yield _invalid(f"The parameter {where} must be a single value")
    else:
        yield from _wrong_leaf(shape, value, where)


def _wrong_in_structure(shape: Any, values: Mapping[str, Any], prefix: str) -> Iterator[AwsError]:
    for name in needed(shape) if prefix else shape.required_members:
        if name not in values:
            yield AwsError("MissingParameter", f"The request must contain the parameter {prefix}{name}.")
        elif values[name] == "":
            yield _invalid(f"The parameter {prefix}{name} must be provided and must not be blank.")
    for name, value in values.items():
        yield from _wrong(shape.members[name], value, f"{prefix}{name}")


def _wrong_leaf(shape: Any, value: str, where: str) -> Iterator[AwsError]:
    kind = shape.type_name
    if kind in LARGEST:
        if not WHOLE_NUMBER.fullmatch(value) or abs(int(value)) > LARGEST[kind]:
            yield _invalid(f"Invalid value {value[:100]} for {where}. Must be a whole number")
    elif kind in ("double", "float"):
        if not DECIMAL.fullmatch(value):
            yield _invalid(f"Invalid value {value[:100]} for {where}. Must be a number")
    elif kind == "boolean":
        if not SWITCH.fullmatch(value.lower()):
            yield _invalid(f"Invalid value {value[:100]} for {where}. Must be true or false")
    elif kind == "timestamp":
        if not _is_moment(value):
            yield _invalid(f"Invalid value {value[:100]} for {where}. Must be a time as 2026-11-27T09:00:00Z")
    elif kind == "string":
        yield from _wrong_text(shape, value, where)


def _wrong_text(shape: Any, value: str, where: str) -> Iterator[AwsError]:
    if shape.enum and value not in shape.enum:
        yield _invalid(f"Invalid value {value[:100]} for {where}. Must be one of: {', '.join(shape.enum)}")
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if len(value) < least or (most is not None and len(value) > most):
        yield _invalid(f"The parameter {where} must be {least} to {most} characters long")
    if "\0" in value:
        yield _invalid(f"The parameter {where} holds a character that is not allowed: NUL")


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
