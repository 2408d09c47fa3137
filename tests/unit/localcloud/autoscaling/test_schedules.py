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
    ],
)
def test_expressions_that_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"should|has|nor|does not match"):
        parse(expression, WEDNESDAY)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("cron(0 9 15W * ? *)", ["2026-12-15", "2027-01-15", "2027-02-15"]),
        ("cron(0 9 16W 5 ? *)", ["2027-05-17", "2028-05-16", "2029-05-16"]),  # 2027-05-16 is a Sunday
        ("cron(0 9 1W 5 ? 2027)", ["2027-05-03"]),  # a Saturday; the Friday before lies in April
        ("cron(0 9 31W 1 ? 2027)", ["2027-01-29"]),  # a Sunday; the Monday after lies in February
        ("cron(0 9 LW * ? *)", ["2026-11-30", "2026-12-31", "2027-01-29"]),
        ("cron(0 9 L,1 * ? *)", ["2026-11-30", "2026-12-01", "2026-12-31"]),
        ("cron(0 9 ? * 6L *)", ["2026-12-25", "2027-01-29", "2027-02-26"]),
        ("cron(0 9 ? * FRIL 2027)", ["2027-01-29", "2027-02-26", "2027-03-26"]),
        ("cron(0 9 ? * 6#3 *)", ["2026-12-18", "2027-01-15", "2027-02-19"]),
        ("cron(0 9 ? * MON#5 *)", ["2026-11-30", "2027-03-29", "2027-05-31"]),
        ("cron(0 9 ? * L *)", ["2026-12-05", "2026-12-12", "2026-12-19"]),
        ("cron(0 9 ? * 2#1,4 *)", ["2026-12-02", "2026-12-07", "2026-12-09"]),
    ],
)
def test_days_are_counted_by_workday_and_by_week_of_the_month(expression: str, due: list[str]) -> None:
    moment = datetime(2026, 11, 29, tzinfo=UTC)
    found = []
    schedule = parse(expression, moment)
    for _ in due:
        following = schedule.next_after(moment, UTC)
        assert following is not None
        found.append(following.strftime("%Y-%m-%d"))
        moment = following
    assert found == due


@pytest.mark.parametrize("field", ["0W * ?", "32W * ?", "W * ?", "? * 8L", "? * 6#6", "? * 6#0", "? * #2", "1-5W * ?"])
def test_a_day_that_no_month_has_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="cron"):
        parse(f"cron(0 9 {field} *)", datetime(2026, 11, 29, tzinfo=UTC))
