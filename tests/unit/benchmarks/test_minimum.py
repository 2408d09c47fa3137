"""The least time that a rolling deploy needs: the number our own is measured against."""

import pytest

from benchmarks.minimum import Settings, healthy_after_s, minimum_roll_s, waves


def settings(desired: int, minimum: int = 100, maximum: int = 150, speed: float = 1.0) -> Settings:
    return Settings(
        desired_count=desired,
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        interval_s=10,
        deregistration_delay_s=30,
        speed=speed,
    )


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "wanted"),
    [
        (2, 100, 150, [1, 1]),
        (2, 100, 200, [2]),
        (10, 100, 150, [5, 5]),
        (50, 100, 150, [25, 25]),
        (3, 100, 150, [1, 1, 1]),  # the ceiling is rounded down
        (4, 50, 100, [2, 2]),
        (3, 50, 100, [1, 1, 1]),  # the floor is rounded up
        (1, 0, 100, [1]),
    ],
)
def test_waves_follow_floor_and_ceiling(desired: int, minimum: int, maximum: int, wanted: list[int]) -> None:
    assert waves(settings(desired, minimum, maximum)) == wanted


def test_percentages_that_allow_nothing_have_no_minimum() -> None:
    with pytest.raises(ValueError, match="neither a start nor a stop"):
        waves(settings(1, 100, 100))


@pytest.mark.parametrize(("start_up_s", "wanted_s"), [(0, 5), (5, 5), (5.1, 15), (15, 15), (16, 25)])
def test_a_task_is_healthy_at_the_first_check_after_its_start_up(start_up_s: float, wanted_s: float) -> None:
    assert healthy_after_s(start_up_s, settings(2)) == wanted_s


def test_waits_shrink_with_speed_and_start_up_does_not() -> None:
    # Checks after 1, 3, 5 ... real seconds.
    assert healthy_after_s(2.5, settings(2, speed=5)) == 3


def test_the_minimum_is_two_waves_a_drain_and_an_end() -> None:
    assert minimum_roll_s(settings(2, speed=5), start_up_s=0.8, stop_s=0.1) == pytest.approx(1 + 1 + 6 + 0.1)
