"""Matches events against event patterns of EventBridge. Pure."""

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
ESCAPED = re.compile(r"\\[*\\]|\*|[^*\\]+|\\")


def matches(pattern: Mapping[str, object], event: object) -> bool:
    """Return whether an event, or a part of it, has what every name of a valid pattern wants.

    Of a list of objects, one object must have all of it. A name with dots, in either, is a path.
    """
    return _matches(_nested(pattern), _nested(event))


def _nested(found: Any) -> Any:
    """Make objects of names with dots: {"a.b": 1} becomes {"a": {"b": 1}}."""
    if isinstance(found, list):
        return [_nested(each) for each in found]
    if not isinstance(found, dict):
        return found
    result: dict[str, Any] = {}
    for name, value in found.items():
        first, _, rest = name.partition(".")
        result = _merged(result, {first: _nested({rest: value} if rest else value)})
    return result


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {name: _merged(one[name], value) for name, value in other.items()
            if isinstance(value, dict) and isinstance(one.get(name), dict)}  # fmt: skip
    return one | other | both


def _matches(pattern: Mapping[str, object], event: object) -> bool:
    if isinstance(event, list):
        return any(_matches(pattern, each) for each in event)
    found = event if isinstance(event, dict) else {}
    return all(_has(name, wanted, found) for name, wanted in pattern.items())


def _has(name: str, wanted: Any, found: Mapping[str, Any]) -> bool:
    if name == "$or" and all(isinstance(each, dict) for each in wanted):
        return any(_matches(each, found) for each in wanted)
    if isinstance(wanted, dict):
        return _matches(wanted, found.get(name))
    values = list(_values(found[name])) if name in found else []
    return any(_is_wanted(each, values) for each in wanted)


def _values(found: object) -> Iterator[object]:
    """Yield the single values of a leaf; an object is none."""
    if isinstance(found, list):
        for each in found:
            yield from _values(each)
    elif not isinstance(found, dict):
        yield found


def _is_wanted(wanted: object, values: list[object]) -> bool:
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(values) is wanted["exists"]
    return any(_is_like(wanted, value) for value in values)


def _is_like(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return _is_same(wanted, value)
    [(kind, rule)] = wanted.items()
    if kind == "anything-but":
        return not _is_any_of(rule, value)
    if kind == "numeric":
        return _is_number(value) and all(
            COMPARISONS[comparison](value, bound) for comparison, bound in zip(rule[::2], rule[1::2], strict=True)
        )
    if not isinstance(value, str):
        return False
    if kind == "cidr":
        return _is_within(rule, value)
    if isinstance(rule, dict):
        return _is_text(kind, rule["equals-ignore-case"].lower(), value.lower())
    return _is_text(kind, rule, value)


def _is_any_of(rule: object, value: object) -> bool:
    if not isinstance(rule, dict):
        return any(_is_same(each, value) for each in (rule if isinstance(rule, list) else [rule]))
    [(kind, texts)] = rule.items()
    return any(_is_like({kind: each}, value) for each in (texts if isinstance(texts, list) else [texts]))


def _is_text(kind: str, wanted: str, value: str) -> bool:
    if kind == "prefix":
        return value.startswith(wanted)
    if kind == "suffix":
        return value.endswith(wanted)
    if kind == "equals-ignore-case":
        return value.lower() == wanted.lower()
    parts = [".*" if part == "*" else re.escape(part[-1] if len(part) == 2 and part[0] == "\\" else part)
             for part in ESCAPED.findall(wanted)]  # fmt: skip
    return re.fullmatch("".join(parts), value, re.DOTALL) is not None


def _is_same(wanted: object, value: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_within(network: str, value: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network)
    except ValueError:
        return False
