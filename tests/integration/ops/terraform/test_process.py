"""A Terraform that takes long to stop: a second signal ends the command, and nothing that saves a state is killed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from ops.terraform import process
from ops.waiter import Deadline, wait_for

COMMAND = """
import os, sys
from pathlib import Path
from ops import signals
from ops.signals import Interrupted
from ops.terraform import process

directory, changes, script = Path(sys.argv[1]), sys.argv[2] == "apply", sys.argv[3]
signals.catch()
command = ["sh", "-c", script, f"-chdir={directory}"]
say = lambda text: print(text, flush=True)
try:
    process.run(directory, command, os.environ, lambda _: None, say, changes=changes)
except Interrupted as exc:
    print(*getattr(exc, "__notes__", []), "twice:", signals.have_come_twice(), flush=True)
"""
# Whoever interrupts it must wait: it has to finish first.
TERRAFORM = "trap 'touch {0}/interrupted' INT; touch {0}/begun; while [ ! -e {0}/go ]; do sleep 0.05; done"


@contextmanager
def started(directory: Path, verb: str, script: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(directory), verb, script],
        stdout=subprocess.PIPE,
        text=True,
        # A shell's background job, as a test run may be one, ignores SIGINT and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as command:
        try:
            yield command
        finally:
            command.kill()  # else leaving would wait for ever after a failure


def appears(path: Path) -> None:
    assert wait_for(lambda: path.exists() or None, Deadline(60), interval_s=0.02), path


def recorded(directory: Path) -> int:
    """Wait for the record: Terraform may begin before its command has written it."""
    pid = wait_for(lambda: process.earlier(directory), Deadline(60), interval_s=0.02)
    assert pid is not None
    return pid


@pytest.mark.parametrize("verb", ["apply", "plan"])
def test_a_second_signal_ends_the_command_and_an_apply_finishes_by_itself(tmp_path: Path, verb: str) -> None:
    with started(tmp_path, verb, TERRAFORM.format(tmp_path)) as command:
        appears(tmp_path / "begun")
        running = psutil.Process(recorded(tmp_path))
        command.send_signal(signal.SIGTERM)
        appears(tmp_path / "interrupted")
        assert command.stdout is not None
        assert command.stdout.readline().strip() == process.STOPPING
        command.send_signal(signal.SIGTERM)
        rest = command.stdout.read().strip()
        assert command.wait() == 0
    assert rest.endswith("twice: True")
    if verb == "plan":
        assert not running.is_running()
        return
    assert process.LEFT.format(pid=running.pid) in rest
    assert process.earlier(tmp_path) == running.pid  # so the next command waits for it
    (tmp_path / "go").touch()
    process.wait_for_earlier(tmp_path, lambda _: None)


def test_one_signal_waits_for_the_end(tmp_path: Path) -> None:
    script = TERRAFORM.replace("{0}/interrupted", "{0}/go").format(tmp_path)
    with started(tmp_path, "apply", script) as command:
        appears(tmp_path / "begun")
        recorded(tmp_path)
        command.send_signal(signal.SIGTERM)
        said, _ = command.communicate()
    assert said.splitlines() == [process.STOPPING, "twice: False"]
    assert process.earlier(tmp_path) is None
    assert not (tmp_path / process.RUNNING).exists()
