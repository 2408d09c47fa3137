"""The command line: help, examples, defaults."""

import shlex

import pytest
from typer.testing import CliRunner

from ops import secrets
from ops.cli import main
from ops.deploying import run
from ops.environment import Environment, EnvironmentName
from ops.local import attach, up, variables
from ops.recovery import drill, recover
from ops.rollout import strategy
from ops.rollout.follow import AWS_TIMEOUT_S, LOCAL_TIMEOUT_S
from tests.unit.ops.command_tree import commands


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_and_an_example_that_parses(name: str) -> None:
    command = commands()[name]
    assert command.help
    assert command.epilog.startswith(f"Example: spendsense {name}")
    example = shlex.split(command.epilog.removeprefix("Example: spendsense "))
    command.make_context(name, example[len(name.split()) :])


@pytest.mark.parametrize("name", commands())
def test_every_option_has_help(name: str) -> None:
    silent = [parameter.name for parameter in commands()[name].params if not getattr(parameter, "help", None)]
    assert silent == []


@pytest.mark.parametrize("name", commands())
def test_help_on_80_columns_cuts_nothing_off(name: str) -> None:
    shown = CliRunner().invoke(main.app, [*name.split(), "--help"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert "…" not in shown.output


def test_paragraphs_of_help_are_wrapped_by_the_terminal_alone() -> None:
    shown = CliRunner().invoke(main.app, ["deploy", "--help"], env={"COLUMNS": "80"}).output
    paragraph = shown.split("How tasks are replaced")[1].split("share first.")[0]
    assert min(len(line.strip()) for line in paragraph.splitlines()[:-1]) > 50


@pytest.mark.parametrize("name", commands())
def test_help_names_values_in_words_and_not_by_types(name: str) -> None:
    command = commands()[name]
    context = command.make_context(name, [], resilient_parsing=True)
    options = [each for each in command.get_params(context) if each.param_type_name == "option"]
    assert [each.name for each in options if "<" in (each.display_type_rich(context) or "")] == []
    assert set(command.get_help_option(context).opts) == {"--help", "-h"}


@pytest.mark.parametrize("name", commands())
def test_help_shows_each_default_in_one_pair_of_brackets(name: str) -> None:
    shown = " ".join(CliRunner().invoke(main.app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output.split())
    assert "[default: (" not in shown


def test_help_shows_the_defaults_that_commands_use() -> None:
    def defaults(name: str) -> str:
        return " ".join(CliRunner().invoke(main.app, [*name.split(), "--help"], env={"COLUMNS": "200"}).output.split())

    assert f"[default: the service's, else {strategy.STEP_PERCENT:g}]" in defaults("deploy")
    assert f"[default: {run.TIMEOUT_S:g}]" in defaults("run")
    assert f"[default: {attach.DEFAULT_SPEED:g}]" in defaults("up")
    for name, verb in (("up", up), ("recover", recover), ("drill", drill), ("secrets init", secrets)):
        assert f"[default: {verb.TIMEOUT_S:g}]" in defaults(name)
    assert f"[default: {AWS_TIMEOUT_S:g}, locally {LOCAL_TIMEOUT_S:g}]" in defaults("scale")
    for name in ("deploy", "rollback"):
        assert f"[default: {AWS_TIMEOUT_S:g}, locally {LOCAL_TIMEOUT_S:g}; plus the bake times]" in defaults(name)


def test_up_says_where_it_begins_to_look_for_ports_and_which_environments_it_starts() -> None:
    shown = " ".join(CliRunner().invoke(main.app, ["up", "--help"], env={"COLUMNS": "200"}).output.split())
    assert f"free port from {variables.FIRST_PORT[EnvironmentName.LOCAL]} (like-dev" in shown
    assert {str(port) in shown for port in variables.FIRST_PORT.values()} == {True}
    assert "[default: 4566, or a free port if that is in use]" in shown
    for name in ("up", "down"):
        shown = " ".join(CliRunner().invoke(main.app, [name, "--help"], env={"COLUMNS": "200"}).output.split())
        assert "The environment: local, like-dev, like-staging, like-prod." in shown


def test_reading_commands_offer_json() -> None:
    without = [name for name, command in commands().items() if "as_json" not in {each.name for each in command.params}]
    assert without == []


def test_environments_follow_one_naming_convention() -> None:
    prod = Environment(name=EnvironmentName.PROD, region="us-west-1")
    assert (prod.cluster, prod.load_balancer, prod.data_bucket) == (
        "spendsense-prod",
        "spendsense-prod",
        "spendsense-prod-data",
    )
    assert prod.service == "spendsense-backend"
    assert prod.endpoint is None
