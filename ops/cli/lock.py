"""The commands of the lock that a deploy holds: `spendsense lock status` and `lock release`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect

app = arguments.Commands(
    no_args_is_help=True,
    help="Show who is deploying, and unlock an environment whose deploy has died.",
    epilog="Example: spendsense lock status --env prod",
)


@app.command(epilog="Example: spendsense lock status --env prod --json")
def status(env: options.Env = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Show who holds the environment's lock, since when, for which version, and when it expires."""
    from ops.locking import lock_report as verb

    console = Console()
    raise typer.Exit(console.report(verb.status(connect(env, console)), as_json=as_json))


@app.command(epilog="Example: spendsense lock release --env prod --force")
def release(
    env: options.Env = EnvironmentName.LOCAL,
    force: Annotated[bool, typer.Option("--force", help="Release it even if its deploy may still be running.")] = False,
    as_json: options.Json = False,
) -> None:
    """Release a lock that has expired, or whose process on this machine has ended.

    If a deploy was killed on another machine, nothing here shows that: wait until its lock expires, or use --force.
    """
    from ops.locking import lock_report as verb

    console = Console()
    raise typer.Exit(console.report(verb.release(connect(env, console), force=force), as_json=as_json))
