"""The command that compares what roles may do with what they did: `spendsense permissions`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect


def permissions(
    env: options.Env = EnvironmentName.LOCAL,
    role: Annotated[
        str | None,
        typer.Option("--role", metavar="ROLE", help="Only this role, such as deploy.", callback=arguments.plain),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", metavar="ROLE", help="Print the smallest policy for this role.", callback=arguments.plain
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show what each role used, what it may and never did, and what it lacked, by the record of decisions.

    The smallest policy has a role's own statements with what was used of them; conditions stay. First run what the
    role is for. Actions that stay without having been used are listed with their reasons.

    More examples: permissions --role operate --json; permissions --policy deploy
    """
    from ops.permissions import report as verb

    requested = verb.Options(role=role, policy=policy)
    verb.check(env, requested)
    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
