"""The windows in which RDS itself works on an instance: daily backup and weekly maintenance. Pure; times are UTC."""

from datetime import UTC, datetime, timedelta

from localcloud.protocol.windows import DAY, Window, daily, weekly

CLEAR_BEFORE = 60
"""Minutes before a window in which AWS Backup does not begin either: RDS's own work has priority."""
SHORTEST = 30
"""Minutes."""

TOO_CLOSE_TO_MAINTENANCE = (
    "Backup job could not start because it is either inside or too close to the weekly maintenance window configured "
    "in RDS instance."
)
TOO_CLOSE_TO_BACKUP = (
    "Backup job could not start because it is either inside or too close to the automated backup window configured "
    "in RDS instance."
)


def backup_window(text: str) -> Window | None:
    """Parse `hh24:mi-hh24:mi`; None for another form or a window that is too short."""
    found = daily(text)
    return found if found is not None and found.length >= SHORTEST else None


def maintenance_window(text: str) -> Window | None:
    """Parse `ddd:hh24:mi-ddd:hh24:mi`; None as for `backup_window`, and for a window of a day or more."""
    found = weekly(text)
    return found if found is not None and SHORTEST <= found.length < DAY else None


def why_no_backup(moment: datetime, backup: str, maintenance: str) -> str:
    """Return AWS Backup's error when a job for an instance with these windows may not begin at `moment`; else empty."""
    at = moment.astimezone(UTC)
    minute = int((at - at.replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(minutes=1))
    minute += at.weekday() * DAY
    for window, words in (
        (maintenance_window(maintenance), TOO_CLOSE_TO_MAINTENANCE),
        (backup_window(backup), TOO_CLOSE_TO_BACKUP),
    ):
        if window is not None and window.holds(minute, CLEAR_BEFORE):
            return words
    return ""
