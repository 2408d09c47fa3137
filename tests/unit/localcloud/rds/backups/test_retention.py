"""Retention: which backups are kept, and which one restores a moment."""

from datetime import UTC, datetime, timedelta

import pytest

from localcloud.rds.backups.retention import Base, Window, base_for, gap, plan, position, segment, window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(hours=1)  # as at speed 24
GIB = 1024**3


def base(hours_ago: float, *, size: int = 1) -> Base:
    return Base(
        snapshot=f"rds:main-{hours_ago}",
        restorable_from=NOW - timedelta(hours=hours_ago),
        first_segment=log_name(hours_ago),
        size=size,
    )


def log_name(hours_ago: float) -> str:
    return f"00000001{0:08X}{round(200 - hours_ago * 2):08X}"


def test_segments_are_named_as_postgresql_names_them() -> None:
    assert segment(1, position("0/2000028")) == "000000010000000000000002"
    assert segment(2, position("1/FF000000")) == "0000000200000001000000FF"
    assert segment(2, position("2/0")) == "000000020000000200000000"


def test_a_gap_in_the_log_is_found_also_where_the_names_carry_over() -> None:
    whole = ["0000000100000000000000FE", "0000000100000000000000FF", "000000010000000100000000"]
    assert gap(whole, whole[0]) == ""
    assert gap(whole, whole[1]) == ""
    assert gap([whole[0], whole[2]], whole[0]) == whole[1]
    assert gap(whole[1:], whole[0]) == whole[0]
    assert gap([], whole[0]) == ""


def test_a_moment_is_reached_from_the_last_base_backup_before_it() -> None:
    bases = [base(3), base(1), base(2)]
    assert base_for(bases, NOW) == base(1)
    assert base_for(bases, NOW - timedelta(hours=1)) == base(1)
    assert base_for(bases, NOW - timedelta(hours=1, seconds=1)) == base(2)
    assert base_for(bases, NOW - timedelta(hours=4)) is None


def test_the_window_is_from_the_oldest_backup_or_the_retention_period_to_the_end_of_the_log() -> None:
    horizon = NOW - timedelta(hours=2)
    assert window([base(1)], NOW, horizon) == Window(NOW - timedelta(hours=1), NOW)
    assert window([base(3), base(1)], NOW, horizon) == Window(horizon, NOW)
    assert window([], NOW, horizon) is None
    assert window([base(1)], None, horizon) is None
    assert window([base(1)], NOW - timedelta(hours=1, seconds=1), horizon) is None


def test_the_first_backup_is_taken_at_once_and_the_next_after_a_day() -> None:
    def takes(*bases: Base) -> bool:
        return plan(bases, {}, now=NOW, day=DAY, retention_days=7).take

    assert takes()
    assert not takes(base(0.5))
    assert not takes(base(5), base(0.99))
    assert takes(base(1))


def test_the_backup_before_the_retention_period_stays_for_its_first_day() -> None:
    bases = [base(hours) for hours in (0.5, 1.5, 2.5, 3.5, 4.5)]
    found = plan(bases, {}, now=NOW, day=DAY, retention_days=2)
    assert list(found.drop) == [base(4.5), base(3.5)]
    assert found.log_from == base(2.5).first_segment


@pytest.mark.parametrize(("log_gib", "dropped"), [(0.1, 0), (0.9, 1), (1.9, 2)])
def test_older_backups_go_early_rather_than_fill_the_disk(log_gib: float, dropped: int) -> None:
    bases = [base(hours, size=GIB // 10) for hours in (2.5, 1.5, 0.5)]
    log = {each.first_segment: round(log_gib * GIB) for each in bases}
    found = plan(bases, log, now=NOW, day=DAY, retention_days=7, limit_bytes=2 * GIB)
    assert list(found.drop) == bases[:dropped]
    assert found.log_from == bases[dropped].first_segment


def test_much_log_since_the_last_backup_asks_for_another_and_the_newest_is_never_dropped() -> None:
    newest = base(0.5, size=3 * GIB)
    large = plan([newest], {newest.first_segment: 2 * GIB}, now=NOW, day=DAY, retention_days=7, limit_bytes=2 * GIB)
    assert (large.take, list(large.drop)) == (True, [])
    small = plan([newest], {newest.first_segment: GIB // 2}, now=NOW, day=DAY, retention_days=7, limit_bytes=2 * GIB)
    assert (small.take, list(small.drop)) == (False, [])
