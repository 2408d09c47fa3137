"""Cache events in ElastiCache's words, stored for 14 days and reported by DescribeEvents.

The words are those of "Event Notifications and Amazon SNS" and "Viewing ElastiCache events" in its user guide, and of
TestFailover in its API reference; those for the deletion of a group and for disabled failover are modelled on them.
AWS's event for a change of the AUTH token is not known, so there is none.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.clock import Clock
from localcloud.machine.files import write_json

log = logging.getLogger(__name__)

KEPT = timedelta(days=14)
CLUSTER, GROUP = "cache-cluster", "replication-group"
NODE = "0001"
"""Each Redis cluster has this one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event. `number` increases; a marker names one."""

    number: int
    source_type: str
    source: str
    message: str
    at: datetime

    def as_json(self) -> dict[str, object]:
        """Return the form stored on disk."""
        return {
            "number": self.number,
            "source_type": self.source_type,
            "source": self.source,
            "message": self.message,
            "at": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The clusters of a cache: those of a replication group, primary first, or the lone cluster itself."""

    name: str
    is_group: bool
    zones: Mapping[str, str]  # by cluster
    fails_over: bool = False
    node_type: str = ""

    @property
    def primary(self) -> str:
        return next(iter(self.zones), self.name)


class Events:
    """The events in one file, newest last."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._events: list[Event] = []

    def start(self) -> None:
        self._events = stored_files.read(self._path, _events, "the events start empty") or []

    def newest_first(self) -> list[Event]:
        oldest = self._clock.wall() - KEPT
        return [each for each in reversed(self._events) if each.at >= oldest]

    def created(self, cache: Members) -> None:
        for cluster, zone in cache.zones.items():
            added = f"Added cache node {NODE} in availability zone {zone}"
            self._add(CLUSTER, cluster, "Cache cluster created", added)
        if cache.is_group:
            self._add(GROUP, cache.name, f"Replication group {cache.name} created")
            if cache.fails_over:
                self._record_failover(cache)

    def deleted(self, cache: Members) -> None:
        for cluster in cache.zones:
            self._add(CLUSTER, cluster, "Cache cluster deleted")
        if cache.is_group:
            self._add(GROUP, cache.name, f"Replication group {cache.name} deleted")

    def modified(self, before: Members, after: Members) -> None:
        """Add events for what differs."""
        if after.node_type != before.node_type:
            self._add(GROUP, after.name, f"Succeeded applying modification to cache node type to {after.node_type}.")
        if after.fails_over != before.fails_over:
            self._record_failover(after)

    def failed_over(self, group: str, node_group: str, primary: str, replica: str) -> None:
        done = f"Failover from primary node {primary} to replica node {replica} completed"
        self._add(GROUP, group, f"Test Failover API called for node group {node_group}")
        self._add(CLUSTER, primary, done)
        self._add(GROUP, group, done)
        self.recovering(primary)
        self.recovered(primary)

    def rebooted(self, cluster: str) -> None:
        self._add(CLUSTER, cluster, f"Cache node {NODE} shutdown", f"Cache node {NODE} restarted")

    def recovering(self, cluster: str) -> None:
        self._add(CLUSTER, cluster, f"Recovering cache nodes {NODE}")

    def recovered(self, cluster: str) -> None:
        self._add(CLUSTER, cluster, f"Finished recovery for cache nodes {NODE}")

    def snapshot_taken(self, snapshot: str, cluster: str) -> None:
        reported = f"Snapshot succeeded for snapshot with ID '{snapshot}' of cache cluster with ID '{cluster}'"
        self._add(CLUSTER, cluster, reported)

    def _record_failover(self, group: Members) -> None:
        turned = "on" if group.fails_over else "off"
        self._add(GROUP, group.name, f"Automatic failover has been turned {turned} for replication group {group.name}")

    def _add(self, source_type: str, source: str, *messages: str) -> None:
        """Add events. The changes have happened: a full disk does not undo them, and the next event is stored again."""
        self._events = self.newest_first()[::-1]
        for message in messages:
            number = self._events[-1].number + 1 if self._events else 1
            at = self._clock.wall()
            self._events.append(Event(number=number, source_type=source_type, source=source, message=message, at=at))
        try:
            write_json(self._path, [each.as_json() for each in self._events])
        except OSError as error:
            log.error("An event was not stored: %s", error, extra={"action": "event_not_kept", "source": source})


def _events(content: bytes) -> list[Event]:
    return [stored_files.restore(Event, each) for each in json.loads(content)]
