"""The due times of scheduled actions."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from localcloud.autoscaling.schedules import parse

WEDNESDAY = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "due"),
    [
        ("at(2026-11-25T13:00:00)", "UTC", "2026-11-25T13:00:00"),
        ("at(2026-11-25T05:00:00)", "America/Los_Angeles", "2026-11-25T13:00:00"),
        ("at(2026-11-25T12:00:00)", "UTC", None),
        ("rate(5 minutes)", "UTC", "2026-11-25T12:05:00"),
        ("rate(1 hour)", "UTC", "2026-11-25T13:00:00"),
        ("cron(0 8 ? * MON-FRI *)", "UTC", "2026-11-26T08:00:00"),
        ("cron(0 8 ? * MON-FRI *)", "America/Los_Angeles", "2026-11-25T16:00:00"),
        ("cron(0/15 * * * ? *)", "UTC", "2026-11-25T12:15:00"),
        ("cron(30 10 L * ? *)", "UTC", "2026-11-30T10:30:00"),
        ("cron(0 0 29 2 ? *)", "UTC", "2028-02-29T00:00:00"),
        ("cron(0 0 1 JAN ? 2027-2030)", "UTC", "2027-01-01T00:00:00"),
        ("cron(0 0 ? * 1 *)", "UTC", "2026-11-29T00:00:00"),
        ("cron(0 0 1 1 ? 2020)", "UTC", None),
    ],
)
def test_an_expression_is_due_next(expression: str, zone: str, due: str | None) -> None:
    found = parse(expression, WEDNESDAY).next_after(WEDNESDAY, ZoneInfo(zone))
    assert found == (datetime.fromisoformat(due).replace(tzinfo=UTC) if due else None)


def test_a_rate_begins_with_its_action_and_is_divided_by_the_speed() -> None:
    later = WEDNESDAY + timedelta(hours=1)
    assert parse("rate(2 days)", later).next_after(WEDNESDAY, UTC) == later
    assert parse("rate(10 minutes)", WEDNESDAY, speed=60).next_after(WEDNESDAY, UTC) == WEDNESDAY + timedelta(
        seconds=10
    )


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "at(tomorrow)",
        "rate(1 hours)",
        "rate(5 minute)",
        "rate(0 minutes)",
        "cron(0 8 * * *)",
        "cron(0 8 * * * *)",
        "cron(0 24 ? * MON *)",
        "cron(0 8 ? * MON#1 *)",
    ],
)
def test_expressions_that_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"should|has|nor|does not match"):
        parse(expression, WEDNESDAY)
