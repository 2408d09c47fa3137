"""Requests of a JSON service generated from its model: valid ones, and wrong ones of every kind."""

import random
from collections.abc import Mapping
from typing import Any

WRONG: tuple[Any, ...] = (
    None,
    "",
    "x" * 3000,
    -1,
    2**70,
    1.5,
    True,
    [],
    {},
    [None],
    {"a": {}},
    "\ud800",
    "\0",
    "é*: $",
)
WRONG_ONE_IN = 8
OPTIONAL_ONE_IN = 2


class Requests:
    """`known`: a member's name, in lower case -> values that name what exists."""

    def __init__(self, seed: int, known: Mapping[str, tuple[Any, ...]]) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same requests for the same seed
        self._known = known

    def of(self, shape: Any) -> dict[str, Any]:
        """Build one request."""
        found = self._structure(shape) if shape is not None else {}
        if self._one_in(20):
            found[self._random.choice(["nextToken", "Unknown"])] = self._random.choice(
                ["AAAA", "f/1/2", "b/9/9", "e30="]
            )
        return found

    def _structure(self, shape: Any) -> dict[str, Any]:
        wanted = {
            name: member
            for name, member in shape.members.items()
            if (name in shape.required_members and not self._one_in(15)) or self._one_in(OPTIONAL_ONE_IN)
        }
        return {name: self._value(member, name) for name, member in wanted.items() if name != "nextToken"}

    def _value(self, shape: Any, name: str) -> Any:
        if self._one_in(WRONG_ONE_IN):
            return self._random.choice(WRONG)
        if name.lower() in self._known and not self._one_in(5):
            return self._random.choice(self._known[name.lower()])
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape)
        if kind == "list":
            return [self._value(shape.member, name) for _ in range(self._random.choice([0, 1, 1, 2, 60]))]
        if kind == "map":
            return {f"k{number}": self._value(shape.value, name) for number in range(self._random.choice([0, 1, 2]))}
        if kind == "string":
            return self._random.choice(shape.enum) if shape.enum else self._text(shape)
        if kind in ("integer", "long"):
            low, high = shape.metadata.get("min", -2), shape.metadata.get("max", 10**13)
            return self._random.choice([low, low + 1, high, high + 1, 1_700_000_000_000])
        if kind == "boolean":
            return self._random.choice([True, False])
        return self._random.choice([0, 1.5, 1_700_000_000])

    def _text(self, shape: Any) -> str:
        return self._random.choice(
            ["a", "b/c", "/ecs/x", "1", "{}", "ERROR", "[", "{ $.a = 1 }", "arn:aws:s3:::b", "*"]
        )

    def _one_in(self, count: int) -> bool:
        return self._random.randrange(count) == 0
