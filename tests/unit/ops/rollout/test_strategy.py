"""The parameters of UpdateService: strategies with their settings."""

from typing import Any

import pytest

from ops.errors import Misuse
from ops.rollout.strategy import (
    UNCHANGED,
    Strategy,
    StrategyOptions,
    baking_s,
    requested_configuration,
)

ROLLING: dict[str, Any] = {"strategy": "ROLLING", "minimumHealthyPercent": 100, "maximumPercent": 150}
BLUE_GREEN = ROLLING | {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 7}


@pytest.mark.parametrize(
    ("options", "present", "changes"),
    [
        (StrategyOptions(strategy=Strategy.BLUE_GREEN), ROLLING, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN), BLUE_GREEN, {}),
        (StrategyOptions(bake_minutes=0), BLUE_GREEN, {"bakeTimeInMinutes": 0}),
        (
            StrategyOptions(strategy=Strategy.LINEAR, step_percent=20),
            ROLLING,
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": 1,
                "linearConfiguration": {"stepPercent": 20, "stepBakeTimeInMinutes": 1},
            },
        ),
        (
            StrategyOptions(strategy=Strategy.CANARY, canary_bake_minutes=5),
            BLUE_GREEN,
            {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5}},
        ),
        (StrategyOptions(strategy=Strategy.ROLLING), BLUE_GREEN, {"strategy": "ROLLING"}),
    ],
)
def test_what_was_not_asked_for_stays(
    options: StrategyOptions, present: dict[str, Any], changes: dict[str, Any]
) -> None:
    before = dict(present)
    assert requested_configuration(options, present) == present | changes
    assert present == before


def test_without_options_nothing_changes() -> None:
    assert requested_configuration(UNCHANGED, BLUE_GREEN) is None


def test_settings_of_the_previous_strategy_are_removed() -> None:
    linear = requested_configuration(StrategyOptions(strategy=Strategy.LINEAR), ROLLING)
    assert linear is not None
    assert "linearConfiguration" not in (
        requested_configuration(StrategyOptions(strategy=Strategy.BLUE_GREEN), linear) or {}
    )


@pytest.mark.parametrize(
    ("options", "present", "option"),
    [
        (StrategyOptions(bake_minutes=1), ROLLING, "--bake-time-minutes"),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN, step_percent=10), ROLLING, "--step-percent"),
        (StrategyOptions(strategy=Strategy.LINEAR, canary_percent=10), ROLLING, "--canary-percent"),
    ],
)
def test_a_setting_of_another_strategy_is_misuse(
    options: StrategyOptions, present: dict[str, Any], option: str
) -> None:
    with pytest.raises(Misuse, match=option):
        requested_configuration(options, present)


@pytest.mark.parametrize(
    ("options", "minutes"),
    [
        (StrategyOptions(strategy=Strategy.ROLLING), 0),
        (StrategyOptions(strategy=Strategy.BLUE_GREEN, bake_minutes=5), 5),
        (StrategyOptions(strategy=Strategy.LINEAR, step_percent=30, step_bake_minutes=2, bake_minutes=1), 3 * 2 + 1),
        (StrategyOptions(strategy=Strategy.CANARY, canary_bake_minutes=4, bake_minutes=1), 4 + 1),
    ],
)
def test_bake_time_is_the_sum_of_a_deployments_deliberate_waits(options: StrategyOptions, minutes: int) -> None:
    configuration = requested_configuration(options, ROLLING)
    assert configuration is not None
    assert baking_s(configuration) == minutes * 60
