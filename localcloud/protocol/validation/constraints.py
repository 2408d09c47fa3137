"""The constraints of a service's model that a value violates, worded as AWS's servers word them.

Source: responses of AWS recorded by LocalStack's tests (2022 to 2026). A list or map of simple values is reported as
one value.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{Print}": "[ -~]",
    r"\p{Graph}": "[!-~]",
    r"\p{ASCII}": r"[\x00-\x7F]",
    r"\p{Alnum}": "[0-9A-Za-z]",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",
}
"""Parts of the models' patterns that Python does not support: Unicode classes and surrogate pairs."""
HYPHEN = re.compile(r"(\\[wdsWDS])-(?=[^]])")
"""A hyphen after a class is literal in Java and an error in Python."""
ANYTHING = re.compile(r"[\s\S]*")
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}")
SWITCH = re.compile("true|false")
SIMPLE = ("string", "integer", "long", "float", "double", "boolean", "timestamp", "blob")
NOT_NULL = "Member must not be null"
SERVER_BUCKETS = 32


def unsatisfied(shape: Any, value: Any) -> list[str]:
    """Return the violated constraints, pattern before length, without those below a structure.

    `value`: None when it is missing.
    """
    if value is None:
        return [NOT_NULL]
    match shape.type_name:
        case "list":
            members = value if isinstance(value, list) else []
            return [*_of_size(shape, len(members)), *_of_members(shape.member, members, "Member must")]
        case "map":
            entries = value if isinstance(value, Mapping) else {}
            return [
                *_of_size(shape, len(entries)),
                *_of_members(shape.key, list(entries), "Map keys must"),
                *_of_members(shape.value, list(entries.values()), "Map value must"),
            ]
        case "string":
            return list(_of_text(shape, str(value)))
        case "blob" if isinstance(value, bytes):
            return list(_of_size(shape, len(value)))
        case "integer" | "long":
            return list(_of_whole_number(shape, value))
        case "float" | "double":
            return list(_of_number(shape, value))
        case "boolean" if not (isinstance(value, bool) or SWITCH.fullmatch(str(value).lower())):
            return ["Member must be true or false"]
    return []


def shown(shape: object, value: object) -> str:
    """Return the value as part of AWS's message: `null`, `'text'`, `'[a, b]'`, `'{k=v}'`; secrets are left out."""
    if value is None:
        return "Value null"
    return "Value" if _is_sensitive(shape) else f"Value '{_java(shape, value)}'"


@cache
def expression(pattern: str) -> re.Pattern[str]:
    """Compile a model's pattern; one that Python does not support matches anything."""
    if r"\p{" in (written := _as_python(pattern)):
        return ANYTHING
    flags = re.IGNORECASE if "(?i)" in written else re.NOFLAG
    try:
        return re.compile(written.replace("(?i)", ""), flags)
    except (re.error, FutureWarning):
        return ANYTHING


def _as_python(pattern: str) -> str:
    for unicode_class, class_ in CLASSES.items():
        pattern = pattern.replace(unicode_class, _within_class(class_) if f"[{unicode_class}" in pattern else class_)
    return HYPHEN.sub(r"\1\-", pattern).replace(r"\z", r"\Z")


def _within_class(class_: str) -> str:
    return class_[1:-1] if class_.startswith("[") else class_


@cache
def value_set(values: tuple[str, ...]) -> str:
    """Return an enumeration in AWS's order.

    The order is by Java's hash of each name in 32 buckets; within a bucket, the model's last name comes first.
    """
    return ", ".join(sorted(values, key=lambda name: (_java_hash(name) % SERVER_BUCKETS, -values.index(name))))


def _java_hash(text: str) -> int:
    found = 0
    for letter in text:
        found = (31 * found + ord(letter)) & 0xFFFFFFFF
    return found


def _of_members(shape: Any, members: Sequence[Any], whose: str) -> Iterator[str]:
    """Yield all constraints of the members, as AWS reports them, when one of the members violates any."""
    if shape.type_name in SIMPLE and any(unsatisfied(shape, member) for member in members):
        constraints = [*_all_constraints(shape), *([NOT_NULL] if None in members else [])]
        yield f"{whose} satisfy constraint: [{', '.join(constraints)}]"


def _all_constraints(shape: Any) -> Iterator[str]:
    """Yield every constraint of a simple value."""
    if shape.type_name == "string" and shape.enum:
        yield f"Member must satisfy enum value set: [{value_set(tuple(shape.enum))}]"
        return
    metadata, what = shape.metadata, "length" if shape.type_name in ("string", "blob") else "value"
    for name, word in (("max", "less"), ("min", "greater")):
        if name in metadata:
            yield f"Member must have {what} {word} than or equal to {metadata[name]}"
    if "pattern" in metadata:
        yield f"Member must satisfy regular expression pattern: {metadata['pattern']}"
    if shape.type_name in ("integer", "long"):
        yield from () if {"min", "max"} & set(metadata) else ("Member must be a whole number",)
    elif shape.type_name == "boolean":
        yield "Member must be true or false"


def _of_text(shape: Any, value: str) -> Iterator[str]:
    if shape.enum:
        if value not in shape.enum:
            yield f"Member must satisfy enum value set: [{value_set(tuple(shape.enum))}]"
        return
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not expression(pattern).fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    yield from _of_size(shape, len(value))


def _of_whole_number(shape: Any, value: Any) -> Iterator[str]:
    if not WHOLE_NUMBER.fullmatch(str(value)):
        yield "Member must be a whole number"
    else:
        yield from _within(shape, int(value), "value")


def _of_number(shape: Any, value: Any) -> Iterator[str]:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        yield "Member must be a number"
    else:
        yield from _within(shape, number, "value")


def _of_size(shape: object, size: int) -> Iterator[str]:
    yield from _within(shape, size, "length")


def _within(shape: Any, size: float, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield f"Member must have {what} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"Member must have {what} less than or equal to {high}"


def _is_sensitive(shape: Any) -> bool:
    if shape.metadata.get("sensitive"):
        return True
    return (shape.type_name == "list" and _is_sensitive(shape.member)) or (
        shape.type_name == "map" and _is_sensitive(shape.value)
    )


def _java(shape: Any, value: Any) -> str:
    """Return a value as Java writes it."""
    if value is None or _is_sensitive(shape):
        return "null" if value is None else "***Sensitive Data Redacted***"
    match shape.type_name:
        case "list" if isinstance(value, list):
            return f"[{', '.join(_java(shape.member, member) for member in value)}]"
        case "map" if isinstance(value, Mapping):
            return "{" + ", ".join(f"{key}={_java(shape.value, member)}" for key, member in value.items()) + "}"
        case "structure" if isinstance(value, Mapping):
            members = (
                f"{name[0].lower()}{name[1:]}={_java(of, value.get(name))}" for name, of in shape.members.items()
            )
            return f"{shape.name}({', '.join(members)})"
    return str(value).lower() if isinstance(value, bool) else str(value)
