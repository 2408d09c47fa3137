"""A drill's verdict."""

from ops.recovery.drill import DrillReport
from ops.recovery.markers import Loss


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
