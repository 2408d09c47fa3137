"""The command that fills the secrets: `spendsense secrets init`."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect

app = arguments.Commands(
    no_args_is_help=True,
    help="Create and fill the environment's secrets.",
    epilog="Example: spendsense secrets init --dry-run",
)


@app.command(epilog="Example: spendsense secrets init --env prod --dry-run")
def init(
    env: options.Env = EnvironmentName.LOCAL,
    own_database_password: Annotated[
        bool,
        typer.Option(
            "--own-database-password",
            help="Move the password out of RDS's own management (needed before adding a read replica). There is "
            "no downtime. Refused if a running task could not read the new password.",
        ),
    ] = False,
    oauth: Annotated[
        Path | None,
        typer.Option(
            "--oauth",
            metavar="FILE",
            help='The identity provider\'s {"client_id", "client_secret"}; - is stdin.',
            callback=arguments.file,
        ),
    ] = None,
    timeout: Annotated[float | None, options.timeout("1800")] = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Create the secrets that must stay out of Terraform's state, in Secrets Manager.

    Safe to repeat; prints no secret values. Run it after `terraform apply` and before the first deploy. It stores the
    database's address, a Redis AUTH token (which Redis requires from then on), a key for access tokens and a key for
    account ids. Correct values stay as they are; an interrupted run is resumed.

    More examples: secrets init --env staging --oauth - < client.json; secrets init --env prod --own-database-password
    """
    from ops import secrets as verb

    console = Console()
    requested = verb.Options(
        own_database_password=own_database_password,
        oauth=verb.read_oauth(oauth),
        dry_run=dry_run,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
