"""Parameters of an operation, generated from its model: some valid, some wrong in one place. The seed decides."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Known = Mapping[str, Sequence[Any]]
"""Name of a member, at whatever place -> values that name something there is."""

DEEP = 4
WRONG_TEXTS = ("", " ", "x", "no-such-thing", "arn:aws:nothing", "Ω☃", "a" * 3000, "-", "../../etc/passwd", "'\"<&>")
WRONG_NUMBERS = (-1, 0, 2**31 - 1, -(2**31))
WRONG_KINDS = ("not-a-number", True, -1.5)


class Inputs:
    """Makes parameters. `known` values are taken as often as made-up ones."""

    def __init__(self, rng: random.Random, known: Known) -> None:
        self._rng = rng
        self._known = known

    def right(self, shape: Any, name: str = "", deep: int = 0) -> Any:
        """A value that the model allows."""
        if name in self._known and self._rng.random() < 0.6:
            return self._rng.choice(list(self._known[name]))
        match shape.type_name:
            case "structure":
                return self._structure(shape, deep)
            case "list":
                least = max(1, shape.metadata.get("min", 0))
                return [self.right(shape.member, name, deep + 1) for _ in range(least)]
            case "map":
                return {self.right(shape.key, "", deep + 1): self.right(shape.value, "", deep + 1)}
            case "integer" | "long":
                return self._number(shape)
            case "double" | "float":
                return self._rng.choice([0.5, 1.0, 60.0])
            case "boolean":
                return self._rng.random() < 0.5
            case "timestamp":
                return datetime(2026, 1, self._rng.randint(1, 28), tzinfo=UTC)
            case "blob":
                return b"bytes"
        return self._text(shape, name)

    def spoiled(self, shape: Any) -> Any:
        """A value with one thing wrong: a member missing, empty, unknown, out of its range or of another kind."""
        value = self.right(shape)
        places = list(_places(shape, value))
        if not places:
            return value
        holder, name, member = self._rng.choice(places)
        required = [each for each in places if each[1] in getattr(shape, "required_members", ())]
        if required and self._rng.random() < 0.3:
            holder, name, _ = self._rng.choice(required)
            del holder[name]
            return value
        holder[name] = self._wrong(member)
        return value

    def _structure(self, shape: Any, deep: int) -> dict[str, Any]:
        optional = [name for name in shape.members if name not in shape.required_members]
        share = 0.15 if deep < DEEP else 0.0
        if getattr(shape, "is_tagged_union", False) and optional:
            wanted = [self._rng.choice(optional)]
        else:
            wanted = [name for name in optional if self._rng.random() < share]
        return {name: self.right(shape.members[name], name, deep + 1) for name in [*shape.required_members, *wanted]}

    def _number(self, shape: Any) -> int:
        low = int(shape.metadata.get("min", 0))
        high = int(shape.metadata.get("max", max(low, 100)))
        return self._rng.randint(low, min(high, low + 1000))

    def _text(self, shape: Any, name: str) -> str:
        if shape.enum:
            return str(self._rng.choice(shape.enum))
        least = int(shape.metadata.get("min", 1))
        text = self._rng.choice(["fuzz", "fuzz-one", "fuzz-two", "Fuzz_Three", name or "fuzz"])
        return text.ljust(least, "a")[: int(shape.metadata.get("max", 3000))]

    def _wrong(self, shape: Any) -> Any:
        match shape.type_name:
            case "integer" | "long":
                return self._rng.choice([*WRONG_NUMBERS, *WRONG_KINDS])
            case "list":
                return self._rng.choice([[], [self.right(shape.member)] * 101])
            case "structure":
                return {}
            case "boolean" | "timestamp" | "double" | "float":
                return self._rng.choice(["", "maybe"])
        return self._rng.choice(WRONG_TEXTS)


def _places(shape: Any, value: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Yield each member with what contains it: (structure or list, name or index, shape)."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, below in list(value.items()):
            yield value, name, shape.members[name]
            yield from _places(shape.members[name], below)
    elif shape.type_name == "list" and isinstance(value, list):
        for index, below in enumerate(value):
            yield value, index, shape.member
            yield from _places(shape.member, below)
