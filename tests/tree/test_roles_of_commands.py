"""Commands have a role that the acceptance tests run them under, or a reason to have none."""

import typer

from ops.cli.main import app
from tests.acceptance.roles import ROLES, WITHOUT_ROLE, environment_in


def test_no_command_is_without_a_role_or_a_reason() -> None:
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert ROLES.keys() | WITHOUT_ROLE.keys() == commands
    assert ROLES.keys().isdisjoint(WITHOUT_ROLE)


def test_the_environment_of_a_command_is_the_one_that_it_names() -> None:
    assert environment_in(["plan"]) == "local"
    assert environment_in(["plan", "--like", "dev"]) == "like-dev"
    assert environment_in(["status", "--env", "like-prod", "--json"]) == "like-prod"
