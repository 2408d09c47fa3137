"""Probes the real provider's plans for facts that its schema lacks: defaults, replacement, equal texts."""

import copy
from collections.abc import Mapping
from typing import Any

from scripts.provider_schema.circumstances import ACTION_BLOCKS, ACTIONS, BESIDE, NEEDED, SAMPLES, STATES
from scripts.provider_schema.plugin import PlannedChange, Plugin, empty
from scripts.provider_schema.proposal import proposed
from terraform_provider.values.unknown import UNKNOWN, Value

Block = Mapping[str, Any]
Path = tuple[str, ...]


def sample(of: Any, number: int = 1) -> Value:
    """Return a value of a type; different numbers give different values."""
    match of:
        case "string":
            return f"a{number}"
        case "number":
            return number
        case "bool":
            return number % 2 == 1
        case ["list" | "set", element]:
            return [sample(element, number)]
        case ["map", element]:
            return {"k": sample(element, number)}
        case ["object", members]:
            return {name: sample(each, number) for name, each in members.items()}
    raise ValueError(f"no sample of {of}")


def minimal(block: Block) -> dict[str, Value]:
    """Return an object with only its required members."""
    value = empty(block)
    for name, each in block.get("attributes", {}).items():
        if each.get("required"):
            value[name] = sample(each["type"])
    for name, nested in block.get("block_types", {}).items():
        if nested.get("min_items"):
            value[name] = [minimal(nested["block"])]
    return value


class Prober:
    """Probes one type."""

    def __init__(self, plugin: Plugin, kind: str, block: Block, more: Mapping[str, Value] | None = None) -> None:
        """`more`: members of every configuration besides the required ones."""
        self._plugin, self._kind, self._block = plugin, kind, block
        self.base = minimal(block) | NEEDED.get(kind, {}) | dict(more or {})

    def samples(self, path: Path, of: Any) -> tuple[Value, Value]:
        """Return two different values of an attribute."""
        return SAMPLES.get((self._kind, path)) or (sample(of), sample(of, 2))

    def created(self, config: dict[str, Value]) -> PlannedChange:
        return self._plugin.plan(self._kind, None, proposed(self._block, None, config), config)

    def updated(self, before: dict[str, Value], after: dict[str, Value]) -> tuple[dict[str, Value], PlannedChange]:
        """Plan from the state that `before` would lead to; return that state, too."""
        planned = self.created(before).value
        prior = settled(self._block, planned) | {
            name: value for name, value in STATES.get(self._kind, {}).items() if before.get(name) is None
        }
        return prior, self._plugin.plan(self._kind, prior, proposed(self._block, prior, after), after)

    def with_value(self, path: Path, value: Value) -> dict[str, Value]:
        """Return the smallest configuration in which the attribute or block at `path` has a value."""
        config = copy.deepcopy(self.base)
        at, block = config, self._block
        for name in path[:-1]:
            if name in block.get("block_types", {}):
                nested = block["block_types"][name]
                block = nested["block"]
                if nested["nesting_mode"] == "single":
                    at[name] = at[name] or minimal(block)
                    at = at[name]
                    continue
                at[name] = at[name] or [self.element(block)]
                at = at[name][0]
            else:  # a list of objects
                members = block["attributes"][name]["type"][1][1]
                at[name] = at[name] or [dict.fromkeys(members)]
                at = at[name][0]
                block = {"attributes": {each: {"type": of} for each, of in members.items()}}
        at[path[-1]] = value
        if ACTION_BLOCKS.get(self._kind) == path[0] and len(path) > 1 and path[1] in ACTIONS:
            config[path[0]][0]["type"] = ACTIONS[path[1]]
        beside = BESIDE.get(self._kind, {}).get(path[0]) if len(path) == 1 else None
        return config | beside(value) if beside else config

    def element(self, block: Block) -> dict[str, Value]:
        """Return a smallest element of the blocks on the way to `path`, with values that are not refused."""
        special = {where[-1]: values[0] for (kind, where), values in SAMPLES.items() if kind == self._kind}
        return {
            name: special[name] if name in special and value is not None else value
            for name, value in minimal(block).items()
        }


def settled(block: Block, planned: Value) -> dict[str, Value]:
    """Return the state after a plan is carried out: unknowns get some value.

    Inside of blocks a type of the older SDK, which lets a configuration set the id, writes zero for null.
    """
    return settled_block(block, planned, zeros=bool(block["attributes"]["id"].get("optional")), inside=False)


def settled_block(block: Block, planned: Value, zeros: bool, inside: bool = True) -> dict[str, Value]:
    state: dict[str, Value] = {}
    for each, attribute in block.get("attributes", {}).items():
        value = known(attribute["type"], planned.get(each))
        state[each] = zero(attribute["type"]) if inside and zeros and value is None else value
    for each, nested in block.get("block_types", {}).items():
        value = planned.get(each)
        if value is UNKNOWN:
            state[each] = []
        elif isinstance(value, list):
            state[each] = [settled_block(nested["block"], element, zeros) for element in value]
        else:
            state[each] = value
    return state


def zero(of: Any) -> Value:
    return {"string": "", "number": 0, "bool": False, "map": {}}.get(of if isinstance(of, str) else of[0], [])


def known(of: Any, value: Value) -> Value:
    if value is UNKNOWN:
        return [] if isinstance(of, list) and of[0] in ("list", "set") else sample(of, 7)
    if isinstance(value, list):
        return [known(of[1], each) for each in value]
    if isinstance(value, dict):
        inner = of[1]
        return {key: known(inner[key] if of[0] == "object" else inner, each) for key, each in value.items()}
    return value


def value_at(value: Value, path: Path) -> Value:
    """Follow a path through the first element of each list."""
    for name in path:
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None or value is UNKNOWN:
            return value
        value = value.get(name)
    return value
