"""The measurements of a drill: lost acknowledgements, and holes in what was restored."""

from ops.recovery.markers import Loss, loss

TIMES = {1: 10.0, 2: 11.0, 3: 12.0, 4: 13.0}


def test_nothing_lost_is_no_time_lost() -> None:
    assert loss(TIMES, {1, 2, 3, 4}, 20.0) == Loss(lost=0, holes=0, seconds=0.0)


def test_the_lost_time_begins_with_the_first_lost_acknowledgement() -> None:
    assert loss(TIMES, {1, 2}, 14.0) == Loss(lost=2, holes=0, seconds=2.0)


def test_uploads_acknowledged_during_the_destruction_are_lost_too() -> None:
    assert loss(TIMES, {1}, 11.5) == Loss(lost=3, holes=0, seconds=2.0)


def test_a_hole_is_reported() -> None:
    assert loss(TIMES, {1, 2, 4}, 14.0) == Loss(lost=1, holes=1, seconds=2.0)


def test_everything_lost_has_no_hole() -> None:
    assert loss(TIMES, set(), 14.0) == Loss(lost=4, holes=0, seconds=4.0)
