"""Plans one resource by its schema alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from terraform_provider.values.unknown import UNKNOWN, State

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Planned:
    value: State
    replace_paths: tuple[Path, ...] = ()


def plan(block: Mapping[str, Any], prior: State | None, proposed: State, config: State) -> Planned:
    value = dict(proposed)
    replace: list[Path] = []
    for name, attribute in block.get("attributes", {}).items():
        if value.get(name) is None and config.get(name) is None:
            if "default" in attribute:
                value[name] = attribute["default"]
            elif attribute.get("computed") and prior is None:
                value[name] = UNKNOWN
            elif prior is not None and not prior.get(name):
                value[name] = prior.get(name)  # empty and null are the same
        if prior is not None and attribute.get("force_new") and prior.get(name) != value.get(name):
            replace.append((name,))
    return Planned(value, tuple(replace))
