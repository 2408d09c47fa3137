"""A Logs Insights query that runs in its own thread, and its results."""

import heapq
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.cloudwatch.logs.insights.engine import Outcome, run
from localcloud.cloudwatch.logs.insights.rows import Row
from localcloud.cloudwatch.logs.insights.syntax import Query
from localcloud.cloudwatch.logs.operations.pointers import pointer
from localcloud.cloudwatch.logs.store import Event, LogStore

TIMEOUT_S = 3600.0
ENDED = ("Complete", "Failed", "Cancelled", "Timeout")


class Stopped(Exception):
    """The query was stopped or took too long."""


@dataclass(kw_only=True)
class RunningQuery:
    """`groups`: key in the store -> group name. Times in milliseconds, both inclusive."""

    id: str
    text: str
    query: Query
    region: str
    account_id: str
    groups: Mapping[str, str]
    first_ms: int
    last_ms: int
    limit: int | None
    created_ms: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    status: str = "Scheduled"
    outcome: Outcome = field(default_factory=Outcome)
    scanned: int = 0
    scanned_bytes: int = 0
    ended_ms: int | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    def stop(self) -> None:
        """Stop at the next event."""
        self.status = "Cancelled"
        self._stop.set()

    def run(self, path: Path) -> None:
        """Read the store and evaluate the query. Runs in its own thread."""
        deadline = time.monotonic() + TIMEOUT_S
        if self._stop.is_set():
            return
        self.status = "Running"
        try:
            store = LogStore.reader(path)
            try:
                outcome = run(self.query, self._rows(store, deadline), self.limit)
            finally:
                store.close()
        except Stopped:
            self.status = "Cancelled" if self._stop.is_set() else "Timeout"
        except BaseException:
            self.status = "Failed"
            raise
        else:
            self.outcome = outcome
            self.status = "Cancelled" if self._stop.is_set() else "Complete"
        finally:
            self.ended_ms = time.time_ns() // 1_000_000

    def _rows(self, store: LogStore, deadline: float) -> Iterator[Row]:
        """Yield the events of all groups merged, newest first."""
        walks = [self._of_group(store, key, name) for key, name in self.groups.items()]
        for _, event, name in heapq.merge(*walks, key=lambda each: each[0], reverse=True):
            if self._stop.is_set() or time.monotonic() > deadline:
                raise Stopped
            self.scanned += 1
            self.scanned_bytes += len(event.message.encode(errors="replace"))
            yield Row(event, f"{self.account_id}:{name}", pointer(event.id))

    def _of_group(self, store: LogStore, key: str, name: str) -> Iterator[tuple[tuple[int, int], Event, str]]:
        streams = [stream.name for stream in store.streams(key)]
        events = store.walk(key, streams, first_ms=self.first_ms, last_ms=self.last_ms, newest_first=True)
        return ((event.position, event, name) for event in events)
