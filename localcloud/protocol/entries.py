"""The members without which an entry of a list names nothing, also where the service's model does not require them."""

from typing import Any

PAIRS = (
    ("Key", "Value"),
    ("Key", "Values"),
    ("Name", "Value"),
    ("Name", "Values"),
    ("ParameterName", "ParameterValue"),
)
"""Tags, attributes, filters and settings: the name of an entry, and what it says."""


KEY_MAY_BE_MISSING = ("QueryStringKeyValuePair",)
"""A query string condition of ELBv2 may look for a value under any key."""


def needed(shape: Any) -> list[str]:
    """Of a structure: the required members, and the one that names it."""
    if shape.name in KEY_MAY_BE_MISSING:
        return list(shape.required_members)
    names = [name for name, value in PAIRS if name in shape.members and value in shape.members]
    return list(dict.fromkeys([*shape.required_members, *names]))
