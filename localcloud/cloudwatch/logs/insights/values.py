"""Values of Insights: how text counts as a number, how values compare, how they are written."""

import json
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

Value = Any
"""None (no such field), bool, int, float, str, Moment, or a list or dict parsed from JSON."""
DECIMALS = 4
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(int):
    """Milliseconds since the epoch that are shown as a date."""


def number(value: Value) -> int | float | None:
    """Return the value as a number; None when it is not one."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    if NUMBER.fullmatch(value) is None:
        return None
    found = float(value)
    if not math.isfinite(found):
        return None
    return int(value) if value.lstrip("+-").isdigit() else found


def truth(value: Value) -> bool:
    """Return whether a condition with this value holds."""
    if isinstance(value, str):
        return value.lower() == "true" or bool(number(value))
    return bool(value)


def text(value: Value) -> str:
    """Format a value as results show it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, Moment):
        return written_moment(value)
    if isinstance(value, float):
        return _written_float(value)
    if isinstance(value, list | dict):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return str(value)


def written_moment(at_ms: int) -> str:
    """Format a moment as `2026-11-27 21:56:54.123`, in UTC; as the plain number when it is beyond the calendar."""
    try:
        at = EPOCH + timedelta(milliseconds=int(at_ms))
    except OverflowError:
        return str(int(at_ms))
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"


def _written_float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    rounded = round(value, DECIMALS)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)


def compare(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1; numerically when both are numbers, else as text; None when one is missing."""
    if left is None or right is None:
        return None
    a, b = number(left), number(right)
    if a is not None and b is not None:
        return (a > b) - (a < b)
    if isinstance(left, bool) or isinstance(right, bool):
        left, right = _as_word(left), _as_word(right)
    first, second = text(left), text(right)
    return (first > second) - (first < second)


def _as_word(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value


def order_key(value: Value) -> tuple[int, float, str]:
    """Order missing values first, then numbers, then text."""
    if value is None:
        return 0, 0.0, ""
    found = number(value)
    return (1, float(found), "") if found is not None else (2, 0.0, text(value))
