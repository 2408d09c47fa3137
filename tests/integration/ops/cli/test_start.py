"""A signal before the command has started is reported in one line, without a traceback."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# Stands for a library that takes its time to be read.
SLOW = """
import sys
sys.stderr.write("reading\\n")
sys.stderr.flush()
sys.stdin.read()
"""
MAIN = "from ops.cli.start import main; main()"


def interrupted(tmp_path: Path, number: signal.Signals, *words: str, **streams: Any) -> tuple[int, str, str]:
    (tmp_path / "typer.py").write_text(SLOW)
    received = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    with subprocess.Popen(
        [sys.executable, "-c", MAIN, *words],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        text=True,
        # A test run in the background hands down an ignored Ctrl-C.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        **received,
    ) as command:
        assert command.stderr is not None
        assert command.stderr.readline() == "reading\n"
        command.send_signal(number)
        printed, reported = command.communicate(timeout=60)
    return command.returncode, printed or "", reported


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_signal_is_reported_in_one_line(tmp_path: Path, number: signal.Signals) -> None:
    reported = f"ended by {number.name}: nothing was started"
    assert interrupted(tmp_path, number, "status") == (128 + number, "", f"spendsense: {reported}\n")


def test_a_script_gets_json(tmp_path: Path) -> None:
    status, printed, _ = interrupted(tmp_path, signal.SIGTERM, "deploy", "--json")
    assert json.loads(printed) == {
        "ok": False,
        "error": "Interrupted",
        "signal": "SIGTERM",
        "message": "ended by SIGTERM: nothing was started",
        "next_step": None,
        "exit_code": status,
    }


def test_arguments_after_two_dashes_belong_to_another_program(tmp_path: Path) -> None:
    assert interrupted(tmp_path, signal.SIGINT, "run", "--", "tool", "--json")[:2] == (130, "")


def test_a_full_disk_does_not_prevent_the_exit(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        assert interrupted(tmp_path, signal.SIGINT, "status", "--json", stdout=full)[0] == 130
