"""JSON requests: reads the body, and checks that each value has the type in the service's model."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from localcloud.errors import AwsError

JAVA_TYPES = (
    (bool, "java.lang.Boolean"),
    (str, "java.lang.String"),
    (int | float, "com.amazon.coral.value.json.numbers.TruncatingBigNumber"),
)
JAVA_NAMES = {
    "string": "an String",
    "boolean": "an Boolean",
    "integer": "an Integer",
    "long": "an Long",
    "float": "an Float",
    "double": "an Double",
    "timestamp": "milliseconds since epoch",
    "blob": "an Blob",
}
NOT_FINITE = ("NaN", "Infinity", "-Infinity")
"""Smithy's names; services refuse these values in their own words."""
WHOLE_NUMBERS = {"integer": 2**31, "long": 2**63}
"""Shape -> its limit n: values are at least -n and below n."""
LAST_SECOND = 253_402_300_799
"""The last second of the year 9999."""


def json_object(body: bytes, *, allows_nan: bool = True) -> dict[str, Any]:
    """Parse a body; an empty one is an empty object. Errors: AwsError SerializationException.

    `allows_nan`: as our own conversion from CBOR writes numbers that are not finite; JSON has none.
    """
    try:
        found = json.loads(body.decode() if body.strip() else "{}", parse_constant=None if allows_nan else _no_json)
    except (ValueError, RecursionError) as exc:
        raise _malformed(f"The request is not JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise _malformed("The request is not a JSON object.")
    return found


def read(shape: Any, body: bytes) -> dict[str, Any]:
    """Return the parameters of an operation that takes `shape` (None: nothing), without nulls and unknown ones.

    Errors: AwsError SerializationException.
    """
    found = json_object(body)
    if shape is None:
        return {}
    try:
        typed: dict[str, Any] = _typed(shape, found)
        json.dumps(typed, ensure_ascii=False).encode()
    except RecursionError as exc:
        raise _malformed("The request is nested too deeply.") from exc
    except UnicodeEncodeError as exc:
        raise _malformed("The request contains an unpaired surrogate.") from exc
    return typed


def _no_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not valid JSON")


def _typed(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if value is None:
        return None
    if kind == "structure" and isinstance(value, Mapping) and not shape.metadata.get("document"):
        given = {name: _typed(member, value.get(name)) for name, member in shape.members.items()}
        return {name: member for name, member in given.items() if member is not None}
    if kind == "list" and isinstance(value, list):
        return [_typed(shape.member, member) for member in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: _typed(shape.value, member) for name, member in value.items()}
    if kind in ("structure", "list", "map"):
        raise _malformed("Unexpected field type")
    if isinstance(value, list):
        raise _malformed("Start of list found where not expected")
    if isinstance(value, Mapping):
        raise _malformed("Start of structure or map found where not expected.")
    return _simple(kind, value)


def _simple(kind: str, value: Any) -> Any:
    """Convert a simple value. Errors: AwsError SerializationException, which does not repeat the value."""
    is_any_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_number = is_any_number and math.isfinite(value)
    if kind in WHOLE_NUMBERS and is_number and -WHOLE_NUMBERS[kind] <= value < WHOLE_NUMBERS[kind]:
        return int(value)
    if (kind in ("float", "double") and (is_any_number or value in NOT_FINITE)) or (
        kind == "boolean" and isinstance(value, bool)
    ):
        return value
    if kind == "timestamp" and is_number and 0 <= value <= LAST_SECOND:
        return value
    if isinstance(value, str) and (kind == "string" or (kind == "blob" and _is_base64(value))):
        return value
    given = next(name for of, name in JAVA_TYPES if isinstance(value, of))
    raise _malformed(f"class {given} can not be converted to {JAVA_NAMES.get(kind, f'an {kind}')}")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _malformed(message: str) -> AwsError:
    return AwsError("SerializationException", message)
