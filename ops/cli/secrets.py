"""The command that fills the secrets: `spendsense secrets init`."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect

app = arguments.Commands(
    no_args_is_help=True, help="Fill the secrets.", epilog="Example: spendsense secrets init --dry-run"
)


@app.command(epilog="Example: spendsense secrets init --env prod --dry-run")
def init(
    env: options.Env = EnvironmentName.LOCAL,
    own_database_password: Annotated[
        bool,
        typer.Option(
            "--own-database-password",
            help="Manage the database's password here instead of in RDS, as a read replica requires. The service keeps "
            "serving; refused while a running task could not find the new password.",
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
    timeout: options.Timeout = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Store the values that Terraform must not know in Secrets Manager; safe to repeat, and shows no value.

    Run it after `terraform apply` and before the first deploy. It stores the database's address, a Redis AUTH token
    (which Redis requires from then on) and a key for access tokens. Correct values stay as they are; an interrupted run
    is resumed.

    More examples: secrets init --env staging --oauth - < client.json; secrets init --env prod --own-database-password
    """
    from ops import secrets as verb

    console = Console()
    requested = verb.Options(
        own_database_password=own_database_password,
        oauth=oauth,
        dry_run=dry_run,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
