"""Reading AWS's responses about a service."""

from datetime import UTC, datetime

import pytest

from ops.verifying.subject import time_of

TIME = datetime(2026, 11, 29, 14, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "found"),
    [
        ("Sun, 29 Nov 2026 14:04:05 GMT", TIME),
        ("Sun, 29 Nov 2026 14:04:05 -0000", TIME),
        ("Sun, 29 Nov 2026 15:04:05 +0100", TIME),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_time_of_a_response_is_compared_whatever_zone_a_proxy_writes(date: str, found: datetime | None) -> None:
    assert time_of({"ResponseMetadata": {"HTTPHeaders": {"date": date}}}) == found


def test_a_response_without_headers_has_no_time() -> None:
    assert time_of({}) is None
