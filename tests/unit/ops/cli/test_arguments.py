"""Implausible option values are refused, and the option is named."""

from typing import Any

import pytest

from tests.unit.ops.command_tree import commands, line, options_of

WRONG_TEXTS = {"empty": "", "long": "x" * 5000, "two lines": "a\nb", "escape": "a\x1b[31mb", "not UTF-8": "\udce9"}


@pytest.mark.parametrize("text", WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
@pytest.mark.parametrize(("name", "option"), [each for each in options_of("str") if each[1] != "--env"])
def test_an_implausible_text_is_refused_and_the_option_is_named(
    name: str, option: str, text: str, outcome: Any
) -> None:
    status, answer, _ = outcome(line(name, option, text))
    assert (status, answer["error"]) == (2, "Misuse")
    assert f": {option} " in answer["message"]
    assert len(answer["message"]) < 600
    assert answer["message"].isprintable()


@pytest.mark.parametrize(("name", "option"), options_of("Path"))
def test_an_empty_path_does_not_mean_the_current_directory(name: str, option: str, outcome: Any) -> None:
    status, answer, _ = outcome(line(name, option, ""))
    assert (status, f": {option} " in answer["message"]) == (2, True)


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
@pytest.mark.parametrize(("name", "option"), options_of("float"))
def test_a_number_that_no_clock_reaches_is_refused(name: str, option: str, number: str, outcome: Any) -> None:
    status, answer, _ = outcome(line(name, option, number))
    assert (status, f": {option} " in answer["message"]) == (2, True)


@pytest.mark.parametrize("name", commands())
def test_an_option_given_twice_is_refused(name: str, outcome: Any) -> None:
    option = "--from" if name == "promote" else "--env"
    status, answer, _ = outcome(line(name, option, "dev", option, "prod"))
    assert (status, f"{option} was given more than once" in answer["message"]) == (2, True)


@pytest.mark.parametrize("words", [["run", "--", ""], ["run", "--", "x" * 9000], ["run", "--"]])
def test_a_command_to_run_begins_with_a_programs_name(words: list[str], outcome: Any) -> None:
    assert outcome(words)[0] == 2
