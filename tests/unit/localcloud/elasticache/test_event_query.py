"""DescribeEvents of ElastiCache: what is kept, which of it is asked for, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.elasticache.event_query import described
from localcloud.elasticache.events import Event, Events, Members
from localcloud.errors import AwsError
from localcloud.machine.clock import Clock
from localcloud.machine.set_aside import reported_below

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
GROUP = Members(name="main", is_group=True, zones={"main-001": "us-west-1a", "main-002": "us-west-1b"}, fails_over=True)


def event(number: int, minutes_ago: float, source: str = "main", kind: str = "replication-group") -> Event:
    at = NOW - timedelta(minutes=minutes_ago)
    return Event(number=number, source_type=kind, source=source, message=f"event {number}", at=at)


KNOWN = [
    event(5, 1),
    event(4, 30, "main-001", "cache-cluster"),
    event(3, 59),
    event(2, 61),
    event(1, 60 * 24 * 13),
]


def found_by(form: dict[str, str]) -> list[str]:
    return [each["Message"].removeprefix("event ") for each in described(KNOWN, form, NOW)["Events"]]


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ({}, "543"),
        ({"Duration": "62"}, "5432"),
        ({"Duration": "20160"}, "54321"),
        ({"SourceType": "cache-cluster"}, "4"),
        ({"SourceType": "replication-group", "SourceIdentifier": "Main"}, "53"),
        ({"SourceType": "replication-group", "SourceIdentifier": "nobody"}, ""),
        ({"SourceType": "user"}, ""),
        ({"StartTime": "2026-11-28T04:00:00Z"}, "5432"),
        ({"StartTime": "2026-11-28T04:00:00", "EndTime": "2026-11-28T05:15:00.000Z"}, "32"),
        ({"EndTime": "2026-11-28T05:15:00Z"}, "32"),
        ({"StartTime": "2026-11-28T04:00:00Z", "Duration": "1"}, "5432"),
        ({"EndTime": "2026-11-28T05:15:00Z", "Duration": "1"}, "32"),
    ],
    ids=str,
)
def test_events_are_chosen_by_source_and_time_the_newest_first(form: dict[str, str], numbers: str) -> None:
    assert "".join(found_by(form)) == numbers


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"SourceIdentifier": "main"}, "InvalidParameterCombination"),
        ({"StartTime": "2026-11-28T05:00:00Z", "EndTime": "2026-11-28T04:00:00Z"}, "InvalidParameterCombination"),
        ({"MaxRecords": "19"}, "InvalidParameterValue"),
        ({"MaxRecords": "101"}, "InvalidParameterValue"),
        ({"Duration": "0"}, "InvalidParameterValue"),
        ({"Duration": "20161"}, "InvalidParameterValue"),
        ({"Marker": "elsewhere"}, "InvalidParameterValue"),
        ({"Marker": "²"}, "InvalidParameterValue"),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_is_refused(form: dict[str, str], code: str) -> None:
    with pytest.raises(AwsError) as refused:
        described(KNOWN, form, NOW)
    assert refused.value.code == code


def test_pages_continue_where_the_last_one_ended_also_when_something_happens_between_them() -> None:
    events = [event(number, 1) for number in range(50, 0, -1)]
    seen, form = [], {"MaxRecords": "20"}
    while True:
        page = described(events, form, NOW)
        seen += [each["Message"] for each in page["Events"]]
        if page["Marker"] is None:
            break
        form["Marker"] = page["Marker"]
        events = [event(events[0].number + 1, 0), *events]
    assert seen == [f"event {number}" for number in range(50, 0, -1)]


def messages(events: Events) -> list[tuple[str, str]]:
    return [(each.source, each.message) for each in events.newest_first()]


def test_a_creation_is_an_event_of_each_cluster_and_of_the_group(tmp_path: Path) -> None:
    events = Events(tmp_path / "events.json", Clock())
    events.created(GROUP)
    assert messages(events) == [
        ("main", "Automatic failover has been turned on for replication group main"),
        ("main", "Replication group main created"),
        ("main-002", "Added cache node 0001 in availability zone us-west-1b"),
        ("main-002", "Cache cluster created"),
        ("main-001", "Added cache node 0001 in availability zone us-west-1a"),
        ("main-001", "Cache cluster created"),
    ]


def test_events_outlive_a_restart_but_not_fourteen_days(tmp_path: Path) -> None:
    class Shifted(Clock):
        days = 0

        def wall(self) -> datetime:
            return NOW + timedelta(days=self.days)

    clock = Shifted()
    events = Events(tmp_path / "events.json", clock)
    events.recovering("main-001")
    clock.days = 10
    events.recovered("main-001")
    anew = Events(tmp_path / "events.json", clock)
    anew.start()
    assert reported_below(tmp_path) == []
    assert messages(anew) == messages(events)
    assert len(messages(anew)) == 2
    clock.days = 15
    assert [message for _, message in messages(anew)] == ["Finished recovery for cache nodes 0001"]


@pytest.mark.parametrize("content", ["", "{", "[1]", '[{"number": 1}]', "null", '[{"at": 5}]'])
def test_a_file_that_cannot_be_read_is_set_aside_and_reported(tmp_path: Path, content: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(content)
    Events(path, Clock()).start()
    [reported] = reported_below(tmp_path)
    assert "set-aside" in reported
    assert not path.exists()


def test_what_happened_is_reported_even_while_it_cannot_be_saved(tmp_path: Path) -> None:
    events = Events(tmp_path / "missing" / "events.json", Clock())
    events.recovering("main-001")
    assert messages(events) == [("main-001", "Recovering cache nodes 0001")]
    (tmp_path / "missing").mkdir()
    events.recovered("main-001")
    anew = Events(tmp_path / "missing" / "events.json", Clock())
    anew.start()
    assert len(messages(anew)) == 2


def test_only_what_was_modified_is_reported(tmp_path: Path) -> None:
    def group(**settings: Any) -> Members:
        return Members(name="main", is_group=True, zones={}, **settings)

    events = Events(tmp_path / "events.json", Clock())
    before = group(fails_over=True, node_type="cache.t4g.micro")
    events.modified(before, before)
    assert messages(events) == []
    events.modified(before, group(node_type="cache.m7g.large"))
    assert messages(events) == [
        ("main", "Automatic failover has been turned off for replication group main"),
        ("main", "Succeeded applying modification to cache node type to cache.m7g.large."),
    ]
