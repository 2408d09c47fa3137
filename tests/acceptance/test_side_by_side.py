"""Two users' local clouds on one machine, and faults in one of them that do not affect the other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.command import Spendsense
from tests.acceptance.images import give_layer
from tests.waiting import wait_until

pytestmark = pytest.mark.long

PARTS = ("database", "redis", "storage")


@pytest.fixture(scope="module")
def neighbour(tmp_path_factory: pytest.TempPathFactory, image_store: Path) -> Iterator[Spendsense]:
    """Another user's home."""
    command = Spendsense(tmp_path_factory.mktemp("neighbour"))
    give_layer(image_store, command.home)
    yield command
    command("down", expect=None)
    assert command.processes() == []


@pytest.fixture(scope="module")
def mine(spendsense: Spendsense) -> Any:
    """My local cloud, which accepts faults; neither of us chooses ports."""
    return spendsense.json("up", "--faults")


@pytest.fixture(scope="module")
def theirs(mine: Any, neighbour: Spendsense) -> Any:
    return neighbour.json("up")


def state(up: Any) -> dict[str, str]:
    """Return the state of each part in /ready; one that does not respond is down."""
    try:
        answer = httpx.get(f"{up['url']}/ready", timeout=30)
        return {name: check["status"] for name, check in answer.json()["checks"].items()}
    except (httpx.HTTPError, ValueError, KeyError):
        return {}


def is_ready(up: Any) -> bool:
    return state(up) == dict.fromkeys(PARTS, "ok")


def test_both_serve_and_share_no_address(mine: Any, theirs: Any, spendsense: Spendsense, neighbour: Spendsense) -> None:
    for up in (mine, theirs):
        wait_until(lambda up=up: is_ready(up), 60)
    assert mine["url"] != theirs["url"]
    assert mine["endpoint"] != theirs["endpoint"]
    listening = spendsense.listening(), neighbour.listening()
    assert all(len(addresses) >= 6 for addresses in listening)
    assert not listening[0] & listening[1]


def test_one_users_registrations_are_not_visible_to_the_other(mine: Any, theirs: Any) -> None:
    credentials = {"email": "ada@example.com", "password": "correct horse battery"}
    answers = [
        httpx.post(f"{up['url']}/api/v1/auth/{door}", json=credentials, timeout=30).status_code
        for up, door in ((mine, "register"), (theirs, "login"), (theirs, "register"), (mine, "login"))
    ]
    assert answers == [201, 401, 201, 200]


def test_faults_affect_only_the_local_cloud_that_they_are_added_to(
    mine: Any, theirs: Any, spendsense: Spendsense, neighbour: Spendsense
) -> None:
    refused = neighbour("faults", "add", "kill-task", expect=1)
    assert "Fault injection is off" in refused.stderr
    assert "spendsense up --faults" in refused.stderr
    assert "without --faults" in neighbour("up", "--faults", expect=2).stderr
    added = spendsense.json("faults", "add", "fail-over-database", "--for", "3600")
    wait_until(lambda: state(mine).get("database") not in ("ok", None), 60)
    wait_until(lambda: is_ready(theirs), 60)
    assert [each["id"] for each in spendsense.json("faults", "list")["active"]] == [added["id"]]
    assert added["id"] in spendsense("faults", "list").stdout
    assert "1 active" in spendsense("status", expect=None).stdout
    spendsense("faults", "remove", added["id"])
    wait_until(lambda: is_ready(mine), 60)
    assert spendsense.json("faults", "list")["active"] == []
    assert spendsense("faults", "remove", added["id"], expect=1).stdout == ""
    assert spendsense("faults", "add", "earthquake", expect=2).stdout == ""


def test_stopping_one_leaves_the_other_running(
    mine: Any, theirs: Any, spendsense: Spendsense, neighbour: Spendsense
) -> None:
    # Whatever my cloud was doing to itself.
    spendsense("faults", "add", "freeze-task", "--for", "3600")
    spendsense("down")
    assert spendsense.processes() == []
    wait_until(lambda: is_ready(theirs), 60)
    status = neighbour.json("status", expect=None)
    assert status["services"][0]["running"] == status["services"][0]["desired"] == 2
    again = spendsense.json("up")
    assert again["url"] == mine["url"]
    wait_until(lambda: is_ready(again), 60)
    wait_until(lambda: is_ready(theirs), 60)
