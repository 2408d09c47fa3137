"""The commands for what an environment's Terraform makes: `spendsense plan`, `drift` and `destroy`."""

from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli import arguments, options
from ops.cli.options import Like, of_like
from ops.console import Console
from ops.environment import EnvironmentName

if TYPE_CHECKING:
    from ops.infrastructure import place

Provider = Annotated[
    str | None,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="In a local cloud, who carries out the Terraform: stand-in, or aws for the real hashicorp/aws.",
        show_default="the one that `up` used",
        callback=arguments.one_of(options.PROVIDERS),
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="NAME=VALUE", help="A Terraform variable.", callback=arguments.setting),
]


def plan(
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    as_json: options.Json = False,
) -> None:
    """Show what applying the Terraform would change, and the difference in cost; changes nothing."""
    from ops.infrastructure import plan as verb

    console = Console()
    raise typer.Exit(console.report(verb.run(requested(env, like, provider, var), console), as_json=as_json))


def drift(
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    as_json: options.Json = False,
) -> None:
    """Show what has changed since the last apply, and who owns each change.

    Exit status 2 when others changed what Terraform decides, 4 when only something exists that nobody declared.
    """
    from ops.infrastructure import drift as verb

    console = Console()
    raise typer.Exit(console.report(verb.run(requested(env, like, provider, var), console), as_json=as_json))


def destroy(
    env: options.Env = EnvironmentName.LOCAL,
    like: Like = None,
    provider: Provider = None,
    var: Variables = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Remove everything that Terraform has created, including its data."""
    from ops.infrastructure import destroy as verb

    console = Console()
    gone = verb.run(requested(env, like, provider, var), console, yes=yes)
    raise typer.Exit(console.report(gone, as_json=as_json))


def requested(
    env: EnvironmentName, like: str | None, provider: str | None, variables: list[str] | None
) -> "place.Options":
    """Return the verbs' common options. Errors: Misuse when `--env` and `--like` name two environments."""
    from ops.infrastructure import place
    from ops.terraform import program

    return place.Options(
        environment=of_like(env, like),
        provider=program.Provider(provider) if provider else None,
        variables=tuple(variables or ()),
    )
