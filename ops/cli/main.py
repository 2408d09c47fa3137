"""The `spendsense` command: parse, call, print. Each command's work is in the module of the same name."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ops.cli import arguments, edge, operate, options
from ops.cli import faults as cli_faults
from ops.console import Console
from ops.environment import PROJECT_ROOT, EnvironmentName
from ops.local.set_up import connect
from ops.recovery.steps import Part

app = arguments.Commands(
    name="spendsense",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

secrets_app = arguments.Commands(
    no_args_is_help=True, help="Fill and look after the secrets.", epilog="Example: spendsense secrets init --dry-run"
)
app.add_typer(secrets_app, name="secrets")
app.add_typer(cli_faults.app, name="faults")
app.add_typer(operate.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        Console().result(f"spendsense {version('spendsense')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Ship and run SpendSense: on this machine, or on AWS."""


@app.command(epilog="Example: spendsense up --speed 20")
def up(
    env: options.Env = EnvironmentName.LOCAL,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port of the AWS endpoint; 0: any.", show_default="4566"),
    ] = None,
    listener_port: Annotated[
        int | None,
        typer.Option("--listener-port", min=1, max=65535, help="Port of the load balancer.", show_default="8080"),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed",
            min=1,
            max=1000,
            help="How much shorter than AWS's the waits are.",
            show_default="5",
            callback=arguments.finite,
        ),
    ] = None,
    source: options.Source = None,
    faults: Annotated[bool, typer.Option("--faults", help="Let `spendsense faults` make things go wrong.")] = False,
    allow_origin: Annotated[
        list[str],
        typer.Option(
            help="A web page's origin that may call the AWS endpoint; may be repeated.",
            show_default="none",
            callback=arguments.origin,
        ),
    ] = [],  # noqa: B006 - Typer reads it and never changes it
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay attached; Ctrl-C stops all.")] = False,
    timeout: options.Timeout = None,
    as_json: options.Json = False,
) -> None:
    """Start everything on this machine and serve through the load balancer; safe to repeat."""
    from ops.local import up as verb

    console = Console()
    wanted = verb.Options(
        environment=env,
        port=port,
        listener_port=listener_port,
        speed=speed,
        faults=faults,
        allowed_origins=tuple(allow_origin),
        source=source,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    running = verb.run(wanted, console)
    status = console.report(running, as_json=as_json)
    if foreground:
        verb.hold(running)
    raise typer.Exit(status)


@app.command(epilog="Example: spendsense down --delete-data --yes")
def down(
    env: options.Env = EnvironmentName.LOCAL,
    delete_data: Annotated[bool, typer.Option("--delete-data", help="Delete databases, files and images too.")] = False,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Stop everything `up` started; data stays."""
    from ops.local import down as verb

    console = Console()
    stopped = verb.run(verb.Options(environment=env, delete_data=delete_data, yes=yes), console)
    raise typer.Exit(console.report(stopped, as_json=as_json))


@app.command(epilog="Example: spendsense status --json")
def status(env: options.Env = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Show what runs. Exit status 0 only when the service is steady and healthy."""
    from ops import status as verb

    console = Console()
    raise typer.Exit(console.report(verb.run(connect(env, console), console), as_json=as_json))


@app.command(epilog="Example: spendsense build --tag v1.2.0")
def build(
    env: options.Env = EnvironmentName.LOCAL,
    source: options.Source = None,
    tag: options.Tag = None,
    as_json: options.Json = False,
) -> None:
    """Make the image of a source tree and register it under tag and digest."""
    from ops.image import build as verb

    console = Console()
    built = verb.run(connect(env, console), verb.Options(source=source or PROJECT_ROOT, tag=tag), console)
    raise typer.Exit(console.report(built, as_json=as_json))


@app.command(epilog="Example: spendsense deploy --strategy blue-green --bake-time-minutes 5")
def deploy(
    env: options.Env = EnvironmentName.LOCAL,
    source: options.Source = None,
    image: Annotated[
        str | None,
        typer.Option("--image", help="Ship repository@sha256:... and build none.", callback=arguments.image),
    ] = None,
    tag: Annotated[
        str | None,
        typer.Option(
            "--tag",
            help="Ship the image that has this tag; with --source: tag what is built.",
            show_default="from the commit",
            callback=arguments.tag_or_digest,
        ),
    ] = None,
    timeout: options.Timeout = None,
    dry_run: options.DryRun = False,
    force: Annotated[bool, typer.Option("--force", help="Also while another deployment is in progress.")] = False,
    strategy: options.DeploymentStrategy = None,
    bake_time_minutes: options.BakeTime = None,
    step_percent: options.StepPercent = None,
    step_bake_minutes: options.StepBakeTime = None,
    canary_percent: options.CanaryPercent = None,
    canary_bake_minutes: options.CanaryBakeTime = None,
    as_json: options.Json = False,
) -> None:
    """Ship a new revision and watch it. Exit status 0 only when it is what serves.

    How tasks are replaced (--strategy): rolling: by each other; blue-green: by a second set that takes all traffic at
    once; linear: by one that takes it in equal steps; canary: by one that takes a little first.

    Once chosen, a strategy and its settings stay for the deploys that follow. Minutes are AWS's: the local environment
    waits shorter, as its --speed says.

    More examples: deploy --dry-run; deploy --strategy canary --canary-percent 5 --canary-bake-minutes 10;
    deploy --strategy rolling --tag v1.2.0
    """
    from ops.deploying import deploy as verb
    from ops.rollout.strategy import StrategyOptions

    console = Console()
    wish = StrategyOptions(
        strategy=strategy,
        bake_minutes=bake_time_minutes,
        step_percent=step_percent,
        step_bake_minutes=step_bake_minutes,
        canary_percent=canary_percent,
        canary_bake_minutes=canary_bake_minutes,
    )
    wanted = verb.Options(
        source=source, image=image, tag=tag, timeout_s=timeout, dry_run=dry_run, force=force, wish=wish
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense recover --to 10m --dry-run")
def recover(
    env: options.Env = EnvironmentName.LOCAL,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="MOMENT",
            help="Go back to it: 2026-11-26T02:10:00Z, or an age such as 10m.",
            show_default="the latest there is of what is missing",
            callback=arguments.plain,
        ),
    ] = None,
    only: Annotated[
        list[Part] | None, typer.Option("--only", help="Bring only this back.", show_default="what is missing")
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option("--revision", min=1, metavar="NUMBER", help="Serve this revision.", show_default="the latest"),
    ] = None,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Discard an interrupted recovery, and let the service run.")
    ] = False,
    timeout: options.Timeout = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Bring back what is missing (database, files, service), or all of it as it was at a moment.

    The database is restored beside the present one, which stays under another name; files get the version they had
    then; the service starts on both and is verified. Meanwhile nothing serves. Cut short, the same command goes on.

    More examples: recover --yes; recover --to 2026-11-26T02:10:00Z; recover --only files --to 1h
    """
    from ops.recovery import recover as verb

    console = Console()
    wanted = verb.Options(
        to=to,
        only=tuple(only or ()),
        revision=revision,
        abandon=abandon,
        dry_run=dry_run,
        yes=yes,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense drill --yes --json")
def drill(
    env: options.Env = EnvironmentName.LOCAL,
    write_for: Annotated[
        float | None,
        typer.Option(
            "--write-for",
            min=1,
            metavar="SECONDS",
            help="Write so long before the loss.",
            show_default="a quarter more than the time between two logs that are kept",
            callback=arguments.finite,
        ),
    ] = None,
    timeout: options.Timeout = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Lose database, files and service of the local environment on purpose, recover, and measure.

    Uploads are written through the service all the while, each acknowledged at a known time. RTO: from the loss to the
    first right answer. RPO: from the first acknowledged upload that is gone to the loss. Exit status 0 only within the
    goals (1 h, 15 minutes) and without a hole in what came back.
    """
    from ops.recovery import drill as verb

    console = Console()
    wanted = verb.Options(write_for_s=write_for, yes=yes, timeout_s=timeout or verb.TIMEOUT_S)
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


@app.command(epilog="Example: spendsense logs --follow --filter ERROR")
def logs(
    env: options.Env = EnvironmentName.LOCAL,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
    since: Annotated[
        str,
        typer.Option("--since", metavar="AGE", help="Begin so long ago: 90s, 10m, 2h, 1d.", callback=arguments.plain),
    ] = "10m",
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            "--stream",
            metavar="ID",
            help="Only this task; the id's beginning will do.",
            callback=arguments.task,
        ),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="PATTERN",
            help="Only lines that match (CloudWatch Logs syntax).",
            callback=arguments.log_pattern,
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print the tasks' log lines."""
    from ops import logs as verb

    wanted = verb.Options(since=since, task=task, pattern=pattern, follow=follow, as_json=as_json)
    console = Console()
    verb.run(connect(env, console), wanted, console)


@app.command(epilog="Example: spendsense cost --env prod --usage requests_million=20")
def cost(
    env: options.Env = EnvironmentName.DEV,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Price this plan (`terraform show -json`) and make none.",
            callback=arguments.file,
        ),
    ] = None,
    var: Annotated[
        list[str] | None,
        typer.Option(
            "--var",
            metavar="NAME=VALUE",
            help="A Terraform variable for the plan.",
            callback=arguments.setting,
        ),
    ] = None,
    usage: Annotated[
        list[str] | None,
        typer.Option(
            "--usage", metavar="NAME=NUMBER", help="Override a monthly usage assumption.", callback=arguments.setting
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Estimate what an environment costs a month, resource by resource. Needs Terraform, but no AWS account."""
    from ops.cost import estimate as verb

    console = Console()
    wanted = verb.Options(environment=env, plan=plan, variables=tuple(var or ()), usage=tuple(usage or ()))
    raise typer.Exit(console.report(verb.run(wanted, console), as_json=as_json))


@secrets_app.command("init", epilog="Example: spendsense secrets init --env prod --dry-run")
def secrets_init(
    env: options.Env = EnvironmentName.LOCAL,
    own_database_password: Annotated[
        bool,
        typer.Option(
            "--own-database-password",
            help="Take the database's password over from RDS, which refuses a read replica while it manages it. "
            "The service goes on serving; refused while a task runs that would not find the new place.",
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
    """Put the values Terraform must not know into Secrets Manager; safe to repeat, and none is ever shown.

    After `terraform apply` and before the first deploy: where the database is, a Redis AUTH token (which Redis demands
    from then on), a key for access tokens. What is there and right stays; an interrupted run is continued.

    More examples: secrets init --env staging --oauth - < client.json; secrets init --env prod --own-database-password
    """
    from ops import secrets as verb

    console = Console()
    wanted = verb.Options(
        own_database_password=own_database_password,
        oauth=oauth,
        dry_run=dry_run,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    raise typer.Exit(console.report(verb.run(connect(env, console), wanted, console), as_json=as_json))


def main() -> NoReturn:
    """Run the command line."""
    edge.main(app)


if __name__ == "__main__":
    main()
