"""The commands for an environment's infrastructure: `spendsense plan`, `drift` and `destroy`."""

from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import arguments, options
from ops.cli.options import Like, of_like
from ops.console import Console
from ops.environment import EnvironmentName

if TYPE_CHECKING:
    from ops.infrastructure import prepared_code

Provider = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="Terraform's provider in a local cloud: stand-in (ours), or aws (the real hashicorp/aws).",
        show_default="the one that `up` used",
        callback=arguments.one_of(options.PROVIDERS),
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--var", metavar="NAME=VALUE", help="Set a Terraform variable; may be repeated.", callback=arguments.setting
    ),
]


def plan(
    context: typer.Context,
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    as_json: options.Json = False,
) -> None:
    """Show what an apply would change, how long it would take, and the difference in cost. Changes nothing."""
    from ops.infrastructure import plan as verb

    console = Console()
    raise typer.Exit(
        console.report(verb.run(requested(of_like(context, env, like), provider, var), console), as_json=as_json)
    )


def drift(
    context: typer.Context,
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    as_json: options.Json = False,
) -> None:
    """Show what was changed or created outside Terraform since the last apply, and who owns each change.

    Exit status 2: something that Terraform manages was changed outside Terraform. Exit status 4: nothing was changed,
    but there are resources that neither Terraform nor a deploy created. Exit status 5: neither was found, but the
    caller lacks the permission to list everything.
    """
    from ops.infrastructure import drift as verb

    console = Console()
    raise typer.Exit(
        console.report(verb.run(requested(of_like(context, env, like), provider, var), console), as_json=as_json)
    )


def destroy(
    context: typer.Context,
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Remove everything that Terraform has created, including databases and files."""
    from ops.infrastructure import destroy as verb

    console = Console()
    gone = verb.run(requested(of_like(context, env, like), provider, var), console, yes=yes)
    raise typer.Exit(console.report(gone, as_json=as_json))


def requested(
    environment: EnvironmentName, provider: str | None, variables: list[str] | None
) -> "prepared_code.Options":
    """Return the options that several commands share."""
    from ops.infrastructure import prepared_code
    from ops.terraform import program

    return prepared_code.Options(
        environment=environment,
        provider=program.Provider(provider) if provider else None,
        variables=tuple(variables or ()),
    )
