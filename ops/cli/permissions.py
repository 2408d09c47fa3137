"""The command that compares roles' permissions with their use: `spendsense permissions`."""

from typing import Annotated

import typer

from ops.aws.clients import explain
from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import OpsError
from ops.local.set_up import connect


def roles(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the shell the roles; none when the environment does not respond."""
    from ops.permissions import policies

    try:
        aws = connect(EnvironmentName(ctx.params.get("env") or EnvironmentName.LOCAL), Console())
        aws.retries.should_give_up = lambda: True  # a completion must be quick
        return [name for name in policies.names(aws) if name.startswith(incomplete)]
    except Exception as exc:  # shell completion has nowhere to show an error
        if isinstance(exc, OpsError) or explain(exc) is not None:
            return []
        raise


def permissions(
    env: options.Env = EnvironmentName.LOCAL,
    role: Annotated[
        str | None,
        typer.Option(
            "--role",
            metavar="ROLE",
            help="Only this role, such as deploy.",
            callback=arguments.plain,
            autocompletion=roles,
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ROLE",
            help="Print the smallest policy for this role.",
            callback=arguments.plain,
            autocompletion=roles,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Show which permissions each role used in the local cloud, which it never used, and which it lacked.

    The local cloud records its decisions, so first run the commands that the role is for. The smallest policy keeps
    the role's own statements and their conditions, but only the actions that were used. Unused actions that
    are kept on purpose are listed with the reason.

    More examples: permissions --role operate --json; permissions --policy deploy
    """
    from ops.permissions import report as verb

    requested = verb.Options(role=role, policy=policy)
    verb.check(env, requested)
    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
