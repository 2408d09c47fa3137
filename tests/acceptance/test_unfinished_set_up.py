"""An `up` that was killed early: every command says that set-up has not finished, and the next `up` completes it."""

import json
import subprocess
from typing import Any

import pytest

from tests.acceptance.command import BIN, Spendsense
from tests.ports import free_pair
from tests.waiting import wait_until

pytestmark = pytest.mark.long

VERBS = (
    "status",
    "history",
    "logs --since 1m",
    "logs --follow",
    "scale",
    "scale --desired 2",
    "secrets init",
    "build",
    "deploy",
    "deploy --dry-run",
    "rollback",
    "recover --dry-run",
    "drill --yes",
    "run -- true",
)


@pytest.fixture(scope="module")
def begun(spendsense: Spendsense) -> subprocess.Popen[bytes]:
    """An `up` that has started the local cloud and has not got further; killed when the first test has looked at it."""
    ports = ("--port", "0", "--listener-port", str(free_pair()))
    command = [BIN / "spendsense", "up", *ports]
    up = subprocess.Popen(
        command,
        env=spendsense.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_until((spendsense.home / "local" / "endpoint.json").exists, 120)
    up.kill()
    up.wait()
    return up


@pytest.mark.parametrize("line", VERBS)
def test_each_verb_says_what_completes_it(begun: Any, spendsense: Spendsense, line: str) -> None:
    words = line.split()
    # What follows `--` belongs to the task.
    printed = (
        json.loads(spendsense(words[0], "--json", *words[1:], expect=None).stdout)
        if words[0] != "secrets"
        else (spendsense.json(*words, expect=None))
    )
    assert (printed["error"], printed["exit_code"]) == ("NotSetUp", 3), printed
    assert printed["message"] == (
        "the set-up of the local environment has not finished: there is no service spendsense-backend yet"
    )
    assert printed["next_step"].endswith("spendsense up` completes it")


def test_meanwhile_a_verb_says_who_is_at_work_and_afterwards_all_is_well(begun: Any, spendsense: Spendsense) -> None:
    up = subprocess.Popen([BIN / "spendsense", "up", "--json"], env=spendsense.environment, stdout=subprocess.PIPE)
    messages: list[str] = []

    def is_told() -> bool:
        done = spendsense("status", "--json", expect=None)
        messages.append(str(json.loads(done.stdout).get("message")))
        return f"process {up.pid} is working on this environment" in messages[-1]

    wait_until(is_told, 120)
    up.communicate(timeout=300)
    assert up.returncode == 0
    wait_until(lambda: spendsense.json("status", expect=None)["healthy"], 120)
