"""A signal ends a command that waits."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPENDSENSE = [sys.executable, "-m", "ops.cli.main"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_waiting_command_with_a_sentence(
    number: signal.Signals, tmp_path: Path, silent_endpoint: Callable[[Path], Any]
) -> None:
    def as_in_a_terminal() -> None:
        """Whoever runs the tests may ignore signals, as nohup does; a child would inherit that."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

    with (
        silent_endpoint(tmp_path) as received,
        subprocess.Popen(
            [*SPENDSENSE, "status", "--json"],
            env={**os.environ, "SPENDSENSE_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=as_in_a_terminal,
        ) as running,
    ):
        received()
        running.send_signal(number)
        answer, messages = running.communicate(timeout=30)
    assert running.returncode == 128 + number
    assert json.loads(answer)["message"] == f"ended by {number.name}: nothing was changed"
    assert f"spendsense: ended by {number.name}: nothing was changed" in messages
