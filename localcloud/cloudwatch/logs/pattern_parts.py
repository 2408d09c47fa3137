"""Building blocks of filter patterns: comparisons, regular expressions, escapes."""

import fnmatch
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Matches = Callable[[Any], bool]

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
MISSING = object()


class InvalidPattern(Exception):
    """The pattern cannot be parsed; the message says where."""


def regular_expression(pattern: str) -> re.Pattern[str]:
    """Compile the text between percent signs. Errors: InvalidPattern."""
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidPattern(f"%{pattern}% is not a regular expression: {error}") from error


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def of_expression(sign: str, pattern: str) -> Matches:
    """Compile `= %re%` and `!= %re%`. Errors: InvalidPattern."""
    if sign not in ("=", "!="):
        raise InvalidPattern(f"{sign} requires a number, got %{pattern}%")
    search, must_match = regular_expression(pattern).search, sign == "="
    return lambda value: value is not MISSING and bool(search(str(value))) is must_match


def of_text(sign: str, expected: str) -> Matches:
    """Compile `= text` and `!= text`, in which `*` matches anything. Errors: InvalidPattern."""
    if sign not in ("=", "!="):
        raise InvalidPattern(f"{sign} requires a number, got {expected!r}")
    pattern = re.compile(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", expected)))  # Only `*` is a wildcard.
    must_match = sign == "="
    return lambda value: value is not MISSING and bool(pattern.match(value)) is must_match
