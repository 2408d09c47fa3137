"""The price table and the assumptions about usage."""

import pytest

from ops.cost import prices
from ops.errors import Misuse

TABLE = prices.read_table()


def test_every_price_is_positive_and_names_its_source() -> None:
    assert TABLE.region == "us-west-1"
    for name, price in TABLE.prices.items():
        assert price.usd > 0, name
        assert price.basis in {"known", "derived"}, name
        # The day one is confirmed, prices.toml's head and the reference have to say so.
        assert price.confirmed is False, name


def test_environments_override_assumptions_and_the_caller_overrides_both() -> None:
    common = TABLE.usage[""]
    assert all(own.keys() <= common.keys() for own in TABLE.usage.values())
    assert prices.usage_of(TABLE, "prod", {})["requests_million"] > common["requests_million"]
    assert prices.usage_of(TABLE, "prod", {"requests_million": 3})["requests_million"] == 3


@pytest.mark.parametrize("setting", ["requests_million", "requests_million=many", "hours=-1", "hours=inf", "hours=nan"])
def test_a_setting_that_is_not_a_number_is_refused(setting: str) -> None:
    with pytest.raises(Misuse, match="--usage"):
        prices.parse_usage([setting])


def test_an_unknown_assumption_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Misuse, match=r"--usage should be one of .*requests_million.*, found 'moon_phase'"):
        prices.usage_of(TABLE, "dev", {"moon_phase": 1})
