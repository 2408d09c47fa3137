"""The store of log events."""

from pathlib import Path

from localcloud.cloudwatch.logs.store import LogStore, NewEvent
from localcloud.machine.set_aside import reported_below


def filled(path: Path, count: int, size: int = 1, **bounds: int) -> LogStore:
    store = LogStore(path / "logs.sqlite", **bounds)
    store.add(
        [NewEvent("group", f"stream-{number % 3}", 1000 + number, f"{number}" * size) for number in range(count)], 0
    )
    return store


def kept(store: LogStore) -> list[int]:
    streams = [stream.name for stream in store.streams("group")]
    found = store.events("group", streams, first_ms=0, last_ms=2**40, limit=1_000_000)
    return [event.timestamp_ms - 1000 for event in found]


def test_the_oldest_events_go_beyond_the_number_allowed(tmp_path: Path) -> None:
    store = filled(tmp_path, 20, max_events=5)
    store.trim()
    assert kept(store) == [15, 16, 17, 18, 19]
    store.close()


def test_the_oldest_events_go_beyond_the_size_allowed(tmp_path: Path) -> None:
    store = filled(tmp_path, 2_000, size=250, max_bytes=500_000)
    before = len(kept(store))
    store.trim()
    left = kept(store)
    assert 0 < len(left) < before / 2
    assert left == list(range(before - len(left), before))
    store.close()


def test_a_store_within_its_bounds_keeps_all(tmp_path: Path) -> None:
    store = filled(tmp_path, 20)
    store.trim()
    assert kept(store) == list(range(20))
    store.close()


def test_a_file_that_is_not_a_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "logs.sqlite"
    path.write_bytes(b"not a database" * 1000)
    kept = LogStore(path)
    kept.add_stream("group", "stream", 1)
    kept.close()
    assert reported_below(tmp_path)[0].startswith(f"{path}.set-aside: cannot be read")
    assert (tmp_path / "logs.sqlite.set-aside").read_bytes() == b"not a database" * 1000
