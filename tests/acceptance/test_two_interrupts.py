"""Ctrl-C twice in a row, as people press it, in the verbs that change much: they end soon, nothing half done."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.terraform import process
from tests.acceptance.command import BIN, Spendsense
from tests.ports import free_pair
from tests.waiting import wait_until

pytestmark = pytest.mark.full

# A command, and what it says when there is something to interrupt.
VERBS = (
    ("deploy --image IMAGE", ""),
    ("deploy --image IMAGE", "rev "),
    ("rollback", "rev "),
)
BETWEEN_S = (0.0, 0.3)
ENDS_WITHIN_S = 120


def interrupted_twice(spendsense: Spendsense, words: list[str], begins: str, between_s: float) -> tuple[int, str]:
    """Run a command, press Ctrl-C twice once it has said a line that begins so; -> exit status, what it said."""
    with subprocess.Popen(
        [BIN / "spendsense", *words],
        env=spendsense.environment_of(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stdout is not None
        said = ""
        for line in running.stdout:
            said += line
            if line.startswith(begins):
                break
        running.send_signal(signal.SIGINT)
        time.sleep(between_s)  # the time between the two signals is what the test is about
        running.send_signal(signal.SIGINT)
        said += running.stdout.read()
        return running.wait(ENDS_WITHIN_S), said


def test_an_up_whose_database_cannot_start_ends_at_the_second_signal(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root's PostgreSQL is started by setpriv, which stands still here")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "setpriv").write_text("#!/bin/sh\nexec sleep 3000\n")
    (programs / "setpriv").chmod(0o755)
    spendsense = Spendsense(tmp_path / "home")
    said = spendsense.home / "local" / "terraform" / "output.jsonl"
    with subprocess.Popen(
        [BIN / "spendsense", "up", "--port", "0", "--listener-port", str(free_pair())],
        env={**spendsense.environment, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as up:
        assert up.stdout is not None
        wait_until(lambda: said.exists() and waits_for_the_database(said.read_text()), 300)
        for _ in range(2):
            up.send_signal(signal.SIGTERM)
            time.sleep(0.3)  # the time between the two signals is what the test is about
        assert up.wait(ENDS_WITHIN_S) == 128 + signal.SIGTERM
        printed = up.stdout.read()
    assert process.STOPPING in printed
    assert "running `" in printed.splitlines()[-1] or "still finishes" in printed, printed
    wait_until(lambda: not spendsense.processes(), ENDS_WITHIN_S)  # what it left ends by itself


def waits_for_the_database(output: str) -> bool:
    return any('"apply_progress"' in line and "aws_db_instance.this" in line for line in output.splitlines())


def is_well(spendsense: Spendsense) -> bool:
    return spendsense("status", expect=None).returncode == 0


@pytest.mark.parametrize("between_s", BETWEEN_S)
@pytest.mark.parametrize(("line", "begins"), VERBS)
def test_two_interrupts_end_it_without_a_traceback_and_what_it_began_is_completed(
    up: Any, spendsense: Spendsense, line: str, begins: str, between_s: float
) -> None:
    wait_until(lambda: is_well(spendsense), 180)
    image = spendsense.json("status", expect=None)["services"][0]["image"]
    status, said = interrupted_twice(spendsense, line.replace("IMAGE", image).split(), begins, between_s)
    assert status in {130, -signal.SIGINT}, said
    assert "Traceback" not in said, said
    wait_until(lambda: is_well(spendsense), 180)
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200
