"""The windows of an instance: their form, and when AWS Backup avoids them."""

from datetime import UTC, datetime

import pytest

from localcloud.rds.requests import windows

BACKUP, MAINTENANCE = "09:00-10:00", "sun:10:30-sun:11:30"
SUNDAY, MONDAY = (2026, 11, 29), (2026, 11, 30)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "words"),
    [
        (MONDAY, 7, 59, ""),
        (MONDAY, 8, 0, windows.TOO_CLOSE_TO_BACKUP),
        (MONDAY, 9, 59, windows.TOO_CLOSE_TO_BACKUP),
        (MONDAY, 10, 0, ""),
        (MONDAY, 10, 30, ""),
        (SUNDAY, 9, 29, windows.TOO_CLOSE_TO_BACKUP),
        (SUNDAY, 9, 30, windows.TOO_CLOSE_TO_MAINTENANCE),
        (SUNDAY, 10, 30, windows.TOO_CLOSE_TO_MAINTENANCE),
        (SUNDAY, 11, 29, windows.TOO_CLOSE_TO_MAINTENANCE),
        (SUNDAY, 11, 30, ""),
    ],
)
def test_no_backup_begins_within_a_window_or_in_the_hour_before(
    day: tuple[int, int, int], hour: int, minute: int, words: str
) -> None:
    assert windows.why_no_backup(datetime(*day, hour, minute, tzinfo=UTC), BACKUP, MAINTENANCE) == words


def test_a_window_may_go_over_midnight_and_over_the_end_of_the_week() -> None:
    assert windows.why_no_backup(datetime(2026, 11, 30, 0, 10, tzinfo=UTC), "23:45-00:15", MAINTENANCE)
    assert windows.why_no_backup(datetime(2026, 11, 30, 0, 10, tzinfo=UTC), BACKUP, "sun:23:45-mon:00:15")
    assert not windows.why_no_backup(datetime(2026, 11, 30, 0, 20, tzinfo=UTC), BACKUP, "sun:23:45-mon:00:15")


@pytest.mark.parametrize("text", ["9:00-10:00", "09:00-09:10", "09:00", "24:00-01:00", ""])
def test_what_is_not_a_backup_window(text: str) -> None:
    assert windows.backup_window(text) is None


@pytest.mark.parametrize("text", ["10:30-11:30", "sun:10:30-sun:10:40", "day:10:30-day:11:30", "sun:10:30-tue:11:30"])
def test_what_is_not_a_maintenance_window(text: str) -> None:
    assert windows.maintenance_window(text) is None


def test_windows_that_meet() -> None:
    backup, maintenance = windows.backup_window("23:30-00:30"), windows.maintenance_window("mon:00:00-mon:00:30")
    later = windows.maintenance_window("mon:00:30-mon:01:30")
    assert backup and maintenance and later
    assert backup.meets(maintenance) and maintenance.meets(backup)
    assert not backup.meets(later) and not later.meets(backup)


OVERLAP = "The backup window and maintenance window must not overlap."


@pytest.mark.parametrize(
    ("maintenance", "backup", "why"),
    [
        ("mon:00:00-mon:03:00", "03:00-06:00", None),  # they touch
        ("Mon:03:00-Mon:06:00", "02:00-03:00", None),
        ("mon:23:30-tue:00:00", "00:00-00:30", None),
        ("mon:00:00-mon:03:00", "02:59-06:00", OVERLAP),
        ("sun:23:00-mon:01:00", "00:30-01:30", OVERLAP),
        ("mon:22:00-tue:20:00", "21:00-21:30", None),
        ("mon:22:00-tue:20:00", "12:00-12:30", OVERLAP),
        ("mon:03:00-mon:03:29", "12:00-12:30", "The maintenance window must be at least 30 minutes."),
        ("mon:03:00-tue:03:00", "", "Maintenance window must be less than 24 hours."),
        ("mon:3:00-mon:04:00", "12:00-12:30", "Invalid maintenance window format: mon:3:00-mon:04:00."),
    ],
)
def test_the_two_windows_of_an_instance_may_touch_but_not_overlap(
    maintenance: str, backup: str, why: str | None
) -> None:
    conflict = windows.conflict(maintenance, backup)
    assert conflict is None if why is None else conflict is not None and conflict.startswith(why)


@pytest.mark.parametrize("given", [f"{hour:02}:00-{(hour + 6) % 24:02}:00" for hour in range(24)])
def test_a_window_that_is_not_given_is_chosen_beside_the_other(given: str) -> None:
    maintenance, backup = windows.chosen(None, given)
    assert (backup, windows.conflict(maintenance, backup)) == (given, None)
    begin, _, end = given.partition("-")
    of_a_day = f"fri:{begin}-{'sat' if end < begin else 'fri'}:{end}"
    maintenance, backup = windows.chosen(of_a_day, None)
    assert (maintenance, windows.conflict(maintenance, backup)) == (of_a_day, None)
