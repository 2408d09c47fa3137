"""Commands in messages: they name the program and the environment as the caller has to."""

from typing import Annotated, Any

import pytest
import typer

from ops.cli.arguments import Commands
from ops.cli.pasting import pasteable
from ops.errors import NotFound


@pytest.mark.parametrize(
    ("line", "quoted", "pasted"),
    [
        ("deploy", "status", "status"),
        ("deploy --env local", "status", "status"),
        ("deploy --env prod", "status", "status --env prod"),
        ("deploy --env=prod", "recover --to 10m", "recover --env prod --to 10m"),
        ("deploy -e prod", "secrets init", "secrets init --env prod"),
        ("deploy -eprod", "run -- ls", "run --env prod -- ls"),
        ("status --env prod", "rollback --env staging", "rollback --env staging"),
        ("status --env prod", "status --help", "status --help"),
        ("status --env prod", "up", "up"),
        ("status --env like-prod", "up", "up --like prod"),
        ("up --like dev", "up", "up --like dev"),
        ("up --like=dev --speed 9", "down", "down --env like-dev"),
        ("up --like dev", "up --like prod", "up --like prod"),
        ("status --env like-dev", "faults list", "faults list --env like-dev"),
        ("status --env prod", "cost --plan FILE", "cost --plan FILE"),
        ("status --env nowhere", "status", "status"),
        ("status --env", "status", "status"),
    ],
)
def test_a_quoted_command_acts_where_the_refused_one_did(line: str, quoted: str, pasted: str) -> None:
    text = f"first `make up`, then `spendsense {quoted}`; spendsense-backend stays"
    assert pasteable(text, line.split()) == f"first `make up`, then `spendsense {pasted}`; spendsense-backend stays"


def test_a_quoted_command_names_the_program_as_it_was_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", [".venv/bin/spendsense"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert pasteable("`spendsense down`, then `spendsense up`") == (
        "`.venv/bin/spendsense down`, then `.venv/bin/spendsense up`"
    )


def test_an_error_quotes_commands_that_can_be_pasted(outcome: Any) -> None:
    app = Commands()
    app.callback()(lambda: None)

    @app.command("status")
    def status(env: Annotated[str, typer.Option()], as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
        raise NotFound("`spendsense deploy` has never run", next_step="see `spendsense status`")

    _, answer, messages = outcome(["status", "--env", "prod"], app)
    assert answer["message"] == "`spendsense deploy --env prod` has never run"
    assert answer["next_step"] == "see `spendsense status --env prod`"
    assert "next: see `spendsense status --env prod`" in messages
