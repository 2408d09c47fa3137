"""Adjusts the older plugin SDK's plan to Terraform's proposal and to the state, as the SDK does."""

from collections.abc import Mapping

from terraform_provider.planning.model import PRIMITIVES, Node
from terraform_provider.values.unknown import UNKNOWN, Value


def with_proposed_empties(node: Node, planned: Value, proposed: Value) -> Value:
    """Restore from the proposal what the SDK dropped as empty: "", lists that contain only unknowns."""
    if proposed is UNKNOWN:
        return proposed if planned is None else planned
    if proposed is None or planned is UNKNOWN:
        return planned
    match node.kind:
        case "object" | "single":
            if not isinstance(proposed, Mapping):
                return planned
            return (planned or {}) | {
                name: with_proposed_empties(each, (planned or {}).get(name), proposed.get(name))
                for name, each in node.members.items()
                if name in proposed
            }
        case "map":
            return map_with_proposed(planned, proposed)
        case "list":
            if planned is None:
                return proposed if all(each is UNKNOWN for each in proposed) else None
            if len(planned) == len(proposed) and node.element is not None:
                element = node.element
                return [with_proposed_empties(element, *each) for each in zip(planned, proposed, strict=True)]
        case "string":
            if planned is None and proposed == "":
                return proposed
    return planned


def map_with_proposed(planned: Value, proposed: Mapping[str, Value]) -> Value:
    if not planned:
        return planned
    known = {key: each for key, each in proposed.items() if each is not None and each is not UNKNOWN}
    return {key: known.get(key) if each is UNKNOWN and key in known else each for key, each in planned.items()}


def equivalent(node: Node, one: Value, other: Value) -> bool:
    """Return whether two values are the same to the SDK, which takes null, zero and empty for one."""
    if one is UNKNOWN or other is UNKNOWN:
        return one is other
    if is_nothing(one) or is_nothing(other):
        return is_nothing(one) and is_nothing(other)
    if node.kind in PRIMITIVES:
        return bool(one == other)
    if node.kind in ("object", "single"):
        return all(equivalent(each, one.get(name), other.get(name)) for name, each in node.members.items())
    if node.kind == "map":
        element = node.element or Node("string")
        return one.keys() == other.keys() and all(equivalent(element, one[key], other[key]) for key in one)
    if len(one) != len(other) or node.element is None:
        return False
    element = node.element
    if node.kind == "list":
        return all(equivalent(element, *each) for each in zip(one, other, strict=True))
    return all(any(equivalent(element, each, candidate) for candidate in other) for each in one) and all(
        any(equivalent(element, candidate, each) for each in one) for candidate in other
    )


def is_nothing(value: Value) -> bool:
    return value is None or (value is not UNKNOWN and value in ("", 0, False, [], {}))


def with_unknowns(members: Mapping[str, Node], value: Mapping[str, Value]) -> dict[str, Value]:
    """Mark as unknown what the provider computes and nothing has set: the last step of planning a creation."""
    made: dict[str, Value] = {}
    for name, node in members.items():
        each = value.get(name)
        if each is None and node.computed and not node.is_block:
            made[name] = UNKNOWN
        elif node.is_block and isinstance(each, list) and node.element is not None:
            inner = node.element.members
            made[name] = [with_unknowns(inner, element) if isinstance(element, dict) else element for element in each]
        elif node.is_block and isinstance(each, dict) and node.kind == "single":
            made[name] = with_unknowns(node.members, each)
        else:
            made[name] = each
    return made
