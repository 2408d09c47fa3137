"""The local cloud and its guardian are killed: every verb reports it, and the next `up` or `down` cleans up."""

import json
from typing import Any

import psutil
import pytest

from tests.acceptance.command import Spendsense, wait_until

READING = (
    "status",
    "history",
    "logs --since 1m",
    "logs --follow",
    "scale",
    "secrets init --dry-run",
    "deploy --dry-run",
    "rollback --dry-run",
    "recover --dry-run",
    "faults list",
)


def kill(spendsense: Spendsense, pid: int) -> None:
    """Send SIGKILL to the local cloud and its guardian, so that nobody ends what they started."""
    cloud = psutil.Process(pid)
    [guardian] = [child for child in cloud.children() if "localcloud.guardian" in child.cmdline()]
    for each in (guardian, cloud):
        each.kill()
    wait_until(lambda: not cloud.is_running() or cloud.status() == psutil.STATUS_ZOMBIE, 30)
    assert spendsense.processes(), "nothing was left, so there is nothing to try"


def test_each_reading_verb_reports_it_and_the_next_up_serves_at_the_same_address(
    up: Any, spendsense: Spendsense
) -> None:
    kill(spendsense, up["pid"])
    for line in READING:
        done = spendsense(*line.split(), "--json", expect=3)
        assert json.loads(done.stdout)["error"] == "NotReachable", line
        assert "start it with `make up`" in done.stderr, line
    again = spendsense("up", "--port", "0", "--json")
    assert "Ended the processes that a killed local cloud had left behind: " in again.stderr
    assert json.loads(again.stdout)["url"] == up["url"]


def test_down_ends_the_remaining_processes_and_names_them(up: Any, spendsense: Spendsense) -> None:
    kill(spendsense, spendsense.json("up")["pid"])
    stopped = spendsense.json("down")
    assert stopped["pid"] is None
    assert "rds/spendsense-local" in stopped["left_behind"]
    assert spendsense.processes() == []
    assert spendsense.json("down")["left_behind"] == []


@pytest.mark.parametrize("file", ["/nope", "/"])
def test_unreadable_credentials_are_not_called_empty(up: Any, spendsense: Spendsense, file: str) -> None:
    spendsense("up", "--port", "0")
    refused = spendsense.json("secrets", "init", "--oauth", file, expect=2)
    assert f"--oauth: {file} cannot be read: " in refused["message"]
