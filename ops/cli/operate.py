"""The commands that operate a running service: `spendsense scale` and `run`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect


def scale(
    env: options.Env = EnvironmentName.LOCAL,
    minimum: Annotated[
        int | None, typer.Option("--min", min=0, metavar="N", help="The minimum number of tasks.")
    ] = None,
    maximum: Annotated[
        int | None, typer.Option("--max", min=0, metavar="N", help="The maximum number of tasks.")
    ] = None,
    desired: Annotated[
        int | None,
        typer.Option("--desired", min=0, metavar="N", help="The number to run now, within the bounds."),
    ] = None,
    suspend: Annotated[
        bool | None, typer.Option("--suspend/--resume", help="Suspend or resume scaling.", show_default=False)
    ] = None,
    timeout: Annotated[float | None, options.timeout("600, locally 300")] = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Show or change the number of tasks. Exit status 0 only when the service is steady at the requested number.

    Without options it only shows the numbers. If the current number is outside the new bounds, it changes to the
    nearest bound. Terraform owns the bounds, and its next apply resets them. To keep the new ones, change
    environments/*.tfvars.

    More examples: scale --env prod; scale --desired 4; scale --min 4 --max 12; scale --suspend
    """
    from ops.deploying import scale as verb

    console = Console()
    requested = verb.Options(
        minimum=minimum,
        maximum=maximum,
        desired=desired,
        suspended=suspend,
        timeout_s=timeout,
        dry_run=dry_run,
    )
    verb.check(env, requested)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def run(
    command: Annotated[
        list[str],
        typer.Argument(help="The command and its arguments, after --.", metavar="COMMAND...", callback=arguments.words),
    ],
    env: options.Env = EnvironmentName.LOCAL,
    detach: Annotated[bool, typer.Option("--detach", help="Print the task's ARN and do not wait.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            min=1,
            metavar="SECONDS",
            help="Stop the task after this many seconds.",
            show_default="3600",
            callback=arguments.finite,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run a command once, in a task of its own with the serving revision, and show its output.

    The exit status is that of the command; 124 after the time limit, 1 if it never started. Ctrl-C stops the task. With
    --json, the output goes to stderr, and a summary to stdout.

    More examples: run --env prod -- python -m app.migrate --head; run --detach -- python -c 'print(1)'
    """
    from ops.deploying import run as verb
    from ops.errors import Misuse

    if detach and timeout is not None:
        raise Misuse(
            "--timeout limits how long a task is waited for, and --detach does not wait",
            next_step="use only one of them",
        )
    console = Console()
    requested = verb.Options(command=command, timeout_s=timeout or verb.TIMEOUT_S, detach=detach)
    ended = verb.run(connect(env, console), requested, console, write=console.say if as_json else console.verbatim)
    raise typer.Exit(console.report(ended, as_json=as_json))
