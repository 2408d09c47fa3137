"""Computes Terraform's proposal to a provider: the configuration, with values that the provider computed before."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import UNKNOWN, Value

Block = Mapping[str, Any]


def proposed(block: Block, prior: Value, config: Mapping[str, Value]) -> dict[str, Value]:
    before = prior or {}
    made = {
        name: before.get(name) if each.get("computed") and config.get(name) is None else config.get(name)
        for name, each in block.get("attributes", {}).items()
    }
    for name, nested in block.get("block_types", {}).items():
        made[name] = proposed_blocks(nested, before.get(name), config.get(name))
    return made


def proposed_blocks(nested: Block, prior: Value, config: Value) -> Value:
    if config is None or config is UNKNOWN:
        return config
    block = nested["block"]
    if nested["nesting_mode"] == "list":
        before = prior if isinstance(prior, list) else []
        return [
            proposed(block, before[number] if number < len(before) else None, each)
            for number, each in enumerate(config)
        ]
    if nested["nesting_mode"] == "set":
        left = list(prior) if isinstance(prior, list) else []
        return [proposed(block, taken(block, left, each), each) for each in config]
    return proposed(block, prior, config)


def taken(block: Block, left: list[Value], config: Mapping[str, Value]) -> Value:
    """Remove from `left` the element that may be the configuration's element before the change."""
    for number, each in enumerate(left):
        if each is not UNKNOWN and proposed(block, each, config) == each:
            return left.pop(number)
    return None
