"""The windows of a cache are checked as ElastiCache does."""

import pytest

from localcloud.elasticache.checks import check_windows
from localcloud.errors import AwsError

OVERLAP = "The snapshot window and maintenance window must not overlap."


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"SnapshotWindow": "05:00-05:59"}, "Snapshot window must be at least 60 minutes."),
        ({"SnapshotWindow": "05:00-05:00"}, "Snapshot window must be at least 60 minutes."),
        ({"SnapshotWindow": "23:30-00:29"}, "Snapshot window must be at least 60 minutes."),
        ({"SnapshotWindow": "5:00-6:00"}, "Invalid snapshot window format: 5:00-6:00."),
        ({"SnapshotWindow": "24:00-25:00"}, "Invalid snapshot window format: 24:00-25:00."),
        ({"SnapshotWindow": ""}, "Invalid snapshot window format: ."),
        ({"PreferredMaintenanceWindow": "sun:05:00-sun:05:30"}, "Maintenance window must be at least 60 minutes."),
        ({"PreferredMaintenanceWindow": "day:05:00-day:06:00"}, "Invalid maintenance window format: "),
        ({"SnapshotWindow": "23:30-00:30", "PreferredMaintenanceWindow": "mon:00:00-mon:01:00"}, OVERLAP),
        ({"SnapshotWindow": "05:00-06:00", "PreferredMaintenanceWindow": "sat:23:00-sun:05:30"}, OVERLAP),
    ],
)
def test_a_window_that_is_too_short_or_overlaps_is_refused(form: dict[str, str], message: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_windows(form)
    assert refused.value.code == "InvalidParameterValue"
    assert refused.value.message.startswith(message)


def test_windows_of_an_hour_that_do_not_overlap_are_accepted() -> None:
    check_windows({})
    check_windows({"SnapshotWindow": "23:30-00:30", "PreferredMaintenanceWindow": "Sun:00:30-Sun:01:30"})
    check_windows({"SnapshotWindow": "08:00-09:00"}, "05:00-06:00", "sun:11:30-sun:12:30")


def test_a_new_window_is_compared_with_the_present_other_one() -> None:
    for form in ({"SnapshotWindow": "11:00-12:00"}, {"PreferredMaintenanceWindow": "mon:05:30-mon:06:30"}):
        with pytest.raises(AwsError, match="must not overlap"):
            check_windows(form, "05:00-06:00", "sun:11:30-sun:12:30")
