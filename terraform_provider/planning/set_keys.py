"""Keys by which the older plugin SDK identifies elements of a set."""

import json

from terraform_provider.planning.model import MISSING, PRIMITIVES, Node
from terraform_provider.values.unknown import UNKNOWN, Value


def key_of(node: Node, value: Value) -> str:
    """Return a key, which ignores the difference of null and zero, and values that only the provider sets."""
    if node.kind == "object" and is_empty(value):
        return ""
    return json.dumps(reduced(node, value), sort_keys=True, default=repr)


def is_empty(value: Value) -> bool:
    """Return whether a block is empty: the SDK then sees no block."""
    return isinstance(value, dict) and all(each is None or each == [] for each in value.values())


def reduced(node: Node, value: Value) -> Value:
    if value is UNKNOWN:
        return repr(UNKNOWN)
    if value is None or value is MISSING:
        value = node.default if node.default is not None else node.zero if node.kind != "object" else None
    if node.kind in PRIMITIVES:
        return value
    if node.kind == "map":
        return {key: reduced(node.element, each) if node.element else each for key, each in (value or {}).items()}
    if node.kind == "object":
        known_by = [name for name, each in node.members.items() if each.settable and not each.no_identity]
        names = known_by or list(node.members)
        return {name: reduced(node.members[name], (value or {}).get(name)) for name in names}
    if node.kind in ("list", "set") and node.element is not None:
        inner = [reduced(node.element, each) for each in value]
        return inner if node.kind == "list" else sorted(inner, key=lambda each: json.dumps(each, sort_keys=True))
    return value
