"""Ctrl-C during `spendsense up`."""

import signal
import subprocess
from pathlib import Path

from tests.acceptance.command import BIN, Spendsense
from tests.waiting import wait_until


def test_an_interrupted_up_leaves_nothing_running(tmp_path: Path) -> None:
    command = Spendsense(tmp_path)
    with subprocess.Popen(
        [BIN / "spendsense", "up", "--port", "0"],
        env=command.environment,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background job, as a test run may be one, ignores SIGINT and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as interrupted:
        wait_until(lambda: (tmp_path / "local" / "endpoint.json").exists(), 60)
        interrupted.send_signal(signal.SIGINT)
        _, progress = interrupted.communicate(timeout=60)
    assert interrupted.returncode == 130, progress
    assert "Stopping what was started" in progress
    assert command.processes() == []
