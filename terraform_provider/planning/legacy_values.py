"""Reads values as the older plugin SDK does: missing ones, null and zero."""

from terraform_provider.planning.model import MISSING, PRIMITIVES, Node
from terraform_provider.values.unknown import UNKNOWN, Value


def member_of(value: Value, name: str, node: Node | None = None) -> Value:
    """Return a member, MISSING for null; with `node` the value is a wanted one, where no blocks mean unset."""
    if value is MISSING or value is UNKNOWN or value is None:
        return value if value is UNKNOWN else MISSING
    found = value.get(name)
    if found is None or (node is not None and node.is_block and node.kind in ("list", "set") and found == []):
        return MISSING
    return found


def none_for_missing(node: Node, value: Value) -> Value:
    if value is not MISSING:
        return value
    of_objects = node.element is not None and node.inner.kind == "object"
    return [] if of_objects and (node.kind == "set" or (node.is_block and node.kind == "list")) else None


def empty_object(node: Node) -> Value:
    return dict.fromkeys(node.members)


def filled(node: Node, value: Value) -> Value:
    """Return a value as the SDK reads it: inside blocks, unset values are zero or the default."""
    if value is None or value is MISSING:
        if node.kind in PRIMITIVES:
            return node.zero if node.default is None else node.default
        return value if node.kind in ("object", "single") else node.zero
    if value is UNKNOWN:
        return UNKNOWN if node.kind == "string" else node.zero if node.kind in PRIMITIVES else UNKNOWN
    if node.kind in ("object", "single"):
        return {name: filled(each, value.get(name)) for name, each in node.members.items()}
    if node.kind in ("list", "set") and node.element is not None:
        return [filled(node.inner, each) for each in value]
    return value


def as_state(node: Node, value: Value) -> Value:
    """Return a state's value as the SDK reads it: missing members are zero, unless all are missing."""
    if value is None or value is MISSING:
        return value if node.kind in ("object", "single") else node.zero
    if node.kind == "object" and all(each is None for each in value.values()):
        return value
    if node.kind in ("object", "single"):
        return {name: as_state(each, value.get(name)) for name, each in node.members.items()}
    if node.kind in ("list", "set") and node.element is not None:
        return [as_state(node.inner, each) for each in value]
    return value
