"""The verbs of whoever is on call, `spendsense rollback` and others: parse, call, print."""

from typing import Annotated

import typer

from ops import options
from ops.aws import connect, explain
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import OpsError

app = typer.Typer()


def revisions(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the shell what has served, newest first; nothing where the environment does not answer."""
    from ops import history

    try:
        return history.choices(connect(EnvironmentName(ctx.params.get("env") or EnvironmentName.LOCAL)), incomplete)
    except Exception as exc:  # a shell that completes has nowhere to show an error
        if isinstance(exc, OpsError) or explain(exc) is not None:
            return []
        raise


@app.command(epilog="Example: spendsense rollback --dry-run")
def rollback(
    env: options.Env = EnvironmentName.LOCAL,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            min=1,
            metavar="REVISION",
            help="Go to this one; `history` shows them.",
            show_default="what served before",
            autocompletion=revisions,
        ),
    ] = None,
    timeout: options.Timeout = None,
    dry_run: options.DryRun = False,
    strategy: options.DeploymentStrategy = None,
    bake_time_minutes: options.BakeTime = None,
    as_json: options.Json = False,
) -> None:
    """Go back to what served before, and watch it. Exit status 0 only when it is what serves.

    A deployment that is under way is taken back. Else the revision that served before the present one is deployed: ECS
    remembers which that is. A second rollback goes further back, never to a version that the first one left. Nothing is
    built, and migrations are not run backwards.

    More examples: rollback --env prod; rollback --to 41 --strategy rolling
    """
    from ops import rollback as verb
    from ops.strategy import Wish

    console = Console()
    wish = Wish(strategy=strategy, bake_minutes=bake_time_minutes)
    wanted = verb.Options(to=to, timeout_s=timeout, dry_run=dry_run, wish=wish)
    raise typer.Exit(console.report(verb.run(connect(env), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense history --limit 20")
def history(
    env: options.Env = EnvironmentName.LOCAL,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, metavar="N", help="Show so many.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Show the service's deployments, newest first: what each brought, how it ended and why."""
    from ops import history as verb

    raise typer.Exit(Console().report(verb.run(connect(env), verb.Options(limit=limit)), as_json=as_json))
