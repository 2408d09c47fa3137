"""Completion in the shell: the scripts of the named shells, and the words that are offered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SPENDSENSE = [sys.executable, "-m", "ops.cli.main"]
SCRIPTS = {
    "bash": "complete -o default -F _spendsense_completion spendsense",
    "zsh": "#compdef spendsense",
    "fish": "complete --command spendsense",
}


def spendsense(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "SPENDSENSE_HOME": str(home), "HOME": str(home), **environment}
    return subprocess.run(
        [*SPENDSENSE, *arguments], env=variables, capture_output=True, text=True, timeout=60, check=False
    )


def offered(line: str, home: Path) -> list[str]:
    """Return what bash is offered after these words; a space at the end begins a new one."""
    asked = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_SPENDSENSE_COMPLETE": "complete_bash"}
    return spendsense(home=home, **asked).stdout.split()


@pytest.mark.parametrize("shell", SCRIPTS)
def test_the_script_of_the_named_shell_is_printed(tmp_path: Path, shell: str) -> None:
    done = spendsense("--show-completion", shell, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert SCRIPTS[shell] in done.stdout


def test_the_script_of_the_named_shell_is_installed(tmp_path: Path) -> None:
    done = spendsense("--install-completion", "fish", home=tmp_path)
    assert done.returncode == 0, done.stderr
    (installed,) = tmp_path.rglob("spendsense.fish")
    assert SCRIPTS["fish"] in installed.read_text()
    assert str(installed) in done.stdout


def test_an_unknown_shell_is_a_misuse(tmp_path: Path) -> None:
    done = spendsense("--show-completion", "tcsh", home=tmp_path)
    assert done.returncode == 2
    assert "--show-completion tcsh: should be one of bash, zsh, fish" in done.stderr


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("spendsense faults add fr", ["freeze-task"]),
        ("spendsense faults add fail-health --checks ", ["all", "container", "target"]),
        ("spendsense faults add break-service --service secr", ["secretsmanager"]),
        ("spendsense faults add break-service --response thr", ["throttle"]),
        ("spendsense up --like ", ["dev", "staging", "prod"]),
        ("spendsense permissions --role ", []),  # no environment answers
    ],
)
def test_values_are_offered(tmp_path: Path, line: str, words: list[str]) -> None:
    assert offered(line, tmp_path) == words
