"""SNS's rules of filter policies, in its recorded words (LocalStack, 2024 to 2026) but without the column. Pure."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_KEYS = 5
MOST_COMBINATIONS = 150
TEXTS = ("equals-ignore-case", "prefix", "suffix")
COMPARISONS = ("<", "<=", "=", ">", ">=")


def check_filter(policy: Mapping[str, object], scope: str) -> None:
    """Check a filter policy. `scope`: empty if unknown. Errors: ValueError."""
    if len(policy) > MOST_KEYS:
        raise ValueError(f"Filter policy can not have more than {MOST_KEYS} keys")
    combinations = 1
    for rules, depth in _lists(policy, 1, scope):
        combinations *= len(rules) * depth
        for rule in rules:
            _check_rule(rule)
    if combinations > MOST_COMBINATIONS:
        raise ValueError("Filter policy is too complex")


def _lists(policy: Mapping[str, Any], depth: int, scope: str) -> Iterator[tuple[Sequence[Any], int]]:
    """Yield each key's rules, with their depth."""
    for key, found in policy.items():
        if isinstance(found, dict):
            if scope == "MessageAttributes":
                raise ValueError("Filter policy scope MessageAttributes does not support nested filter policy")
            yield from _lists(found, depth + 1, scope)
        elif not isinstance(found, list):
            raise ValueError(f'"{key}" must be an object or an array')
        elif not found:
            raise ValueError("Empty arrays are not allowed")
        elif key == "$or":
            for each in found:
                yield from _lists(each, depth, scope)
        else:
            yield found, depth


def _check_rule(rule: object) -> None:
    if rule is None or isinstance(rule, str | bool | int | float):
        return
    if not isinstance(rule, dict):
        raise ValueError("Match value must be String, number, true, false, or null")
    if len(rule) != 1:
        raise ValueError("Only one key allowed in match expression")
    [(kind, value)] = rule.items()
    if kind in TEXTS:
        if not isinstance(value, str):
            raise ValueError(f"{kind} match pattern must be a string")
    elif kind == "exists":
        if not isinstance(value, bool):
            raise ValueError("exists match pattern must be either true or false.")
    elif kind == "anything-but":
        _check_opposite(value)
    elif kind == "numeric":
        check_numbers(value)
    elif kind == "cidr":
        check_network(value)
    else:
        raise ValueError(f"Unrecognized match type {kind}")


def _check_opposite(value: object) -> None:
    if isinstance(value, dict):
        for kind in value:
            if kind != "prefix":
                raise ValueError(f"Unsupported anything-but pattern: {kind}")
    for each in value if isinstance(value, list) else [value]:
        _check_rule(each)


def check_numbers(value: object) -> None:
    """Check a comparison, or two that are the ends of a range."""
    left = list(value) if isinstance(value, list) else []
    if not left or not isinstance(left[0], str):
        raise ValueError(f"Invalid member in numeric match: {left[0] if left else ']'}")
    first = left.pop(0)
    if first not in COMPARISONS:
        raise ValueError(f"Unrecognized numeric range operator: {first}")
    bottom = _number(left, first)
    if not left:
        return
    if first not in (">", ">="):
        raise ValueError("Too many elements in numeric expression")
    second = left.pop(0)
    if not isinstance(second, str):
        raise ValueError(f"Bad value in numeric range: {second}")
    if second not in ("<", "<="):
        raise ValueError(f"Bad numeric range operator: {second}")
    if _number(left, second) <= bottom:
        raise ValueError("Bottom must be less than top")
    if left:
        raise ValueError("Too many terms in numeric range expression")


def _number(left: list[object], comparison: str) -> float:
    value = left.pop(0) if left else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"Value of {'equals' if comparison == '=' else comparison} must be numeric")
    return value


def check_network(value: object) -> None:
    if not isinstance(value, str):
        raise ValueError("prefix match pattern must be a string")
    address, slash, bits = value.partition("/")
    if not slash or "/" in bits:
        raise ValueError("Malformed CIDR, one '/' required")
    if not bits.isdecimal():
        raise ValueError("Malformed CIDR, mask bits must be an integer")
    try:
        ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"Nonstandard IP address: {address}") from error
