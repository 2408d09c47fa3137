"""The schema of a type as planning needs it: every attribute and block as a node."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from terraform_provider.values.unknown import Value

PRIMITIVES: Final = {"string": "", "number": 0, "bool": False}
"""The primitive types, each with its zero: the older plugin SDK cannot tell zero from null inside blocks."""


class Missing:
    """No value, not even null: the element of a list beyond its end, an argument that is not set."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Node:
    """An attribute or a nested block.

    kind: "string", "number", "bool", "list", "set", "map", "object" or "single" (a block that is there at most once).
    """

    kind: str
    element: "Node | None" = None
    members: Mapping[str, "Node"] = field(default_factory=dict)
    is_block: bool = False
    required: bool = False
    optional: bool = False
    computed: bool = False
    write_only: bool = False
    force_new: bool = False
    default: Value = None
    suppress: str | None = None
    stored_as: str | None = None
    default_without: tuple[str, ...] = ()  # the default applies if none of these is set beside it
    default_of_new: bool = False  # the default applies if the state has no value
    no_identity: bool = False  # elements of a set that differ only here are the same element
    stays_null: bool = False  # the provider computes it, but plans null if it is not set

    @property
    def inner(self) -> "Node":
        """The element of a list, set or map; a map without a described one has texts."""
        return self.element or Node("string")

    @property
    def zero(self) -> Value:
        if self.kind in PRIMITIVES:
            return PRIMITIVES[self.kind]
        return {} if self.kind == "map" else []

    @property
    def settable(self) -> bool:
        return self.required or self.optional


def is_of_older_sdk(block: Mapping[str, Any]) -> bool:
    """Return whether a type uses the older SDK: only those types let a configuration set `id`."""
    return bool(block["attributes"].get("id", {}).get("optional", False))


def compiled(block: Mapping[str, Any]) -> dict[str, Node]:
    """Return the members of a block of the schema."""
    nodes = {name: attribute(each) for name, each in block.get("attributes", {}).items()}
    return nodes | {name: nested(each) for name, each in block.get("block_types", {}).items()}


def attribute(described: Mapping[str, Any]) -> Node:
    flags = {name: described[name] for name in FACTS if name in described}
    kind, element = typed(described["type"], described.get("members", {}))
    members = element.members if kind == "object" and element else {}
    return Node(kind, element, members, **flags)


FACTS = (
    "required", "optional", "computed", "write_only", "force_new", "default", "suppress", "stored_as", "stays_null",
    "default_without", "default_of_new", "no_identity",
)  # fmt: skip


def typed(of: Any, facts: Mapping[str, Any]) -> tuple[str, Node | None]:
    """Read a type; `facts` are those of the members of its objects, by their names."""
    if isinstance(of, str):
        return of, None
    kind, inner = of
    if kind == "object":
        return kind, Node("object", None, {name: member(each, facts.get(name, {})) for name, each in inner.items()})
    inner_kind, inner_element = typed(inner, facts)
    members = inner_element.members if inner_kind == "object" and inner_element else {}
    return kind, Node(inner_kind, None if inner_kind == "object" else inner_element, members)


def member(of: Any, facts: Mapping[str, Any]) -> Node:
    return attribute({"type": of, "optional": True} | dict(facts))


def nested(described: Mapping[str, Any]) -> Node:
    flags = {name: described[name] for name in FACTS if name in described}
    inner = Node("object", None, compiled(described["block"]))
    mode = described["nesting_mode"]
    if mode == "single":
        return Node("single", None, inner.members, is_block=True, **flags)
    return Node(
        mode, inner, is_block=True, **({"required": bool(described.get("min_items")), "optional": True} | flags)
    )
