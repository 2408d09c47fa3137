"""Key and value pairs of load balancers, target groups and listeners, as the provider's attributes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from terraform_provider.values.unknown import State, Value

Attributes = Mapping[str, str]


def written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def as_pairs(attributes: Attributes) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in attributes.items()]


def as_dict(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in pairs}


def read(names: Mapping[str, str], found: Attributes, of: Mapping[str, Callable[[str], Any]] | None = None) -> State:
    """Return the provider's attributes of those that AWS has; `of`: how to read one that is no text."""
    reads = of or {}
    return {name: reads.get(name, str)(found[key]) for name, key in names.items() if key in found}


def is_on(text: str) -> bool:
    return text == "true"
