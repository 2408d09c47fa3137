"""The program's edge: errors as JSON, contradicting options, signals, and a full disk."""

import errno
import os
import signal
from typing import Any

import pytest
import typer

from ops.cli import edge, main
from ops.cli.arguments import Commands
from ops.errors import BuildFailed
from ops.signals import Interrupted, from_now_on
from tests.unit.ops.command_tree import commands, line

# Another environment is refused or cannot be reached; what is not up cannot be asked.
ENDS_WITHOUT_A_CLOUD = {
    "up": ["--env", "prod"],
    "down": ["--env", "prod"],
    "cost": ["--env", "local"],
    "doctor": ["--env", "x"],
}


@pytest.mark.parametrize("name", commands())
def test_every_command_answers_an_error_as_json_with_its_exit_status(name: str, outcome: Any) -> None:
    if name == "down":  # nothing to stop is no error
        name = "down --env prod"
    status, answer, messages = outcome(line(*_split(name)))
    assert status == answer["exit_code"] > 0
    assert (answer["ok"], set(answer)) == (False, {"ok", "error", "message", "next_step", "exit_code"})
    assert answer["message"] in " ".join(messages.split()) or answer["message"].split("\n")[0] in messages


def _split(name: str) -> list[str]:
    for command in commands():
        if name == command:
            return [name, *ENDS_WITHOUT_A_CLOUD.get(name, [])]
    command, *words = name.split()
    return [command, *words]


@pytest.mark.parametrize("name", commands())
def test_every_command_answers_a_misuse_as_json(name: str, outcome: Any) -> None:
    status, answer, _ = outcome(line(name, "--no-such-option"))
    assert (status, answer["error"]) == (2, "Misuse")
    assert answer["next_step"].endswith(f"see `spendsense {name} --help`")


@pytest.mark.parametrize("words", [["no-such-command"], ["faults", "no-such-command"], ["secrets"]])
def test_an_unknown_command_is_a_misuse(words: list[str], outcome: Any) -> None:
    status, answer, _ = outcome(words)
    assert (status, answer["error"]) == (2, "Misuse")


@pytest.mark.parametrize(
    ("words", "message", "step"),
    [
        (["deploy", "--tag"], "deploy: --tag needs a value", "see `spendsense deploy --help`"),
        (
            ["deploy", "--force=yes"],
            "deploy: --force takes no value",
            "see `spendsense deploy --help`",
        ),
        (["faults", "nope"], "faults: there is no command 'nope'", "see `spendsense faults --help`"),
        (
            ["secrets", "init", "--oauth"],
            "secrets init: --oauth needs a value",
            "see `spendsense secrets init --help`",
        ),
        (["--nope"], "there is no option --nope", "options follow the command's name; see `spendsense --help`"),
        (
            ["deploy", "--imagee", "x"],
            "deploy: there is no option --imagee. Did you mean --image?",
            "see `spendsense deploy --help`",
        ),
        (["logs", "--strem", "x"], "logs: there is no option --strem", "see `spendsense logs --help`"),
        (
            ["run", "python", "-V"],
            "run: there is no option -V",
            "put the command to run after --; see `spendsense run --help`",
        ),
    ],
)
def test_an_error_of_the_parser_names_the_command_once_and_its_help(
    words: list[str], message: str, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.outcome(main.app, words, as_json=False) == 2
    printed = " ".join(capsys.readouterr().err.split())
    assert printed.startswith(f"spendsense: {message}")
    assert printed.endswith(f"next: {step}")


def failing(exc: BaseException) -> typer.Typer:
    """Return a program whose only command ends with this exception."""
    app = Commands()
    app.callback()(lambda: None)

    @app.command("status")
    def status(as_json: bool = typer.Option(False, "--json")) -> None:
        from_now_on("the deployment goes on")
        raise exc

    @app.command("scale")
    def scale(as_json: bool = typer.Option(False, "--json"), dry_run: bool = typer.Option(False, "--dry-run")) -> None:
        from_now_on()
        raise exc

    return app


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EMFILE])
def test_errors_of_this_machine_have_no_traceback(number: int, outcome: Any) -> None:
    status, answer, messages = outcome(["status"], failing(OSError(number, os.strerror(number), "/some/file")))
    assert (status, answer["error"]) == (1, "MachineRefused")
    assert answer["message"] == f"/some/file: {os.strerror(number)}"
    assert answer["next_step"]
    assert "Traceback" not in messages


def test_a_bug_of_ours_shows_its_traceback_and_still_prints_json(outcome: Any) -> None:
    status, answer, messages = outcome(["status"], failing(ZeroDivisionError("by what?")))
    assert (status, answer["message"]) == (1, "a bug in this program: ZeroDivisionError: by what?")
    assert "Traceback" in messages


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reports_what_continues(number: signal.Signals, outcome: Any) -> None:
    status, answer, messages = outcome(["status"], failing(Interrupted(number)))
    assert status == answer["exit_code"] == 128 + number
    assert answer["message"] == f"ended by {number.name}: the deployment goes on"
    assert f"ended by {number.name}: the deployment goes on" in messages


def test_a_signal_reports_the_last_state_and_the_final_clean_up(outcome: Any) -> None:
    exc = Interrupted(signal.SIGTERM)
    exc.add_note("the task was stopped")
    _, answer, _ = outcome(["status"], failing(exc))
    assert answer["message"] == "ended by SIGTERM: the task was stopped; the deployment goes on"


@pytest.mark.parametrize(
    ("printed", "step"),
    [
        ("uv pip failed: No space left on device (os error 28)", "free space on the disk that holds"),
        ("the database did not come up: database or disk is full", "free space on the disk that holds"),
        ("initdb: could not write: Disk quota exceeded", "free space on the disk that holds"),
        ("PutParameter: [Errno 27] File too large", "allow larger files (`ulimit -f`)"),
    ],
)
def test_after_any_error_by_a_full_disk_the_next_step_is_to_free_space(printed: str, step: str, outcome: Any) -> None:
    _, answer, _ = outcome(["status"], failing(BuildFailed(printed, next_step="correct requirements.txt")))
    assert step in answer["next_step"]


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["scale"], "the number of tasks and its bounds were not changed"),
        (["scale", "--dry-run"], "nothing was changed"),
    ],
)
def test_a_signal_before_any_change_and_during_a_dry_run_says_so(words: list[str], left: str, outcome: Any) -> None:
    _, answer, _ = outcome(words, failing(Interrupted(signal.SIGTERM)))
    assert answer["message"] == f"ended by SIGTERM: {left}"


def test_every_command_says_what_a_signal_leaves_behind() -> None:
    assert set(edge.LEFT_BEHIND) == set(commands())
