"""The scalar functions of a query: they work on one row."""

import base64
import hashlib
import ipaddress
import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from localcloud.cloudwatch.logs.insights import periods
from localcloud.cloudwatch.logs.insights.syntax import Period
from localcloud.cloudwatch.logs.insights.values import Moment, Value, number, order_key, text, truth

MANY = 64


@dataclass(frozen=True)
class Function:
    """`takes`: minimum and maximum number of arguments. `of_missing`: True when it also accepts missing values."""

    call: Callable[..., Value]
    takes: tuple[int, int]
    of_missing: bool = False


def _numeric(function: Callable[..., Any]) -> Callable[..., Value]:
    """Accept numbers as text too; return None for anything else and for undefined results."""

    def called(*values: Value) -> Value:
        numbers = [number(value) for value in values]
        if None in numbers:
            return None
        try:
            return function(*numbers)
        except (ValueError, OverflowError, ZeroDivisionError):
            return None

    return called


def _texts(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *values: function(*(text(value) for value in values))


def _substr(value: Value, start: Value, length: Value = None) -> Value:
    first = int(number(start) or 0)
    last = None if length is None else first + int(number(length) or 0)
    return text(value)[max(first, 0) : last]


def _replace(value: Value, old: Value, new: Value) -> Value:
    return text(value).replace(text(old), text(new))


def _regex_replace(value: Value, old: Value, new: Value) -> Value:
    if not isinstance(old, re.Pattern):
        return _replace(value, old, new)
    try:
        return old.sub(re.sub(r"\$(\d)", r"\\\1", text(new)), text(value))
    except (re.error, IndexError):
        return None


def _contains(value: Value, part: Value, _: Value = None) -> Value:
    """Return 1 or 0. A third argument, which should make the match case-insensitive, has no effect on AWS either."""
    return int(text(part) in text(value))


def _parsed(value: Value) -> Value:
    try:
        return json.loads(text(value))
    except (ValueError, RecursionError):
        return None


def _to_int(value: Value) -> Value:
    found = number(value)
    return None if found is None else int(found)


def _round(value: float, digits: float = 0) -> float:
    return round(value, int(digits))


def _case(*arguments: Value) -> Value:
    """Take conditions, each followed by its value, and optionally a final default value."""
    for condition, value in zip(arguments[::2], arguments[1::2], strict=False):
        if truth(condition):
            return value
    return arguments[-1] if len(arguments) % 2 else None


def _moment(value: Value) -> Value:
    found = number(value)
    return None if found is None else Moment(found)


def _span(function: Callable[[int, Period], int]) -> Callable[[Value, Period], Value]:
    def called(value: Value, period: Period) -> Value:
        found = number(value)
        try:
            return None if found is None else Moment(function(int(found), period))
        except (ValueError, OverflowError):
            return None

    return called


def _address(
    version: int | None = None, test: Callable[[Any], bool] = lambda address: True
) -> Callable[[Value], Value]:
    def called(value: Value) -> bool:
        try:
            address = ipaddress.ip_address(text(value))
        except ValueError:
            return False
        return version in (None, address.version) and test(address)

    return called


def _in_subnet(version: int | None = None) -> Callable[[Value, Value], Value]:
    def called(value: Value, subnet: Value) -> bool:
        try:
            network = ipaddress.ip_network(text(subnet), strict=False)
            address = ipaddress.ip_address(text(value))
        except ValueError:
            return False
        return version in (None, network.version) and address in network

    return called


def _decoded(value: str) -> Value:
    try:
        return base64.b64decode(value, validate=True).decode()
    except ValueError:
        return None


def _digest(name: str) -> Callable[[str], str]:
    return lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()


def _power(base: float, exponent: float) -> Any:
    """Raise to a power in floating point, which avoids integers of a million digits."""
    found = float(base) ** float(exponent)
    if isinstance(found, complex):
        return None
    return int(found) if isinstance(base, int) and found.is_integer() and abs(found) < 2**53 else found


def _method(name: str) -> Callable[[str, str], bool]:
    return lambda value, part: bool(getattr(value, name)(part))


FUNCTIONS: dict[str, Function] = {
    "abs": Function(_numeric(abs), (1, 1)),
    "ceil": Function(_numeric(math.ceil), (1, 1)),
    "floor": Function(_numeric(math.floor), (1, 1)),
    "round": Function(_numeric(_round), (1, 2)),
    "sqrt": Function(_numeric(math.sqrt), (1, 1)),
    "log": Function(_numeric(math.log), (1, 1)),
    "greatest": Function(lambda *values: max(values, key=order_key), (1, MANY)),
    "least": Function(lambda *values: min(values, key=order_key), (1, MANY)),
    "tonumber": Function(number, (1, 1)),
    "toint": Function(_to_int, (1, 1)),
    "tolong": Function(_to_int, (1, 1)),
    "todouble": Function(_numeric(float), (1, 1)),
    "datefloor": Function(_span(periods.floor), (2, 2)),
    "dateceil": Function(_span(periods.ceiling), (2, 2)),
    "bin": Function(_span(periods.floor), (1, 1)),
    "frommillis": Function(_moment, (1, 1)),
    "tomillis": Function(_to_int, (1, 1)),
    "now": Function(lambda: int(time.time()), (0, 0)),
    "ispresent": Function(lambda value: value is not None, (1, 1), of_missing=True),
    "coalesce": Function(
        lambda *values: next((value for value in values if value is not None), None), (1, MANY), of_missing=True
    ),
    "if": Function(lambda test, yes, no: yes if truth(test) else no, (3, 3), of_missing=True),
    "case": Function(_case, (2, MANY), of_missing=True),
    "isempty": Function(lambda value: value is None or text(value) == "", (1, 1), of_missing=True),
    "isblank": Function(lambda value: value is None or not text(value).strip(), (1, 1), of_missing=True),
    "concat": Function(_texts(lambda *values: "".join(values)), (1, MANY)),
    "ltrim": Function(_texts(str.lstrip), (1, 2)),
    "rtrim": Function(_texts(str.rstrip), (1, 2)),
    "trim": Function(_texts(str.strip), (1, 2)),
    "strlen": Function(_texts(len), (1, 1)),
    "toupper": Function(_texts(str.upper), (1, 1)),
    "tolower": Function(_texts(str.lower), (1, 1)),
    "substr": Function(_substr, (2, 3)),
    "replace": Function(_replace, (3, 3)),
    "regex_replace": Function(_regex_replace, (3, 3)),
    "strcontains": Function(_contains, (2, 3)),
    "startswith": Function(_texts(_method("startswith")), (2, 2)),
    "endswith": Function(_texts(_method("endswith")), (2, 2)),
    "jsonparse": Function(_parsed, (1, 1)),
    "jsonstringify": Function(lambda value: json.dumps(value, ensure_ascii=False), (1, 1)),
    "urlencode": Function(_texts(lambda value: quote(value, safe="")), (1, 1)),
    "urldecode": Function(_texts(unquote), (1, 1)),
    "base64encode": Function(_texts(lambda value: base64.b64encode(value.encode()).decode()), (1, 1)),
    "base64decode": Function(_texts(_decoded), (1, 1)),
    "md5": Function(_texts(_digest("md5")), (1, 1)),
    "sha256": Function(_texts(_digest("sha256")), (1, 1)),
    "isvalidip": Function(_address(), (1, 1)),
    "isvalidipv4": Function(_address(4), (1, 1)),
    "isvalidipv6": Function(_address(6), (1, 1)),
    "isprivateip": Function(_address(test=lambda address: bool(address.is_private)), (1, 1)),
    "isipinsubnet": Function(_in_subnet(), (2, 2)),
    "isipv4insubnet": Function(_in_subnet(4), (2, 2)),
    "isipv6insubnet": Function(_in_subnet(6), (2, 2)),
}
"""Functions by lower-case name. `bin` gets the row's time from the evaluation."""

PERIOD_FUNCTIONS = frozenset({"bin", "datefloor", "dateceil"})
"""Functions whose last argument is a period."""

ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": _numeric(lambda a, b: a + b),
    "-": _numeric(lambda a, b: a - b),
    "*": _numeric(lambda a, b: a * b),
    "/": _numeric(lambda a, b: a / b),
    "%": _numeric(math.fmod),
    "^": _numeric(_power),
}
