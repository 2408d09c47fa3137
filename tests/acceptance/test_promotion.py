"""`spendsense promote` between two local clouds: the digest that serves in one then serves in the other."""

import configparser
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import Spendsense
from tests.acceptance.images import give_layer
from tests.acceptance.roles import session
from tests.ports import free_pair

pytestmark = pytest.mark.full

UP_S = 900
STAGES = ("dev", "staging")


@pytest.fixture
def rehearsals(tmp_path: Path, image_store: Path) -> Iterator[Spendsense]:
    command = Spendsense(tmp_path)
    for name in STAGES:
        give_layer(image_store, tmp_path, f"like-{name}")
    yield command
    for name in STAGES:
        command("down", "--env", f"like-{name}", expect=None)
    assert command.processes() == []


def deploy_profiles(home: Path) -> Path:
    """Write a profile for each stage, with a session of its deploy role; the two clouds do not know each other's."""
    written = configparser.ConfigParser(interpolation=None)
    for name in STAGES:
        written[name] = {key.lower(): value for key, value in session(home, f"like-{name}", "deploy").items()}
        assert written[name], f"like-{name} has no deploy role"
    file = home / "credentials"
    with file.open("w") as opened:
        written.write(opened)
    return file


def test_what_serves_in_one_environment_is_promoted_to_the_next(
    rehearsals: Spendsense,
    source_with: Callable[[dict[str, tuple[str, str]]], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in STAGES:
        ports = ("--port", "0", "--listener-port", str(free_pair()))
        rehearsals.json("up", "--like", name, *ports, timeout_s=UP_S)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(deploy_profiles(tmp_path)))
    way = ("--from", "like-dev", "--from-profile", "dev", "--to", "like-staging", "--to-profile", "staging")
    # Both were built from the same source.
    assert rehearsals.json("promote", *way)["verdict"] == "already_serves"
    source = source_with({"app/main.py": ('title="SpendSense"', 'title="SpendSense 2"')})
    shipped = rehearsals.json("deploy", "--env", "like-dev", "--source", str(source))
    dry = rehearsals.json("promote", *way, "--dry-run")
    assert (dry["verdict"], dry["image"]) == ("dry_run", shipped["image"])
    assert len(dry["copied"]) == 2  # the configuration and the application; the dependencies are there
    promoted = rehearsals.json("promote", *way)
    assert (promoted["verdict"], promoted["image"], promoted["present"]) == ("deployed", shipped["image"], 1)
    reports = [rehearsals.json("status", "--env", f"like-{name}") for name in STAGES]
    assert {each["services"][0]["image"] for each in reports} == {shipped["image"]}
    again = rehearsals("promote", *way)
    assert "like-staging already serves" in again.stdout
    # Going back at the target is the target's own affair.
    rehearsals("rollback", "--env", "like-staging")
    assert rehearsals.json("promote", *way, "--dry-run")["copied"] == []
