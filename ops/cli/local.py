"""The commands that start and stop the local environment: `spendsense up` and `down`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName

ProviderName = Annotated[
    str,
    typer.Option(
        "--provider",
        metavar="NAME",
        help="Terraform's provider: stand-in (ours), or aws (the real hashicorp/aws).",
        callback=arguments.one_of(options.PROVIDERS),
    ),
]

Iam = Annotated[
    str | None,
    typer.Option(
        "--iam",
        metavar="MODE",
        help="How to apply IAM policies: enforce (refuse requests), audit (only record what would be refused) or off.",
        show_default="as last time; enforce the first time",
        callback=arguments.one_of(options.IAM_MODES),
    ),
]

ContainerEngine = Annotated[
    str | None,
    typer.Option(
        "--container-engine",
        envvar="SPENDSENSE_CONTAINER_ENGINE",
        show_envvar=False,
        metavar="NAME",
        help="What runs pushed images: docker, podman, auto (the first of them that works), or none (as processes).",
        show_default="auto",
        callback=arguments.one_of(options.CONTAINER_ENGINES),
    ),
]

Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="PORT",
        min=0,
        max=65535,
        help="Port of the AWS endpoint; 0: any free port.",
        show_default="4566, or a free port if that is in use",
    ),
]
ListenerPort = Annotated[
    int | None,
    typer.Option(
        "--listener-port",
        metavar="PORT",
        min=1,
        max=65535,
        help="Port of the load balancer.",
        show_default="as last time; the first time, the next free port from 8080 (like-dev: 8180, like-staging: 8280, "
        "like-prod: 8380)",
    ),
]
Speed = Annotated[
    float | None,
    typer.Option(
        "--speed",
        metavar="FACTOR",
        min=1,
        max=1000,
        help="Let the local cloud's clock run this many times as fast as a real one.",
        show_default="5",
        callback=arguments.finite,
    ),
]
AllowedOrigins = Annotated[
    list[str],
    typer.Option(
        "--allow-origin",
        metavar="ORIGIN",
        help="Origin of a web page that may call the AWS endpoint; may be repeated.",
        show_default="none",
        callback=arguments.origin,
    ),
]


def up(
    context: typer.Context,
    env: options.LocalEnv = EnvironmentName.LOCAL,
    port: Port = None,
    listener_port: ListenerPort = None,
    speed: Speed = None,
    source: options.Source = None,
    faults: Annotated[bool, typer.Option("--faults", help="Allow `spendsense faults` to cause failures.")] = False,
    allow_origin: AllowedOrigins = [],  # noqa: B006 - Typer reads it and never changes it
    iam: Iam = None,
    container_engine: ContainerEngine = None,
    like: options.Like = None,
    provider: ProviderName = "stand-in",
    refresh: Annotated[bool, typer.Option("--refresh", help="Run Terraform even if nothing has changed.")] = False,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay attached; Ctrl-C stops everything.")] = False,
    timeout: Annotated[float | None, options.timeout("600")] = None,
    as_json: options.Json = False,
) -> None:
    """Start everything on this machine, and wait until the service is healthy. Safe to repeat."""
    from ops.local import up as verb
    from ops.terraform.program import Provider

    console = Console()
    requested = verb.Options(
        environment=options.of_like(context, env, like),
        provider=Provider(provider),
        refresh=refresh,
        port=port,
        listener_port=listener_port,
        speed=speed,
        faults=faults,
        allowed_origins=tuple(allow_origin),
        iam=iam,
        container_engine=container_engine,
        source=source,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    running = verb.run(requested, console)
    status = console.report(running, as_json=as_json)
    if foreground:
        verb.stay_attached(running)
    raise typer.Exit(status)


def down(
    env: options.LocalEnv = EnvironmentName.LOCAL,
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete databases, files and images too.")] = False,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Stop everything that `up` started. The data stays."""
    from ops.local import down as verb

    console = Console()
    stopped = verb.run(verb.Options(environment=env, delete_data=delete_data, yes=yes), console)
    raise typer.Exit(console.report(stopped, as_json=as_json))
