"""The operator's verbs, `spendsense rollback` and others: parse, call, print."""

from typing import Annotated

import typer

from ops.aws.clients import explain
from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import OpsError
from ops.local.set_up import connect

app = arguments.Commands()


def revisions(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the shell the revisions that have served, newest first; none when the environment does not answer."""
    from ops.deploying import history

    try:
        aws = connect(EnvironmentName(ctx.params.get("env") or EnvironmentName.LOCAL), Console())
        aws.patience.is_hopeless = lambda: True  # nobody waits for a completion
        return history.choices(aws, incomplete)
    except Exception as exc:  # shell completion has nowhere to show an error
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
    from ops.deploying import rollback as verb
    from ops.rollout.strategy import StrategyOptions

    console = Console()
    wish = StrategyOptions(strategy=strategy, bake_minutes=bake_time_minutes)
    wanted = verb.Options(to=to, timeout_s=timeout, dry_run=dry_run, wish=wish)
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense history --limit 20")
def history(
    env: options.Env = EnvironmentName.LOCAL,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100, metavar="N", help="Show so many.")] = 10,
    as_json: options.Json = False,
) -> None:
    """Show the service's deployments, newest first: what each brought, how it ended and why."""
    from ops.deploying import history as verb

    console = Console()
    raise typer.Exit(
        console.report(verb.run(connect(env, console), verb.Options(limit=limit), console), as_json=as_json)
    )


@app.command(epilog="Example: spendsense scale --max 6 --desired 5")
def scale(
    env: options.Env = EnvironmentName.LOCAL,
    minimum: Annotated[
        int | None, typer.Option("--min", min=0, metavar="N", help="Scaling keeps at least so many tasks.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", min=0, metavar="N", help="Scaling keeps at most so many tasks.")
    ] = None,
    desired: Annotated[
        int | None, typer.Option("--desired", min=0, metavar="N", help="So many tasks now, within the bounds.")
    ] = None,
    suspend: Annotated[
        bool | None, typer.Option("--suspend/--resume", help="Let scaling rest, or go on.", show_default=False)
    ] = None,
    timeout: options.Timeout = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Show how many tasks there are, or change it. Exit status 0 only when the service is steady at what was asked for.

    Without an option it shows. A count that new bounds exclude moves to the nearest one that they allow. On AWS
    Terraform owns the bounds, and its next apply sets them back: what shall stay belongs into environments/*.tfvars.

    More examples: scale --env prod; scale --desired 4; scale --min 4 --max 12; scale --suspend
    """
    from ops.deploying import scale as verb

    console = Console()
    wanted = verb.Options(
        minimum=minimum,
        maximum=maximum,
        desired=desired,
        suspended=suspend,
        timeout_s=timeout,
        dry_run=dry_run,
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense run -- python -m app.migrate --check")
def run(
    command: Annotated[
        list[str],
        typer.Argument(help="What to run, after --, word by word.", metavar="COMMAND...", callback=arguments.words),
    ],
    env: options.Env = EnvironmentName.LOCAL,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait: print the task's ARN.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            "--timeout-s",
            min=1,
            metavar="SECONDS",
            help="Stop it after this many seconds.",
            show_default="3600",
            callback=arguments.finite,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run a command once, as a task of its own of the revision that serves, and show what it writes.

    The exit status is the command's own; 124 after the time limit, 1 when it never ran. Ctrl-C stops the task. With
    --json its output goes to stderr, and a summary to stdout.

    More examples: run --env prod -- python -m app.migrate --head; run --detach -- python -c 'print(1)'
    """
    from ops.deploying import run as verb
    from ops.errors import Misuse

    if detach and timeout is not None:
        raise Misuse(
            "--timeout stops a task that is waited for, and --detach waits for none", next_step="give one of the two"
        )
    console = Console()
    wanted = verb.Options(command=command, timeout_s=timeout or verb.TIMEOUT_S, detach=detach)
    ended = verb.run(connect(env, console), wanted, console, write=console.say if as_json else console.verbatim)
    raise typer.Exit(console.report(ended, as_json=as_json))
