"""Chooses between null, empty and zero in the state, by the rules of Terraform's older plugin SDK."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import UNKNOWN, State, Value, has_unknown

COLLECTIONS = ("list", "set", "map")


def is_changed(prior: Value, planned: Value) -> bool:
    """Return whether a value differs, or may differ because it is unknown; null equals empty and zero."""
    if planned is UNKNOWN or (prior is not None and planned is not None):
        return bool(planned != prior)
    return bool(prior) != bool(planned)


def zeroed(block: Mapping[str, Any], found: State) -> State:
    """Write None as the older SDK writes what AWS does not have: "", 0 or false. Collections become empty."""
    attributes = block["attributes"]
    made = dict(found)
    for name, value in found.items():
        if value is None and name in attributes:
            made[name] = _zero(attributes[name]["type"])
    return made


def as_data(block: Mapping[str, Any], found: State) -> State:
    """Write a data source as the older SDK does: inside of blocks, what is not set is zero or empty.

    Beside them, a collection that the configuration has empty is null, and so are blocks that it does not have.
    `found` has the types of `block`: fitting it to them afterwards would make an empty list of the null.
    """
    made = dict(found)
    for name, attribute in block["attributes"].items():
        if found.get(name) in ([], {}) and not attribute.get("computed"):
            made[name] = None
    for name, nested in block.get("block_types", {}).items():
        blocks = found.get(name)
        if nested["nesting_mode"] in COLLECTIONS:
            made[name] = [_filled(nested["block"], each) for each in blocks or ()] or None
    return made


def _filled(block: Mapping[str, Any], value: State) -> State:
    made = dict(value)
    for name, attribute in block.get("attributes", {}).items():
        if made.get(name) is None:
            made[name] = _zero(attribute["type"])
    for name, nested in block.get("block_types", {}).items():
        made[name] = [_filled(nested["block"], each) for each in made.get(name) or ()]
    return made


def _zero(of: Any) -> Value:
    zeros = {"string": "", "number": 0, "bool": False, "list": [], "set": [], "map": {}}
    return zeros.get(of if isinstance(of, str) else of[0])


def given(block: State, names: Mapping[str, str]) -> dict[str, Value]:
    """Return a block's set members under AWS's names; `names`: the block's name -> AWS's."""
    return {theirs: block[ours] for ours, theirs in names.items() if block.get(ours) not in (None, "", 0, {})}


def kept_as_written(block: Mapping[str, Any], new: Value, old: Value, *, is_apply: bool) -> Value:
    """Keep the old value when both are null or empty, so that it does not look like a change.

    `block`: the type's in the schema. `old` is the plan in an apply, and the state before in a read.
    """
    return _kept(_type_of(block), new, old, is_apply)


def _type_of(block: Mapping[str, Any]) -> Any:
    """Return a block as a type: ["object", ...], as the schema writes those of attributes."""
    members = {name: attribute["type"] for name, attribute in block.get("attributes", {}).items()}
    for name, nested in block.get("block_types", {}).items():
        inner, mode = _type_of(nested["block"]), nested["nesting_mode"]
        members[name] = [mode, inner] if mode in ("list", "set", "map") else inner
    return ["object", members]


def _kept(of: Any, new: Value, old: Value, is_apply: bool) -> Value:
    if old is UNKNOWN or new is UNKNOWN:
        return new
    kind: str = of if isinstance(of, str) else of[0]
    inner: Any = None if isinstance(of, str) else of[1]
    if kind in COLLECTIONS and is_apply and not new and not old:
        return old
    if old is None:
        return new
    if kind in ("object", "map"):
        types: Mapping[str, Any] = inner if kind == "object" else dict.fromkeys(new or (), inner)
        return {name: _kept(types[name], value, old.get(name), is_apply) for name, value in (new or {}).items()}
    if kind == "set" and is_apply and not has_unknown(old):
        return old  # a planned set is assumed to have been applied
    if kind == "list":
        if new is None:
            return old if not old else new
        if len(new) == len(old) and not has_unknown(old):
            return [_kept(inner, each, before, is_apply) for each, before in zip(new, old, strict=True)]
    if old == "" and new is None:
        return old
    return new
