"""Backups' settings are checked as RDS does."""

import pytest

from localcloud.errors import AwsError
from localcloud.rds.requests.checks import check_backups


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("09:00-09:29", "The backup window must be at least 30 minutes."),
        ("09:00-09:00", "The backup window must be at least 30 minutes."),
        ("23:50-00:10", "The backup window must be at least 30 minutes."),
        ("9:00-10:00", "Invalid backup window format: 9:00-10:00."),
        ("sun:09:00-sun:10:00", "Invalid backup window format: sun:09:00-sun:10:00."),
        ("", "Invalid backup window format: ."),
    ],
)
def test_a_backup_window_that_rds_refuses_is_refused(window: str, message: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_backups({"PreferredBackupWindow": window})
    assert refused.value.code == "InvalidParameterValue"
    assert refused.value.message.startswith(message)


def test_a_backup_window_of_half_an_hour_is_accepted() -> None:
    check_backups({"PreferredBackupWindow": "23:45-00:15"})
    check_backups({})
