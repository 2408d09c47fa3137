"""The refusals of the command line's parser use this program's words, whichever command is concerned."""

from pathlib import Path
from typing import Any

import pytest

from ops.cli import arguments, edge, main
from ops.cli.parser_errors import reworded
from tests.unit.ops.command_tree import commands, line

WORDS_OF_THE_PARSER = ("Missing", "Invalid value", "Choose from", "unexpected extra", "argument(s)", "does not exist.")
PATH_MESSAGES = {
    "dir '/nope' does not exist.": "should be an existing directory, found '/nope'",
    "File '/nope' does not exist.": "should be an existing file, found '/nope'",
    "path '/nope' does not exist.": "should be an existing path, found '/nope'",
    "dir '/a file' is a file.": "should be a directory, found the file '/a file'",
    "file '/it's' is a directory.": "should be a file, found the directory '/it's'",
    "directory '/x' is not readable.": "should be a directory that can be read, found '/x'",
    "path '/x' is not writable.": "should be a path that can be written, found '/x'",
}


def groups() -> dict[str, Any]:
    """Return every group of commands."""
    found = edge.tree(main.app).commands  # type: ignore[attr-defined]
    return {name: each for name, each in found.items() if getattr(each, "commands", None)}


def required() -> list[tuple[str, str, list[str]]]:
    """Return command, name and choices of each option or argument that a command cannot do without."""
    return [
        (name, each.opts[0] if each.param_type_name == "option" else each.metavar or each.name.upper(),
         [str(choice) for choice in each.type_descriptor.choices or ()] if each.type_descriptor.is_choice else [])
        for name, command in commands().items()
        for each in command.params
        if each.required
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "missing", "choices"), required())
def test_what_is_missing_is_named_with_its_choices_and_an_example(
    name: str, missing: str, choices: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.outcome(main.app, name.split(), as_json=False) == 2
    message, step = capsys.readouterr().err.splitlines()
    wanted = "a command after --" if missing == "COMMAND..." else missing
    among = f": one of {', '.join(choices)}" if choices else ""
    assert message == f"spendsense: {name} needs {wanted}{among}"
    assert step.startswith(f"  next: for example `spendsense {name} ")


@pytest.mark.parametrize("name", groups())
def test_a_group_without_a_command_names_its_commands_and_a_next_step(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.outcome(main.app, [name], as_json=False) == 2
    message, step = capsys.readouterr().err.splitlines()[-2:]
    assert message.startswith(f"spendsense: {name} needs a command: ")
    assert all(each in message for each in groups()[name].commands)
    assert step == f"  next: see `spendsense {name} --help`"


def test_the_program_without_a_command_names_a_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.outcome(main.app, [], as_json=False) == 2
    assert capsys.readouterr().err.splitlines()[-1] == "  next: see `spendsense --help`"


@pytest.mark.parametrize("name", [name for name in commands() if name not in {"run", "exec"}])
def test_an_argument_too_many_is_named(name: str, outcome: Any) -> None:
    given = ["database"] if name == "port-forward" else []
    status, answer, _ = outcome([*line(name), *given, "too", "many"])
    takes = {"port-forward": "only STORE", "faults add": "only KIND", "faults remove": "only FAULT"}
    assert (status, answer["message"]) == (2, f"{name} takes {takes.get(name, 'no arguments')}, found 'too many'")


@pytest.mark.parametrize(("theirs", "ours"), PATH_MESSAGES.items())
def test_every_message_about_a_path_says_what_it_should_be(theirs: str, ours: str) -> None:
    assert reworded(theirs, "'/nope'") == ours


def test_no_message_is_the_parsers_own(tmp_path: Path, outcome: Any) -> None:
    file = tmp_path / "file"
    file.touch()
    for words in (["up", "--source", "/nope"], ["build", "--source", str(file)], ["promote"], ["status", "x"], ["run"]):
        _, answer, _ = outcome(words)
        assert not [each for each in WORDS_OF_THE_PARSER if each in answer["message"]], answer["message"]


@pytest.mark.parametrize("text", ["nonsense", "r:latest", "r@sha256:abc"])
@pytest.mark.parametrize("name", ["deploy", "diff", "verify", "promote"])
def test_an_image_without_a_digest_is_shown_with_what_it_should_be(name: str, text: str, outcome: Any) -> None:
    _, answer, _ = outcome(
        ["promote", "--to", "prod", "--image", text] if name == "promote" else [name, "--image", text]
    )
    wanted = "REPOSITORY@sha256:... (64 hexadecimal digits)"
    assert answer["message"] == f"{name}: --image should be {wanted}, found '{text}'"


@pytest.mark.parametrize(
    ("name", "former"), [(name, each) for name, all_ in arguments.FORMER_NAMES.items() for each in all_]
)
def test_a_former_name_of_an_option_is_accepted_but_not_shown(
    name: str, former: str, outcome: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    option = arguments.FORMER_NAMES[name][former]
    _, answer, _ = outcome(line(name, former, "3", option, "4"))
    assert answer["message"] == f"{name}: {option} was given more than once: keep one"
    edge.outcome(main.app, [name, "--help"], as_json=False)
    assert former not in capsys.readouterr().out


def test_the_usage_of_a_command_to_run_shows_the_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    edge.outcome(main.app, ["run", "--help"], as_json=False)
    assert "spendsense run [OPTIONS] -- COMMAND..." in capsys.readouterr().out


@pytest.mark.parametrize("words", [["status"], ["faults", "list"]])
def test_a_wrong_value_of_a_variable_is_named_by_the_variable(
    words: list[str], monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    monkeypatch.setenv("SPENDSENSE_ENV", "nowhere")
    _, answer, _ = outcome(words)
    assert answer["message"].startswith("SPENDSENSE_ENV should be one of local, dev, staging")
    assert answer["message"].endswith("found 'nowhere'")
    assert answer["next_step"] == "correct SPENDSENSE_ENV, or give --env"


def test_an_environment_of_the_shell_gives_way_to_like(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> None:
    monkeypatch.setenv("SPENDSENSE_ENV", "dev")
    _, answer, _ = outcome(["drift", "--like", "prod"])
    assert answer["message"].startswith("the like-prod environment is not running")
