"""The words of EC2, RDS and ElastiCache: the first violation, as MissingParameter or InvalidParameterValue."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.validation.constraints import SWITCH, WHOLE_NUMBER
from localcloud.protocol.validation.form import MEMBER
from localcloud.protocol.validation.shapes import required_members

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
LARGEST = {"integer": 2**31 - 1, "long": 2**63 - 1}


def check(shape: object, values: Mapping[str, object], _code: str = "") -> None:
    """Check types and constraints of parameters as `form.read` returns them. Errors: AwsError."""
    for error in _wrong_in_structure(shape, values, ""):
        raise error


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
    for name in required_members(shape) if prefix else shape.required_members:
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
        yield _invalid(f"The parameter {where} contains a character that is not allowed: NUL")


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)
