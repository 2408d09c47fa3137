"""The pause before the next start of tasks that never ran."""

from localcloud.ecs.scheduling.throttling import throttle_s


def test_the_pause_doubles_up_to_15_minutes() -> None:
    assert [throttle_s(n) for n in (0, 1, 2, 3, 20)] == [0, 15, 30, 60, 900]
