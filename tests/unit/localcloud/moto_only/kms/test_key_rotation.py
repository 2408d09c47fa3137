"""The period of a key's rotation."""

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.kms.key_rotation import checked_period


@pytest.mark.parametrize(("asked", "period"), [(None, 365), (90, 90), (2560, 2560)])
def test_a_period_is_a_year_unless_it_is_named(asked: int | None, period: int) -> None:
    assert checked_period(asked) == period


@pytest.mark.parametrize(
    ("asked", "words"), [(89, "greater than or equal to 90"), (2561, "less than or equal to 2560")]
)
def test_a_period_is_within_bounds(asked: int, words: str) -> None:
    with pytest.raises(AwsError, match=words):
        checked_period(asked)
