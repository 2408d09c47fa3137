"""The context of a request: condition keys, whose names ignore case, with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


class Context:
    """Condition keys and their values. A key whose list of values is empty counts as missing."""

    def __init__(self, values: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self._values = {key.lower(): _listed(given) for key, given in (values or {}).items() if _listed(given)}

    def get(self, key: str) -> tuple[str, ...]:
        """Return a key's values; none if the request does not have it."""
        return self._values.get(key.lower(), ())

    def single(self, key: str) -> str | None:
        """Return the value of a key that has exactly one."""
        found = self.get(key)
        return found[0] if len(found) == 1 else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __or__(self, other: Context) -> Context:
        """Return both; `other` decides where both have a key."""
        return Context({**self._values, **other._values})


def _listed(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
