"""Standard streams that are closed, full, no longer read, or limited to ASCII."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SPENDSENSE = [sys.executable, "-m", "ops.cli.main"]


def spendsense(
    *words: str, home: Path, environment: dict[str, str] | None = None, **streams: Any
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*SPENDSENSE, *words],
        env={**os.environ, "SPENDSENSE_HOME": str(home), **(environment or {})},
        text=True,
        timeout=60,
        check=False,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams},
    )


@pytest.mark.parametrize(
    "words", [["--help"], ["down", "--json"], ["status", "--json"]], ids=["help", "a result", "an error"]
)
def test_output_that_cannot_be_written_is_an_error_without_a_traceback(words: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = spendsense(*words, home=tmp_path, stdout=full)
    assert done.returncode not in {0, 120}
    assert done.stderr.count("No space left on device") == 1
    assert "spendsense: standard output" in done.stderr
    assert "free space on that disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("words", [["down", "--json"], ["--help"], ["deploy", "--help"]], ids=" ".join)
def test_a_closed_reader_ends_the_command_quietly(words: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = spendsense(*words, home=tmp_path, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_unread_progress_does_not_stop_the_command(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = spendsense("status", "--json", home=tmp_path, stderr=writing)
    os.close(writing)
    assert (done.returncode, json.loads(done.stdout)["error"]) == (3, "NotReachable")


def test_closed_streams_are_no_error(tmp_path: Path) -> None:
    command = shlex.join([*SPENDSENSE, "down"]) + " <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], env={**os.environ, "SPENDSENSE_HOME": str(tmp_path)}, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0"}])
def test_a_terminal_that_shows_only_ascii_gets_every_message(locale: dict[str, str], tmp_path: Path) -> None:
    home = tmp_path / "größe…"
    home.mkdir()
    done = spendsense("status", home=home, environment=locale)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "not running" in done.stderr
