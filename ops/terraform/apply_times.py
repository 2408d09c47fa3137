"""Durations of a workspace's applies: by type of resource and kind of change, stored between applies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.terraform.changes import Action

NAME = "taken.json"
VERBS: Mapping[str, Action] = {"create": Action.CREATE, "update": Action.UPDATE, "delete": Action.DELETE}


@dataclass(slots=True)
class Watch:
    """Terraform's messages by their own times."""

    begun: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None
    running: dict[tuple[str, str], datetime] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def read(self, message: Mapping[str, Any]) -> None:
        try:
            now = datetime.fromisoformat(message["@timestamp"])
        except (KeyError, ValueError, TypeError):
            return
        self.begun = self.begun or now
        kind, hook = message.get("type"), message.get("hook") or {}
        action = str(hook.get("action"))
        if kind not in {"apply_start", "apply_complete"} or action not in VERBS:
            return
        of = hook["resource"]
        if kind == "apply_start":
            self.first = self.first or now
            self.running[of["addr"], action] = now
        elif (since := self.running.pop((of["addr"], action), None)) is not None:
            self.last = now
            key = f"{of['resource_type']} {VERBS[action].value}"
            self.seconds.setdefault(key, []).append((now - since).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyTimes:
    """Measured times. begin_s: before the first change; at_once: how many changes ran in parallel on average."""

    begin_s: float
    at_once: float
    seconds: Mapping[str, float]  # by "aws_lb create": the mean of the last apply that did it

    def of(self, kind: str, action: Action) -> float | None:
        """Return the seconds of one change; None when it was never measured. A replacement is the sum of both parts."""
        if action is not Action.REPLACE:
            return self.seconds.get(f"{kind} {action.value}")
        halves = [self.seconds.get(f"{kind} {each.value}") for each in (Action.DELETE, Action.CREATE)]
        known = [each for each in halves if each is not None]
        return sum(known) if len(known) == len(halves) else None


def read(directory: Path) -> ApplyTimes | None:
    """Return the stored times; None when nothing was measured, or the file cannot be read."""
    try:
        written = json.loads((directory / NAME).read_text())
        seconds = {str(key): float(value) for key, value in written["seconds"].items()}
        return ApplyTimes(begin_s=float(written["begin_s"]), at_once=float(written["at_once"]), seconds=seconds)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep(directory: Path, watch: Watch) -> None:
    """Add an apply's times to the stored ones."""
    if watch.begun is None or watch.first is None or watch.last is None or not watch.seconds:
        return
    earlier = read(directory)
    means = {key: sum(times) / len(times) for key, times in watch.seconds.items()}
    worked = sum(map(sum, watch.seconds.values()))
    lasted = (watch.last - watch.first).total_seconds()
    written = {
        "begin_s": (watch.first - watch.begun).total_seconds(),
        "at_once": max(1.0, worked / lasted) if lasted > 0 else 1.0,
        "seconds": {**(earlier.seconds if earlier else {}), **means},
    }
    (directory / NAME).write_text(json.dumps(written))
