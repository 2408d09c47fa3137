"""EventBridge's rules of event patterns, in its words (recorded by LocalStack, 2024, 2025), but no position. Pure."""

import json
from collections.abc import Mapping

from localcloud.moto_only.checks.sns_filters import check_network, check_numbers

TEXTS = ("equals-ignore-case", "prefix", "suffix", "wildcard")
OF_ANY_CASE = ("prefix", "suffix")


def read_pattern(text: str) -> dict[str, object]:
    """Return a pattern. Errors: ValueError, with EventBridge's reason."""
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise ValueError("Invalid JSON") from error
    if not isinstance(pattern, dict):
        raise ValueError("Filter is not an object")
    _check(pattern)
    return pattern


def _check(pattern: Mapping[str, object]) -> None:
    if not pattern:
        raise ValueError("Empty objects are not allowed")
    for name, found in pattern.items():
        if isinstance(found, dict):
            _check(found)
        elif not isinstance(found, list):
            raise ValueError(f'"{name}" must be an object or an array')
        elif not found:
            raise ValueError("Empty arrays are not allowed")
        elif name == "$or" and all(isinstance(each, dict) for each in found):
            for each in found:
                _check(each)
        else:
            for each in found:
                _check_value(each)


def _check_value(value: object) -> None:
    if value is None or isinstance(value, str | bool | int | float):
        return
    if not isinstance(value, dict):
        raise ValueError("Match value must be String, number, true, false, or null")
    if len(value) != 1:
        raise ValueError("Only one key allowed in match expression")
    [(kind, wanted)] = value.items()
    if kind in TEXTS:
        _check_text(kind, wanted)
    elif kind == "exists":
        if not isinstance(wanted, bool):
            raise ValueError("exists match pattern must be either true or false.")
    elif kind == "anything-but":
        _check_opposite(wanted)
    elif kind == "numeric":
        if not isinstance(wanted, list):
            raise ValueError("Value of numeric must be an array.")
        check_numbers(wanted)
    elif kind == "cidr":
        check_network(wanted)
    else:
        raise ValueError(f"Unrecognized match type {kind}")


def _check_text(kind: str, wanted: object) -> None:
    if kind in OF_ANY_CASE and isinstance(wanted, dict) and list(wanted) == ["equals-ignore-case"]:
        wanted = wanted["equals-ignore-case"]
    if not isinstance(wanted, str):
        raise ValueError(f"{kind} match pattern must be a string")
    if kind == "wildcard" and "**" in wanted.replace("\\\\", "").replace("\\*", ""):
        raise ValueError("Consecutive wildcard characters")


def _check_opposite(wanted: object) -> None:
    """Check what a value must not be: texts and numbers, or texts that it must not be like."""
    if isinstance(wanted, dict):
        if len(wanted) != 1:
            raise ValueError("Only one key allowed in match expression")
        [(kind, texts)] = wanted.items()
        if kind not in TEXTS:
            raise ValueError(f"Unsupported anything-but pattern: {kind}")
        for each in texts if isinstance(texts, list) and texts else [texts]:
            _check_opposite_text(kind, each)
        return
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or (not isinstance(wanted, list) and not _is_plain(wanted)):
        raise ValueError("Value of anything-but must be an array or single string/number value.")
    if not all(map(_is_plain, values)):
        raise ValueError("Inside anything but list, start|null|boolean is not supported.")


def _check_opposite_text(kind: str, wanted: object) -> None:
    if kind in OF_ANY_CASE and isinstance(wanted, dict):
        raise ValueError("Value of anything-but must be an array or single string/number value.")
    if kind in OF_ANY_CASE and not isinstance(wanted, str):
        raise ValueError("prefix/suffix match pattern must be a string")
    if kind in OF_ANY_CASE and not wanted:
        raise ValueError("Null prefix/suffix not allowed")
    if kind == "equals-ignore-case" and not isinstance(wanted, str):
        raise ValueError("Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.")
    _check_text(kind, wanted)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
