"""The `spendsense` command: every subcommand with its example, in the order of `--help`."""

import gc
from typing import Annotated, NoReturn

import typer

from ops.cli import (
    arguments,
    cost,
    daily,
    edge,
    faults,
    infrastructure,
    inspect,
    local,
    lock,
    operate,
    permissions,
    recovery,
    secrets,
    sessions,
    ship,
)
from ops.console import Console

app = arguments.Commands(
    name="spendsense",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        from importlib.metadata import version

        Console().result(f"spendsense {version('spendsense')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Ship and run SpendSense: on this machine, or on AWS."""


app.command(epilog="Example: spendsense up --like prod --speed 20")(local.up)
app.command(epilog="Example: spendsense down --delete-data --yes")(local.down)
app.command(epilog="Example: spendsense status --json")(inspect.status)
app.command(epilog="Example: spendsense build --tag v1.2.0")(ship.build)
app.command(epilog="Example: spendsense diff --env prod --tag v1.2.0")(ship.diff)
app.command(epilog="Example: spendsense verify --env prod --tag v1.2.0")(ship.verify)
app.command(epilog="Example: spendsense deploy --strategy blue-green --bake-time-minutes 5")(ship.deploy)
app.command(epilog="Example: spendsense promote --from staging --to prod")(ship.promote)
app.command(epilog="Example: spendsense recover --to 10m --dry-run")(recovery.recover)
app.command(epilog="Example: spendsense drill --yes --json")(recovery.drill)
app.command(epilog="Example: spendsense logs --follow --filter ERROR")(inspect.logs)
app.command(epilog="Example: spendsense cost --env prod --usage requests_million=20")(cost.cost)
app.command(epilog="Example: spendsense plan --like prod --var min_capacity=3")(infrastructure.plan)
app.command(epilog="Example: spendsense drift --env prod --json")(infrastructure.drift)
app.command(epilog="Example: spendsense destroy --like dev --yes")(infrastructure.destroy)
app.command(epilog="Example: spendsense permissions --role deploy")(permissions.permissions)
app.add_typer(secrets.app, name="secrets")
app.add_typer(faults.app, name="faults")
app.add_typer(lock.app, name="lock")
# Typer lists groups after the commands; a group without a name follows them with its own commands.
more = arguments.Commands()
more.command(epilog="Example: spendsense rollback --dry-run")(ship.rollback)
more.command(epilog="Example: spendsense history --limit 20")(inspect.history)
more.command(epilog="Example: spendsense scale --max 6 --desired 5")(operate.scale)
more.command(epilog="Example: spendsense restart --env prod")(daily.restart)
more.command(epilog="Example: spendsense stop --task 3f0c9d2b")(daily.stop)
more.command(epilog="Example: spendsense approve --env prod")(daily.approve)
more.command(epilog="Example: spendsense reject --env prod")(daily.reject)
more.command(epilog="Example: spendsense wait --timeout 300")(daily.wait)
more.command(epilog="Example: spendsense tasks --stopped")(daily.tasks)
more.command(epilog="Example: spendsense events --follow")(daily.events)
more.command("open", epilog="Example: spendsense open --no-browser")(daily.open_)
more.command(epilog="Example: spendsense doctor --env prod")(daily.doctor)
more.command("exec", epilog="Example: spendsense exec -- /bin/sh")(sessions.exec_)
more.command(epilog="Example: spendsense port-forward database --env prod")(sessions.port_forward)
more.command(epilog="Example: spendsense run -- python -m app.migrate --check")(operate.run)
app.add_typer(more)

# A command keeps what it makes first: AWS's models. Python's search for garbage after every 700 new objects took a
# tenth of the time of `status`.
NEW_OBJECTS = 200_000


def main() -> NoReturn:
    """Run the command line."""
    gc.set_threshold(NEW_OBJECTS)
    edge.main(app)


if __name__ == "__main__":
    main()
