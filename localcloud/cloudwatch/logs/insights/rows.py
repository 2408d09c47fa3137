"""A row of a query: a log event with the fields discovered in it, or a group of events."""

import json
from collections.abc import Iterator
from typing import Protocol

from localcloud.cloudwatch.logs.insights.values import Moment, Value

MOST_FIELDS = 1000
"""AWS discovers this many fields in one event; others are available through parse."""


class Source(Protocol):
    """The part of a log event that a row needs."""

    @property
    def timestamp_ms(self) -> int: ...
    @property
    def ingested_ms(self) -> int: ...
    @property
    def stream(self) -> str: ...
    @property
    def message(self) -> str: ...


class Row:
    """One row. `log` is `<account>:<group>`, `pointer` the event's @ptr; a group's row has no event."""

    __slots__ = ("_event", "_found", "_log", "_pointer", "values")

    def __init__(self, event: Source | None = None, log: str = "", pointer: str = "") -> None:
        self._event = event
        self._log = log
        self._pointer = pointer
        self._found: dict[str, Value] | None = None
        self.values: dict[str, Value] = {}

    @property
    def pointer(self) -> str:
        return self._pointer

    @property
    def time(self) -> Value:
        return None if self._event is None else Moment(self._event.timestamp_ms)

    def get(self, name: str, path: tuple[str, ...]) -> Value:
        """Return a field: set by a command, present on every event, or found in a JSON message; None when missing."""
        if name in self.values:
            return self.values[name]
        if self._event is None:
            return self._inside(path)
        if name.startswith("@"):
            return self._of_event(name)
        if self._found is None:
            self._found = fields_of(self._event.message)
        found = self._found.get(name)
        return self._inside(path) if found is None else found

    def _of_event(self, name: str) -> Value:
        event = self._event
        assert event is not None  # noqa: S101 - the caller has looked
        if name == "@message":
            return event.message
        if name == "@timestamp":
            return Moment(event.timestamp_ms)
        if name == "@ingestionTime":
            return Moment(event.ingested_ms)
        return {"@logStream": event.stream, "@log": self._log, "@ptr": self._pointer}.get(name)

    def _inside(self, path: tuple[str, ...]) -> Value:
        """Return the value of `json.user.name`, where `json` is a result of jsonParse."""
        if len(path) < 2:
            return None
        value = self.values.get(path[0])
        for part in path[1:]:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value


def fields_of(message: str) -> dict[str, Value]:
    """Return the fields of a message that is a JSON object: `user.name`, `items.0.id`. Nulls are left out."""
    if not message.lstrip().startswith("{"):
        return {}
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, Value] = {}
    for name, value in _leaves(document, ""):
        if len(found) == MOST_FIELDS:
            break
        if value is not None:
            found[name] = value
    return found


def _leaves(value: object, name: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = [(str(index), member) for index, member in enumerate(value)]
    else:
        yield name, value
        return
    for key, member in below:
        yield from _leaves(member, f"{name}.{key}" if name else key)
