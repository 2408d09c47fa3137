"""The times that the speed divides, and those that it does not."""

import pytest

from localcloud.machine.clock import REAL_WORK_S, Clock


@pytest.mark.parametrize("speed", [1, 5, 20, 1000])
@pytest.mark.parametrize("aws_s", [0, 2, 5, 30, 60, 300, 900])
def test_what_a_program_needs_is_not_divided_below_a_start_on_a_busy_machine(speed: float, aws_s: float) -> None:
    real_s = Clock(speed).real_work_s(aws_s)
    assert real_s >= min(aws_s, REAL_WORK_S)
    assert aws_s / speed <= real_s <= aws_s


def test_a_long_wait_is_divided_as_far_as_it_is_longer_than_that() -> None:
    assert Clock(5).real_work_s(300) == 60
    assert Clock(50).real_work_s(300) == REAL_WORK_S


def test_a_slow_clock_gives_more() -> None:
    assert Clock(0.5).real_work_s(30) == 60


def test_the_same_in_seconds_of_the_clock_compares_with_its_differences() -> None:
    clock = Clock(5)
    assert clock.work_s(30) == 5 * clock.real_work_s(30) == 100
    assert Clock().work_s(30) == 30
