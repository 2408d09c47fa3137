"""Moments as budgets write them: 2025-01-31_00:00, in UTC."""

from datetime import UTC, datetime

LAYOUT = "%Y-%m-%d_%H:%M"


def moment(text: str) -> datetime:
    """Parse a time as Budgets writes it. Errors: ValueError."""
    return datetime.strptime(text, LAYOUT).replace(tzinfo=UTC)


def shown(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime(LAYOUT) if moment else ""
