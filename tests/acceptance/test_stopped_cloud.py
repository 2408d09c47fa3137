"""A local cloud that is suspended or killed: every command says so, and `down` ends all that it had started."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest

from tests.acceptance.command import BIN, Spendsense
from tests.waiting import wait_until

pytestmark = pytest.mark.long

WHILE_STOPPED = ("status", "history", "logs --since 1m", "scale", "secrets init --dry-run", "rollback", "faults list")
WHILE_KILLED = (
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
SAID_WITHIN_S = 20
"""A suspended process is noticed after a second; the rest is for starting the command on a busy machine."""


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize("file", ["/nope", "/"])
def test_unreadable_credentials_are_not_called_empty(up: Any, spendsense: Spendsense, file: str) -> None:
    refused = spendsense.json("secrets", "init", "--oauth", file, expect=2)
    assert f"--oauth: {file} cannot be read: " in refused["message"]


@pytest.mark.parametrize("line", [*WHILE_STOPPED, "up"])
def test_each_verb_names_the_stopped_process_and_what_lets_it_continue(
    up: Any, spendsense: Spendsense, line: str
) -> None:
    spendsense.environment_of(*line.split())  # its role's session: only a cloud that runs gives one
    with stopped(up["pid"]):
        began = time.monotonic()
        done = spendsense(*line.split(), "--json", expect=3)
        assert time.monotonic() - began < SAID_WITHIN_S
    printed = json.loads(done.stdout)
    assert f"does not respond: process {up['pid']} is suspended" in printed["message"]
    way_out = rf"`kill -CONT {up['pid']}` lets it continue; or `\S*spendsense down` ends it"
    assert re.match(way_out, printed["next_step"])
    assert spendsense("status", expect=None).returncode in {0, 1}  # it answers; a pause may have raised an alarm


def test_logs_that_wait_for_lines_name_the_stopped_process_soon(up: Any, spendsense: Spendsense) -> None:
    command = [BIN / "spendsense", "logs", "--follow", "--since", "1m"]
    with subprocess.Popen(
        command,
        env=spendsense.environment_of("logs"),
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        # A shell's background job, as a test run may be one, ignores SIGINT and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as logs:
        assert logs.stderr is not None
        wait_until(lambda: waits_for_lines(up["pid"], logs.pid), 60)
        with stopped(up["pid"]):
            began = time.monotonic()
            printed = next(line for line in logs.stderr if "does not respond" in line)
            assert time.monotonic() - began < SAID_WITHIN_S
        assert f"process {up['pid']} is suspended" in printed
        assert any("AWS responds again" in line for line in logs.stderr)
        logs.send_signal(signal.SIGINT)
        assert logs.wait(60) == 128 + signal.SIGINT


def waits_for_lines(cloud: int, logs: int) -> bool:
    """Return whether the command has a connection to the local cloud for its session beside that for its reading."""
    cloud_ports = {each.laddr.port for each in psutil.Process(cloud).net_connections() if each.status == "LISTEN"}
    open_now = [each for each in psutil.Process(logs).net_connections() if each.status == "ESTABLISHED"]
    return sum(each.raddr.port in cloud_ports for each in open_now) > 1


def test_a_deploy_in_progress_says_so_and_continues_afterwards(up: Any, spendsense: Spendsense) -> None:
    image = spendsense.json("status", expect=None)["services"][0]["image"]
    command = [BIN / "spendsense", "deploy", "--image", image, "--json"]
    env = spendsense.environment_of("deploy")
    with subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as deploy:
        assert deploy.stdout is not None
        assert deploy.stderr is not None
        assert any("PRIMARY" in line or "eployment" in line for line in deploy.stderr)
        with stopped(up["pid"]):
            printed = next(line for line in deploy.stderr if "does not respond" in line)
        assert f"process {up['pid']} is suspended (`kill -CONT {up['pid']}` lets it continue" in printed
        rest = deploy.stderr.read()
        assert json.loads(deploy.stdout.read())["verdict"] == "deployed", rest
        assert "AWS responds again" in rest


def test_an_operator_that_was_stopped_half_way_is_named(up: Any, spendsense: Spendsense) -> None:
    command = [BIN / "spendsense", "up", "--json"]
    with subprocess.Popen(command, env=spendsense.environment, stdout=subprocess.DEVNULL) as other:
        lock = spendsense.home / "local" / "operator.lock"
        wait_until(lambda: lock.exists() and lock.read_text() == str(other.pid), 60)
        with stopped(other.pid):
            printed = spendsense.json("down", expect=3)
        assert printed["message"].endswith(f"but its process {other.pid} is suspended")
        assert f"`kill -CONT {other.pid}`" in printed["next_step"]
        assert other.wait(120) == 0


@pytest.mark.parametrize(
    "frozen",
    # That `down` waits for no process that cannot end by itself shows with the first, too.
    [
        "the local cloud",
        pytest.param("the local cloud and its guardian", marks=pytest.mark.full),
        pytest.param("everything", marks=pytest.mark.full),
    ],
)
def test_down_ends_it_and_all_it_had_started(up: Any, spendsense: Spendsense, frozen: str) -> None:
    pid = spendsense.json("up", "--port", "0")["pid"]
    guardian = [each.pid for each in psutil.Process(pid).children() if "localcloud.guardian" in each.cmdline()]
    chosen = {
        "the local cloud": [pid],
        "the local cloud and its guardian": [pid, *guardian],
        "everything": [each.pid for each in spendsense.processes()],
    }[frozen]
    with stopped(*chosen):
        assert spendsense.json("down")["pid"] == pid
        assert spendsense.processes() == []
    assert spendsense.json("down")["pid"] is None


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
    kill(spendsense, spendsense.json("up", "--port", "0")["pid"])
    for line in WHILE_KILLED:
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
