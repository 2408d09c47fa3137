"""The command that prices an environment: `spendsense cost`."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName


def cost(
    env: options.Env = EnvironmentName.DEV,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Price this plan (the output of `terraform show -json`) instead of creating one.",
            callback=arguments.file,
        ),
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var",
            metavar="NAME=VALUE",
            help="Set a Terraform variable; may be repeated.",
            callback=arguments.setting,
        ),
    ] = None,
    usage: Annotated[
        list[str] | None,
        typer.Option(
            "--usage", metavar="NAME=NUMBER", help="Override a monthly usage assumption.", callback=arguments.usage
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Estimate the monthly cost of an environment, resource by resource. Needs Terraform, but no AWS account."""
    from ops.cost import estimate as verb

    console = Console()
    requested = verb.Options(environment=env, plan=plan, variables=tuple(var or ()), usage=tuple(usage or ()))
    raise typer.Exit(console.report(verb.run(requested, console), as_json=as_json))
