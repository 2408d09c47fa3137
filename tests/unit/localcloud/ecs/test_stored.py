"""ECS starts whatever is stored: unreadable entries are set aside and named, and the rest continues."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.ecs.model.store import Store
from localcloud.machine.set_aside import reported_below
from tests.unit.localcloud.ecs.world import EPOCH, World

Change = Callable[[dict[str, Any]], object]


def stored(directory: Path) -> Path:
    """Return the state file of a world with one service, two revisions and tasks."""
    world = World(directory, desired=2)
    world.deploy("good")
    world.deploy("good")
    world.pass_time(60)
    world.control.save()
    return directory / "ecs.json"


def loaded(path: Path) -> Store:
    store = Store(path)
    store.load(EPOCH)
    return store


def changed(path: Path, change: Change) -> Store:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return loaded(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": "x"}', "\0\0\0", "[" * 100_000])
def test_a_file_that_is_not_ours_is_kept_under_another_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ecs.json"
    path.write_text(text)
    store = loaded(path)
    assert (store.services, len(reported_below(tmp_path))) == ({}, 1)
    assert (tmp_path / "ecs.json.set-aside").read_text() == text
    path.write_text(text)
    loaded(path)
    assert (tmp_path / "ecs.json.set-aside1").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["tasks"][0].update(last_status="NEVER_HEARD_OF"),
        lambda content: content["tasks"][0].pop("arn"),
        lambda content: content["tasks"].append("a text"),
        lambda content: content["tasks"].append(None),
        lambda content: content["tasks"][0].update(created_at="yesterday"),
        lambda content: content["clusters"].append({}),
        lambda content: content["services"].append({"arn": 3}),
        lambda content: content["services"].append(content["services"][0] | {"desired_count": "many"}),
        lambda content: content["task_definitions"].append({"revision": None}),
    ],
)
def test_an_entry_that_cannot_be_read_is_set_aside_and_the_others_are_not(tmp_path: Path, change: Change) -> None:
    store = changed(stored(tmp_path), change)
    assert len(store.services) == 1
    assert len(reported_below(tmp_path)) == 1
    assert (tmp_path / "ecs.json.set-aside").exists()


def test_a_revision_that_cannot_be_read_leaves_its_number(tmp_path: Path) -> None:
    store = changed(stored(tmp_path), lambda content: content["task_definitions"][0].pop("wire"))
    lost, kept = store.task_definitions["f"]
    assert (lost.revision, lost.status, kept.revision, kept.status) == (1, "INACTIVE", 2, "ACTIVE")


def test_what_a_newer_version_wrote_is_taken_as_far_as_it_fits(tmp_path: Path) -> None:
    def newer(content: dict[str, Any]) -> None:
        content["format"] = 2
        content["services"][0]["of_tomorrow"] = {"a": 1}

    store = changed(stored(tmp_path), newer)
    assert len(store.services) == 1
    assert "has format 2, expected 1" in reported_below(tmp_path)[0]


@pytest.mark.long
def test_thousands_of_ended_tasks_are_not_looked_at_again_and_again(tmp_path: Path) -> None:
    def many(content: dict[str, Any]) -> None:
        task = content["tasks"][0] | {"last_status": "STOPPED", "accounted": True, "desired_status": "STOPPED"}
        content["tasks"] += [task | {"arn": f"{task['arn'][:-8]}{number:08}"} for number in range(5000)]

    store = changed(stored(tmp_path), many)
    [service] = store.services.values()
    store.open_tasks(service)
    assert store.open_tasks(service) == []
    assert len(store.tasks) >= 5000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_value_anywhere_in_the_file_is_survived(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "ecs.json"
    text = (tmp_path / "whole.json").read_text() if (tmp_path / "whole.json").exists() else stored(tmp_path).read_text()
    (tmp_path / "whole.json").write_text(text)
    content = json.loads(text)
    part = data.draw(st.sampled_from(sorted(set(content) - {"format"})))
    place = content[part]
    while isinstance(place, dict | list) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    if place:
        place[key] = data.draw(JSON)
    path.write_text(json.dumps(content))
    world = World(tmp_path, desired=1)
    world.control.store.services.clear()
    world.control.load()
    world.control.store.save()
    for kept in tmp_path.glob("*.set-aside*"):
        kept.unlink()
