"""Walks through the values of a request and the shapes that the service's model gives them."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

PAIRS = (
    ("Key", "Value"),
    ("Key", "Values"),
    ("Name", "Value"),
    ("Name", "Values"),
    ("ParameterName", "ParameterValue"),
)
"""The name and the value of an entry: tags, attributes, filters and settings."""

KEY_MAY_BE_MISSING = ("QueryStringKeyValuePair",)
"""A query string condition of ELBv2 may match a value under any key."""


class Key(str):
    """A map key in a path."""

    __slots__ = ()


class Place(NamedTuple):
    """One value of a request; None when it is required and missing. `path`: names of members, keys, positions."""

    shape: Any
    value: Any
    path: tuple[str | int, ...]


def places(shape: Any, value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Place]:
    """Yield the value and everything below it, in the order of the model.

    Only lists, maps and structures have values below.
    """
    yield Place(shape, value, path)
    if shape.type_name == "structure":
        given = value if isinstance(value, Mapping) else {}
        required = required_members(shape) if path else shape.required_members
        for name, member in shape.members.items():
            if given.get(name) is not None:
                yield from places(member, given[name], (*path, name))
            elif name in required:
                yield Place(member, None, (*path, name))
    elif shape.type_name == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(shape.member, member, (*path, index))
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for key, member in value.items():
            yield from places(shape.value, member, (*path, Key(key)))


def required_members(shape: Any) -> list[str]:
    """Return the required members of an entry: the model's, and the one that names it, which the model may omit."""
    if shape.name in KEY_MAY_BE_MISSING:
        return list(shape.required_members)
    names = [name for name, value in PAIRS if name in shape.members and value in shape.members]
    return list(dict.fromkeys([*shape.required_members, *names]))
