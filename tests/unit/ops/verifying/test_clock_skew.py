"""The difference between two clocks, either way."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.verifying.check import State
from ops.verifying.clock_skew import assess

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("off_s", "state", "words"),
    [(1, State.OK, "1 s ahead of"), (-90, State.WARN, "90 s behind"), (200, State.WARN, "200 s ahead of")],
)
def test_clocks_that_are_off_by_more_than_a_minute_are_named(off_s: int, state: State, words: str) -> None:
    found = assess(NOW, NOW + timedelta(seconds=off_s))
    assert found.state is state
    assert words in found.found


def test_a_response_without_a_time_says_nothing() -> None:
    assert assess(None, NOW).state is State.UNKNOWN
