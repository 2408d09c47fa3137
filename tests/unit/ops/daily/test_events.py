"""`spendsense events`, against scripted responses of ECS."""

import pytest

from ops.aws.clients import Aws
from ops.aws.service import Event
from ops.console import Console
from ops.daily import events
from tests.unit.ops.scripted_cluster import Cluster


def test_the_newest_events_are_shown_oldest_first(
    cluster: Cluster, scripted: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 4):
        cluster.say(number, f"event {number}")
    found = events.run(scripted, events.Options(limit=2))
    assert [each["message"] for each in found.as_json()["events"]] == ["event 2", "event 3"]  # type: ignore[attr-defined]
    found.show(console)
    assert [line.partition(" event ")[2] for line in capsys.readouterr().out.splitlines()] == ["2", "3"]


def test_a_service_that_has_nothing_to_report_says_so(
    cluster: Cluster, scripted: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.events = []
    events.run(scripted, events.Options()).show(console)
    assert "ECS has reported nothing about spendsense-backend yet" in capsys.readouterr().err


def test_following_writes_only_what_is_new(cluster: Cluster, scripted: Aws) -> None:
    written: list[Event] = []
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        pauses += 1
        if pauses == 3:
            raise KeyboardInterrupt
        cluster.say(pauses, f"new {pauses}")

    shown = events.run(scripted, events.Options(limit=1))
    with pytest.raises(KeyboardInterrupt):
        events.follow(scripted, shown, written.append, pause)
    assert [each.message for each in written] == ["new 1", "new 2"]
