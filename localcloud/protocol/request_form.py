"""Query-protocol requests: checks that each field can have the type that the service's model gives it."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.request_constraints import SWITCH, WHOLE_NUMBER


def refuse_malformed(shape: Any, value: Any) -> None:
    """Refuse malformed values. Errors: AwsError MalformedInput.

    `value`: nested, all text, as `request_model.parameters` makes it.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        for name, member in shape.members.items():
            if name in value:
                refuse_malformed(member, value[name])
    elif kind == "list" and isinstance(value, list):
        for member in value:
            refuse_malformed(shape.member, member)
    elif kind == "map" and isinstance(value, Mapping):
        for member in value.values():
            refuse_malformed(shape.value, member)
    elif kind not in ("structure", "list", "map"):
        if not isinstance(value, str):
            raise AwsError("MalformedInput", "Start of structure or map found where not expected.")
        if value and (fault := _fault(kind, value)):
            raise AwsError("MalformedInput", fault)


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
    """Say whether a text is a number. Infinity and NaN are; services refuse them in their own words."""
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
