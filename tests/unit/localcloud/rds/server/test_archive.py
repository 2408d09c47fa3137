"""The moment up to which the archived log reaches."""

import os
from pathlib import Path

import pytest

from localcloud.rds.server.archive import ACKNOWLEDGED_WITHIN_S, QUIET_S, Archive

FIRST, SECOND, THIRD = (f"00000001{0:08X}{number:08X}" for number in (1, 2, 3))
TIMEOUT_S = 10


class Server:
    """An archive and the directory of a server's own log, with the times that a server would leave."""

    def __init__(self, directory: Path) -> None:
        self.log = directory / "pg_wal"
        (self.log / "archive_status").mkdir(parents=True)
        self.archive = Archive(directory / "backups" / "wal", TIMEOUT_S)
        self.archive.prepare()

    def writes(self, segment: str, at: float) -> None:
        touch(self.log / segment, at)

    def archives(self, segment: str, at: float) -> None:
        self.writes(segment, at)
        touch(self.archive.path(segment), at)

    def until(self, now: float) -> float | None:
        until = self.archive.archived_until(self.log, now)
        return None if until is None else until + ACKNOWLEDGED_WITHIN_S


def touch(path: Path, at: float) -> None:
    path.write_text("")
    os.utime(path, (at, at))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_nothing_is_archived_at_first(server: Server) -> None:
    server.writes(FIRST, 100)
    assert server.until(200) is None


def test_while_nothing_was_written_since_it_reaches_to_now(server: Server) -> None:
    server.archives(FIRST, 100)
    assert server.until(500) == 500
    touch(server.log / THIRD, 50)  # a segment to be reused: its last write was long ago
    assert server.until(500) == 500


def test_a_change_that_is_not_archived_keeps_it_at_the_last_closed_segment(server: Server) -> None:
    server.archives(FIRST, 100)
    server.writes(SECOND, 150)
    assert server.until(151) == 100
    server.archives(SECOND, 150)
    assert server.until(161) == 161


def test_what_postgresql_does_not_close_a_segment_for_was_no_change(server: Server) -> None:
    server.archives(FIRST, 100)
    server.writes(SECOND, 150)
    assert server.until(150 + TIMEOUT_S + QUIET_S) == 100
    assert server.until(150 + TIMEOUT_S + QUIET_S + 1) == 150 + TIMEOUT_S + QUIET_S + 1


def test_a_segment_that_waits_to_be_archived_is_not_counted(server: Server) -> None:
    server.archives(FIRST, 100)
    server.writes(SECOND, 150)
    touch(server.log / "archive_status" / f"{SECOND}.ready", 150)
    assert server.until(1000) == 100


def test_after_the_end_of_the_server_it_reaches_to_that(server: Server) -> None:
    server.archives(FIRST, 100)
    server.writes(SECOND, 150)  # the last checkpoint
    server.archive.all_until(server.log, 151)
    assert server.archive.archived_until(None, 900) == 151 - ACKNOWLEDGED_WITHIN_S
    touch(server.log / "archive_status" / f"{SECOND}.ready", 200)
    server.archive.all_until(server.log, 200)
    assert server.archive.archived_until(None, 900) == 151 - ACKNOWLEDGED_WITHIN_S


def test_only_whole_segments_count_and_older_ones_can_be_dropped(server: Server) -> None:
    for segment in (FIRST, SECOND, THIRD):
        server.archives(segment, 100)
    touch(server.archive.directory / f"{THIRD[:-1]}4.part", 300)
    touch(server.archive.path(f"{SECOND}.00000028.backup"), 300)
    touch(server.archive.path("00000002.history"), 300)
    assert set(server.archive.segments()) == {FIRST, SECOND, THIRD}
    server.archive.drop_before(SECOND)
    assert set(server.archive.segments()) == {SECOND, THIRD}
