"""The measurements of a drill: lost acknowledgements, and holes in what was restored."""

from ops.recovery.drill import DrillReport
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


def report(*, seconds: float = 60.0, holes: int = 0, rto_s: float = 30.0, files: int = 0) -> DrillReport:
    lost = Loss(lost=3, holes=holes, seconds=seconds)
    return DrillReport(written=10, lost=lost, files_missing=files, rto_s=rto_s, speed=5.0, phases_s={}, moment="")


def test_a_drill_passes_within_the_goals_and_fails_outside_each() -> None:
    assert report().exit_code == 0
    assert report(seconds=180.0).exit_code == 0, "900 s at AWS's speed"
    for failed in (report(seconds=181.0), report(rto_s=3601.0), report(holes=1), report(files=1)):
        assert failed.exit_code == 1
        assert len(failed.problems) == 1
        assert failed.as_json()["ok"] is False
