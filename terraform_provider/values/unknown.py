"""The value that a plan does not know yet."""

import enum
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, str, UNKNOWN, a list (list, set, tuple) or a dict (map, object) of values."""
State: TypeAlias = dict[str, Any]
"""An object: the attributes and blocks of a resource, a data source or the provider, each by its name."""


Path: TypeAlias = tuple[str | int, ...]
"""The way to a value inside an object: names of attributes, numbers of list elements."""


class Unknown(enum.Enum):
    UNKNOWN = "(known after apply)"

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown.UNKNOWN


def has_unknown(value: Value) -> bool:
    """Return whether a value is unknown or holds an unknown one."""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN
