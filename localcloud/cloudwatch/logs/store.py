"""Log events in one SQLite file. Only one thread may use a store."""

import heapq
import itertools
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors import CannotStart
from localcloud.machine.set_aside import set_aside

MAX_EVENTS = 1_000_000
MAX_BYTES = 200_000_000
BESIDE = ("-wal", "-shm")
"""Suffixes of the files that SQLite creates beside the database."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY,
    log_group TEXT NOT NULL,
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    first_ms INTEGER,
    last_ms INTEGER,
    ingested_ms INTEGER,
    UNIQUE (log_group, name)
);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    ingested_ms INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_stream ON events (stream, timestamp_ms, id);
PRAGMA user_version = 1;
"""

_BETWEEN = (
    "SELECT id, timestamp_ms, ingested_ms, message FROM events WHERE stream = ? AND timestamp_ms >= ?"
    " AND timestamp_ms <= ? AND (timestamp_ms, id) > (?, ?) AND (timestamp_ms, id) < (?, ?)"
)
_OLDEST_FIRST = _BETWEEN + " ORDER BY timestamp_ms, id"
_NEWEST_FIRST = _BETWEEN + " ORDER BY timestamp_ms DESC, id DESC"


@dataclass(frozen=True, slots=True)
class Event:
    """One log event; events are ordered by (timestamp_ms, id)."""

    id: int
    stream: str
    timestamp_ms: int
    ingested_ms: int
    message: str

    @property
    def position(self) -> tuple[int, int]:
        return self.timestamp_ms, self.id


def event_id(timestamp_ms: int, number: int) -> str:
    """Return the id with 56 digits, as on AWS."""
    return f"{timestamp_ms:016d}{number:040d}"


@dataclass(frozen=True, slots=True)
class Stream:
    name: str
    created_ms: int
    first_ms: int | None
    last_ms: int | None
    ingested_ms: int | None


@dataclass(frozen=True, slots=True)
class NewEvent:
    group: str
    stream: str
    timestamp_ms: int
    message: str


class LogStore:
    """Stores at most `max_events` events and about `max_bytes`: the oldest are deleted first."""

    def __init__(self, path: Path, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        _remove_obstacle(path)
        try:
            self._connection = _opened(path)
        except sqlite3.OperationalError as error:  # the location is at fault: a full disk, no permission
            raise CannotStart(
                f"{path}: the log events cannot be opened: {error}; check free space and permissions"
            ) from error
        except sqlite3.DatabaseError as error:
            for beside in BESIDE:
                path.with_name(path.name + beside).unlink(missing_ok=True)
            set_aside(path, f"cannot be read: {error}")
            self._connection = _opened(path)
        path.chmod(0o600)
        self._stream_ids: dict[tuple[str, str], int] = {}

    @classmethod
    def reader(cls, path: Path) -> "LogStore":
        """Open another, read-only connection for another thread. Errors: sqlite3.Error."""
        store = object.__new__(cls)
        store._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        store._stream_ids = {}
        return store

    def close(self) -> None:
        self._connection.close()

    def add_stream(self, group: str, name: str, now_ms: int) -> bool:
        """Add a stream; -> True when it is new."""
        added = self._connection.execute(
            "INSERT OR IGNORE INTO streams (log_group, name, created_ms) VALUES (?, ?, ?)", (group, name, now_ms)
        )
        return added.rowcount == 1

    def has_stream(self, group: str, name: str) -> bool:
        return self._stream_id(group, name) is not None

    def delete_stream(self, group: str, name: str) -> bool:
        """Delete a stream; -> True when it existed."""
        stream = self._stream_id(group, name)
        if stream is None:
            return False
        self._delete_streams([stream])
        return True

    def delete_groups_except(self, known: Iterable[str]) -> None:
        """Delete streams and events of all groups not in `known`."""
        kept = set(known)
        rows = self._connection.execute("SELECT id, log_group FROM streams").fetchall()
        self._delete_streams([stream for stream, group in rows if group not in kept])

    def add(self, events: Sequence[NewEvent], now_ms: int) -> int:
        """Store in the given order, creating missing streams; -> the number (id) of the first event."""
        connection = self._connection
        connection.execute("BEGIN")
        try:
            spans: dict[int, tuple[int, int]] = {}
            rows = []
            for event in events:
                stream = self._stream_id(event.group, event.stream)
                if stream is None:
                    self.add_stream(event.group, event.stream, now_ms)
                    stream = self._stream_id(event.group, event.stream)
                assert stream is not None  # noqa: S101 - just made
                first, last = spans.get(stream, (event.timestamp_ms, event.timestamp_ms))
                spans[stream] = (min(first, event.timestamp_ms), max(last, event.timestamp_ms))
                rows.append((stream, event.timestamp_ms, now_ms, event.message))
            connection.executemany(
                "INSERT INTO events (stream, timestamp_ms, ingested_ms, message) VALUES (?, ?, ?, ?)", rows
            )
            connection.executemany(
                "UPDATE streams SET first_ms = min(coalesce(first_ms, ?1), ?1),"
                " last_ms = max(coalesce(last_ms, ?2), ?2), ingested_ms = ?3 WHERE id = ?4",
                [(first, last, now_ms, stream) for stream, (first, last) in spans.items()],
            )
            newest: int = connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
            connection.execute("COMMIT")
        except BaseException:
            self._stream_ids.clear()
            if connection.in_transaction:  # SQLite has rolled back already when the disk is full.
                connection.execute("ROLLBACK")
            raise
        return newest - len(events) + 1

    def streams(self, group: str, prefix: str = "") -> list[Stream]:
        """Return the streams, sorted by name."""
        rows = self._connection.execute(
            "SELECT name, created_ms, first_ms, last_ms, ingested_ms FROM streams"
            " WHERE log_group = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name",
            (group, prefix),
        )
        return [Stream(*row) for row in rows]

    def events(
        self,
        group: str,
        streams: Iterable[str],
        *,
        first_ms: int,
        last_ms: int,
        after: tuple[int, int] | None = None,
        before: tuple[int, int] | None = None,
        newest_first: bool = False,
        limit: int,
    ) -> list[Event]:
        """Return the streams' events with first_ms <= timestamp <= last_ms, beyond a position, ordered by position."""
        walk = self.walk(
            group, streams, first_ms=first_ms, last_ms=last_ms, after=after, before=before, newest_first=newest_first
        )
        return list(itertools.islice(walk, limit))

    def walk(
        self,
        group: str,
        streams: Iterable[str],
        *,
        first_ms: int,
        last_ms: int,
        after: tuple[int, int] | None = None,
        before: tuple[int, int] | None = None,
        newest_first: bool = False,
    ) -> Iterator[Event]:
        """Yield the same events one by one; nothing may be added through this connection meanwhile."""
        names = {identifier: name for name in streams if (identifier := self._stream_id(group, name)) is not None}
        statement = _NEWEST_FIRST if newest_first else _OLDEST_FIRST
        bounds = (
            max(first_ms, after[0] if after else first_ms),
            min(last_ms, before[0] if before else last_ms),
            *(after or (-1, -1)),
            *(before or (2**62, 0)),
        )

        def of_stream(identifier: int, name: str) -> Iterator[Event]:
            for number, timestamp_ms, ingested_ms, message in self._connection.execute(
                statement, (identifier, *bounds)
            ):
                yield Event(number, name, timestamp_ms, ingested_ms, message)

        # One lazy walk of the index per stream, merged: a single query over many streams would sort all their events.
        walks = [of_stream(identifier, name) for identifier, name in names.items()]
        merged = heapq.merge(*walks, key=lambda event: event.position, reverse=newest_first)
        return iter(merged)

    def event(self, number: int) -> tuple[str, Event] | None:
        """Find an event by its id -> (group, event)."""
        row = self._connection.execute(
            "SELECT log_group, events.id, name, timestamp_ms, events.ingested_ms, message FROM events"
            " JOIN streams ON streams.id = stream WHERE events.id = ?",
            (number,),
        ).fetchone()
        return None if row is None else (row[0], Event(*row[1:]))

    def expire(self, group: str, before_ms: int) -> None:
        """Delete a group's events older than `before_ms`."""
        self._connection.execute(
            "DELETE FROM events WHERE timestamp_ms < ? AND stream IN (SELECT id FROM streams WHERE log_group = ?)",
            (before_ms, group),
        )

    def trim(self) -> None:
        """Delete the oldest events beyond the limits."""
        oldest, newest = self._connection.execute(
            "SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM events"
        ).fetchone()
        keep_from = newest - self._max_events
        page_size, pages, free = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        if (used := page_size * (pages - free)) > self._max_bytes:
            keep_from = max(keep_from, newest - int((newest - oldest) * 0.9 * self._max_bytes / used))
        if keep_from >= oldest:
            self._connection.execute("DELETE FROM events WHERE id <= ?", (keep_from,))

    def _delete_streams(self, streams: Sequence[int]) -> None:
        for stream in streams:
            self._connection.execute("DELETE FROM events WHERE stream = ?", (stream,))
            self._connection.execute("DELETE FROM streams WHERE id = ?", (stream,))
        self._stream_ids.clear()

    def _stream_id(self, group: str, name: str) -> int | None:
        known = self._stream_ids.get((group, name))
        if known is None:
            row = self._connection.execute(
                "SELECT id FROM streams WHERE log_group = ? AND name = ?", (group, name)
            ).fetchone()
            if row is None:
                return None
            known = self._stream_ids[group, name] = row[0]
        return known


def _remove_obstacle(path: Path) -> None:
    """Move directories out of the way: SQLite cannot open one."""
    for each in (path, *(path.with_name(path.name + beside) for beside in BESIDE)):
        if each.is_dir():
            set_aside(each, "should be a file: recreated")


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + SCHEMA)
        [(found,), *_] = connection.execute("PRAGMA quick_check(1)")
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
