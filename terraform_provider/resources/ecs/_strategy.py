"""A strategy of capacity providers: the provider's blocks, and ECS's."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.values.unknown import State


def request(blocks: Iterable[State] | None) -> list[dict[str, Any]]:
    return [
        {
            "capacityProvider": each["capacity_provider"],
            "weight": each["weight"] or 0,
            **({"base": each["base"]} if each["base"] else {}),
        }
        for each in blocks or ()
    ]


def as_blocks(found: Iterable[Mapping[str, Any]] | None) -> list[State]:
    return [
        {
            "base": each.get("base", 0),
            "capacity_provider": each["capacityProvider"],
            "weight": each.get("weight", 0),
        }
        for each in found or ()
    ]
