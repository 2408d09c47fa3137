"""The members that an entry of a list needs to name something, even where the service's model does not require them."""

from typing import Any

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


def needed(shape: Any) -> list[str]:
    """Return the required members of a structure, and the one that names it."""
    if shape.name in KEY_MAY_BE_MISSING:
        return list(shape.required_members)
    names = [name for name, value in PAIRS if name in shape.members and value in shape.members]
    return list(dict.fromkeys([*shape.required_members, *names]))
