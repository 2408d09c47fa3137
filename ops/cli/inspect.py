"""The commands that only read: `spendsense status`, `history` and `logs`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect
from ops.moments import age_ms


def status(env: options.Env = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Show what is running. Exit status 0 only when the service is steady and healthy."""
    from ops import status as verb

    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), console), as_json=as_json))


def history(
    env: options.Env = EnvironmentName.LOCAL,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, metavar="N", help="How many to show.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Show the service's deployments, newest first: what each one deployed, how it ended and why."""
    from ops.deploying import history as verb

    console = Console()
    raise typer.Exit(
        console.report(verb.run(connect(env, console), verb.Options(limit=limit), console), as_json=as_json)
    )


def logs(
    env: options.Env = EnvironmentName.LOCAL,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines until Ctrl-C.")] = False,
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="AGE",
            help="How far back to start: 90s, 10m, 2h, 1d.",
            callback=arguments.accepted_by(age_ms),
        ),
    ] = "10m",
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="ID",
            help="Only this task: its id, or the id's first characters.",
            callback=arguments.task,
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="PATTERN",
            help="Only lines that match this filter pattern of CloudWatch Logs.",
            callback=arguments.log_pattern,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print the tasks' log lines."""
    from ops import logs as verb

    requested = verb.Options(since=since, task=task, pattern=pattern, follow=follow, as_json=as_json)
    verb.check(requested)
    console = Console()
    verb.run(connect(env, console), requested, console)
