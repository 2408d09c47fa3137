"""Differences that are none: two ways to write the same."""

import json
from collections.abc import Callable
from typing import Any

Path = tuple[str | int, ...]


def same_json(_path: Path, old: str, new: str) -> bool:
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return False


def same_policy(_path: Path, old: str, new: str) -> bool:
    """Compare IAM policies: a list of one is its element, the order of statements and of their lists is free."""
    try:
        return old == new or bool(normal_policy(json.loads(old)) == normal_policy(json.loads(new)))
    except ValueError:
        return False


def normal_policy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal_policy(each) for key, each in value.items()}
    if isinstance(value, list):
        inner = sorted((normal_policy(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        return inner[0] if len(inner) == 1 else inner
    return value


SUPPRESSIONS: dict[str, Callable[[Path, str, str], bool]] = {
    "case": lambda _, old, new: old.lower() == new.lower(),
    "json": same_json,
    "policy": same_policy,
    # Fixed once it is there.
    "once": lambda _, old, new: old != "",
    "missing_block": lambda _, old, new: old == "1" and new == "0",
}
