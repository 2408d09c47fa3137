"""The windows in which RDS itself works on an instance: daily backup and weekly maintenance. Pure; times are UTC."""

from datetime import UTC, datetime, timedelta

from localcloud.protocol.windows import DAY, Window, daily, weekly

CLEAR_BEFORE = 60
"""Minutes before a window in which AWS Backup does not begin either: RDS's own work has priority."""
SHORTEST = 30
"""Minutes."""
MAINTENANCE = tuple(f"wed:{hour:02}:38-wed:{hour + 1:02}:08" for hour in (6, 14, 22))
BACKUP = tuple(f"{hour:02}:14-{hour:02}:44" for hour in (13, 21, 5))
"""The windows that RDS may choose, the first that fits."""

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


def conflict(maintenance: str, backup: str) -> str | None:
    """Return RDS's error for the two windows of an instance; None when they are valid. Windows that touch are valid."""
    weekly_found, daily_found = weekly(maintenance), daily(backup)
    if weekly_found is None:
        return (
            f"Invalid maintenance window format: {maintenance}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi "
            "(24H Clock UTC). Example: Sun:23:45-Mon:00:15"
        )
    if daily_found is not None and daily_found.meets(weekly_found):
        return "The backup window and maintenance window must not overlap."
    if weekly_found.length < SHORTEST:
        return f"The maintenance window must be at least {SHORTEST} minutes."
    return None if weekly_found.length < DAY else "Maintenance window must be less than 24 hours."


def chosen(maintenance: str | None, backup: str | None) -> tuple[str, str]:
    """Return both windows of a new instance: RDS chooses half an hour for one that is not given, beside the other."""
    for weekly_default in (maintenance,) if maintenance else MAINTENANCE:
        for daily_default in (backup,) if backup else BACKUP:
            if conflict(weekly_default, daily_default) is None:
                return weekly_default, daily_default
    return maintenance or MAINTENANCE[0], backup or BACKUP[0]


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
