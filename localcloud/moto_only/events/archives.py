"""EventBridge's archives and replays: retention, the time range of a replay, and the rules that receive it."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Event = dict[str, Any]


def patch() -> None:
    """Replace expiry and replay: moto keeps every event for ever, and replays all to all rules."""
    from moto.events.models import Archive, Replay

    archive: Any = Archive
    replay: Any = Replay
    describe_short: Callable[[Any], dict[str, Any]] = archive.describe_short

    def describe(self: object) -> dict[str, object]:
        expire(self)
        return describe_short(self)

    archive.describe_short = describe
    replay.replay_events = replay_events


def expire(archive: Any) -> None:
    """Remove expired events; without a retention the archive keeps everything."""
    if archive.retention:
        oldest = datetime.now(UTC) - timedelta(days=int(archive.retention))
        archive.events[:] = [event for event in archive.events if moment_of(event["time"]) >= oldest]


def replay_events(self: Any, archive: Any) -> None:
    """Send the events of the replay's time to the rules of its bus, or to those that it names."""
    from moto.events.models import ReplayState, events_backends

    expire(archive)
    begin, end = moment_of(self.event_start_time), moment_of(self.event_end_time)
    named = self.destination.get("FilterArns")
    bus = events_backends[self.account_id][self.region].describe_event_bus(self.destination["Arn"].split("/")[-1])
    rules: list[Any] = [rule for rule in bus.rules.values() if not named or rule.arn in named]
    for event in list(archive.events):
        if begin <= moment_of(event["time"]) <= end:
            for rule in rules:
                again: Event = {**event, "id": str(uuid.uuid4()), "replay-name": self.name}
                rule.send_to_targets(again, transform_input=False)
    self.state = ReplayState.COMPLETED
    self.end_time = datetime.now(UTC).timestamp()


def moment_of(value: float | str) -> datetime:
    """Read a time as a request or an event has it: seconds, or text in ISO 8601."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(value), UTC)
