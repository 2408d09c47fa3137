"""Runs queries of Logs Insights over a few events, for tests."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.cloudwatch.logs.insights.engine import Outcome, run
from localcloud.cloudwatch.logs.insights.parser import parsed
from localcloud.cloudwatch.logs.insights.rows import Row

START_MS = 1_700_000_100_000
"""2023-11-14 22:15:00 UTC."""


@dataclass(frozen=True)
class Event:
    message: str
    timestamp_ms: int = START_MS
    ingested_ms: int = START_MS + 5
    stream: str = "backend/access/1"


def outcome(query: str, messages: Sequence[Any], *, every_ms: int = 60_000, limit: int | None = None) -> Outcome:
    """Query messages given oldest first; anything but a str becomes a line of JSON."""
    lines = [message if isinstance(message, str) else json.dumps(message) for message in messages]
    events = [Event(line, START_MS + number * every_ms) for number, line in enumerate(lines)]
    rows = [Row(event, "123456789012:/ecs/backend", f"pointer-{number}") for number, event in enumerate(events)]
    return run(parsed(query), reversed(rows), limit)


def answer(query: str, messages: Sequence[Any], **more: Any) -> list[dict[str, str]]:
    """Return the rows, without their pointers."""
    rows = outcome(query, messages, **more).rows
    return [{name: value for name, value in row if name != "@ptr"} for row in rows]


def values(query: str, messages: Sequence[Any], **more: Any) -> list[Any]:
    """Return the response's only column."""
    found = answer(query, messages, **more)
    assert all(len(row) <= 1 for row in found), found
    return [next(iter(row.values()), None) for row in found]
