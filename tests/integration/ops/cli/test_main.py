"""The command line as a process: exit statuses, what goes to which stream."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

SPENDSENSE = [sys.executable, "-m", "ops.cli.main"]


def spendsense(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SPENDSENSE, *arguments],
        env={**os.environ, "SPENDSENSE_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("wrong", [("--port", "65536"), ("--listener-port", "0"), ("--listener-port", "65536")])
def test_an_invalid_port_is_a_misuse_before_anything_is_started(wrong: tuple[str, str], tmp_path: Path) -> None:
    done = spendsense("up", *wrong, home=tmp_path / "home")
    assert done.returncode == 2
    assert wrong[0] in done.stderr
    assert not (tmp_path / "home").exists()


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    done = spendsense("--version", home=tmp_path)
    assert (done.returncode, done.stdout) == (0, f"spendsense {version('spendsense')}\n")


def test_an_environment_that_is_not_up_gives_exit_3_and_the_next_step(tmp_path: Path) -> None:
    done = spendsense("status", "--json", home=tmp_path)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"] == "NotReachable"
    assert "not running" in done.stderr
    assert "next: start it with `make up`" in done.stderr


def test_misuse_gives_exit_2(tmp_path: Path) -> None:
    assert spendsense("deploy", "--no-such-option", home=tmp_path).returncode == 2
    assert spendsense("down", "--env", "prod", home=tmp_path).returncode == 2


def test_down_with_nothing_running_succeeds(tmp_path: Path) -> None:
    done = spendsense("down", "--json", home=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "stopped": False,
        "pid": None,
        "was_killed": False,
        "data_deleted": False,
        "left_behind": [],
    }


def test_help_does_not_load_the_aws_library() -> None:
    script = "import sys, ops.cli.main; sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
