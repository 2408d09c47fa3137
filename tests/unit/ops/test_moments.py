"""Ages and moments as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.errors import Misuse
from ops.moments import age_ms, moment_of

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000), ("1d", 86_400_000)]
)
def test_ages_have_units(text: str, expected: int) -> None:
    assert age_ms(text) == expected


@pytest.mark.parametrize("text", ["3654d", "9999999d", "9" * 200 + "s"])
def test_an_age_beyond_all_logs_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=f"should be ten years at most, found '{text[:60]}'"):
        age_ms(text)


def test_an_age_without_a_unit_is_refused() -> None:
    with pytest.raises(Misuse, match="should be a number followed by s, m, h or d, found '10'"):
        age_ms("10")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-10T11:30:00Z", NOW - HOUR / 2),
        ("2026-01-10T13:30:00.7+02:00", NOW - HOUR / 2),
        ("30m", NOW - HOUR / 2),
        ("2h", NOW - 2 * HOUR),
    ],
)
def test_a_moment_is_read(text: str, expected: datetime) -> None:
    assert moment_of(text, NOW) == expected


@pytest.mark.parametrize("text", ["9999999d", "99999999999999d", "9" * 200 + "h"])
def test_an_age_beyond_all_backups_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=f"should be ten years at most, found '{text[:60]}'"):
        moment_of(text, NOW)


BEYOND = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]


@pytest.mark.parametrize("text", ["yesterday", "2026-01-10T11:30:00", "10", "", *BEYOND])
def test_an_incomplete_moment_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match="with a time zone, or an age"):
        moment_of(text, NOW)


@pytest.mark.parametrize("text", ["2026-01-10T12:00:01Z", "2026-01-10T11:30:00-01:00", "2999-01-01T00:00:00+00:00"])
def test_a_moment_in_the_future_is_refused(text: str) -> None:
    with pytest.raises(Misuse, match=r"should be in the past, found .*; it is now 2026-01-10T12:00:00Z"):
        moment_of(text, NOW)
