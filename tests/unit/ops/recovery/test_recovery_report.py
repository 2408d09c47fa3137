"""The report of a recovery."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ops.parameters.recovery_journal import Journal
from ops.recovery.recovery_report import report_of

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)


def ended(**more: Any) -> Journal:
    times = {"began_at": NOW.isoformat(), "held_at": (NOW + timedelta(seconds=5)).isoformat()}
    return Journal(id="1", restored_id="db-1", moment=(NOW - timedelta(seconds=55)).isoformat(), **times, **more)


def test_the_report_says_how_long_it_took_and_how_much_is_lost() -> None:
    created = ended(ended_at=(NOW + timedelta(minutes=2)).isoformat(), set_aside="x-until-1", latest=True)
    report = report_of(created, "prod", {}, {})
    assert (report.as_json()["rto_s"], report.as_json()["lost_s"]) == (120.0, 60.0)
    assert [step.split(":")[0] for step in report.next_steps] == [
        "nothing serves",
        "the previous database is now x-until-1",
        "import the new instance into the Terraform state",
    ]
    assert all(step.endswith("docs/recovery.md, 'Afterwards'") for step in report.next_steps[1:])
    created.done = ["serve"]
    assert "nothing serves" not in "".join(report_of(created, "prod", {}, {}).next_steps)


def test_goals_that_were_missed_are_named() -> None:
    late = ended(ended_at=(NOW + timedelta(hours=2)).isoformat(), latest=True)
    late.moment = (NOW - timedelta(hours=1)).isoformat()
    reported = " ".join(report_of(late, "local", {}, {}).next_steps)
    assert "longer than the goal of 1 h" in reported
    assert "more data was lost than the goal of 15 minutes" in reported
