"""Query-protocol requests: reads the fields by the service's model, and checks that each can have its type."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.validation.constraints import SWITCH, WHOLE_NUMBER

MEMBER = "member"
ENTRY = "entry"


def read(shape: Any, form: Mapping[str, str]) -> dict[str, Any]:
    """Read `Tags.Tag.1.Key` or `Tags.member.1.Key` as {"Tags": [{"Key": ...}]}; unknown fields are dropped.

    Every leaf is still text, and a value that does not fit its shape stays as it is: checks refuse it.
    """
    found = _structure(shape, _nested(form))
    return found if isinstance(found, dict) else {}


def parameters(form: Mapping[str, str]) -> dict[str, Any]:
    """Read `Actions.member.1.Type` as {"Actions": [{"Type": ...}]} without a model; every value is still text."""
    return {name: _with_lists(value) for name, value in _nested(form).items()}


def check_types(shape: Any, value: Any) -> None:
    """Check that each text can be read as its type. Errors: AwsError MalformedInput.

    `value`: as `read` returns it.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        for name, member in shape.members.items():
            if name in value:
                check_types(member, value[name])
    elif kind == "list" and isinstance(value, list):
        for member in value:
            check_types(shape.member, member)
    elif kind == "map" and isinstance(value, Mapping):
        for member in value.values():
            check_types(shape.value, member)
    elif kind not in ("structure", "list", "map"):
        if not isinstance(value, str):
            raise AwsError("MalformedInput", "Start of structure or map found where not expected.")
        if value and (fault := _fault(kind, value)):
            raise AwsError("MalformedInput", fault)


def _nested(form: Mapping[str, str]) -> dict[str, Any]:
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
    return root


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = value.get(MEMBER)
    if len(value) == 1 and isinstance(members, dict):
        return [_with_lists(member) for member in _numbered(members)]
    return {name: _with_lists(below) for name, below in value.items()}


def _is_numbered(items: object) -> bool:
    return isinstance(items, dict) and all(name.isascii() and name.isdigit() for name in items)


def _numbered(members: Mapping[str, Any]) -> list[Any]:
    numbers = sorted((name for name in members if name.isascii() and name.isdigit()), key=int)
    return [members[number] for number in numbers]


def _value(shape: Any, given: Any) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, given)
        case "list":
            return _list(shape, given)
        case "map":
            return _map(shape, given)
    return given


def _structure(shape: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    fields = ((name, member, _field(member, name, given)) for name, member in shape.members.items())
    return {name: _value(member, given[field]) for name, member, field in fields if field is not None}


def _field(member: Any, name: str, given: Mapping[str, Any]) -> str | None:
    """Return the name of a member's field; EC2's begin with a capital. None when the member is missing."""
    called = member.serialization.get("name", name)
    names = (called, member.serialization.get("queryName", name), called[0].upper() + called[1:])
    return next((each for each in names if each in given), None)


def _list(shape: Any, given: Any) -> Any:
    """Return a list; its members are numbered directly, below `member`, or below the name that the model has."""
    if not isinstance(given, dict):
        return [] if given == "" else given
    names = () if shape.serialization.get("flattened") else (shape.member.serialization.get("name"), MEMBER)
    items = next((given[name] for name in names if name in given), given)
    return [_value(shape.member, member) for member in _numbered(items)] if _is_numbered(items) else given


def _map(shape: Any, given: Any) -> Any:
    """Return `Attributes.entry.1.key` and `Attributes.entry.1.value` as a map."""
    entries = given.get(ENTRY, given) if isinstance(given, dict) else given
    if not _is_numbered(entries) or not all(isinstance(entry, dict) for entry in entries.values()):
        return given
    key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    return {entry[key]: _value(shape.value, entry.get(value)) for entry in _numbered(entries) if key in entry}


def _fault(kind: str, text: str) -> str:
    if kind in ("integer", "long") and not WHOLE_NUMBER.fullmatch(text):
        return f"Unexpected whole number: {text[:100]}"
    if kind == "boolean" and not SWITCH.fullmatch(text.lower()):
        return f"Unexpected boolean: {text[:100]}"
    if kind in ("float", "double") and not _is_number(text):
        return f"Unexpected number: {text[:100]}"
    if kind == "timestamp" and not _is_time(text):
        return "timestamp must follow ISO8601"
    return ""


def _is_number(text: str) -> bool:
    """Return whether a text is a number. Infinity and NaN count; services refuse them in their own words."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return _is_number(text) and math.isfinite(float(text))
    return True
