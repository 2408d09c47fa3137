"""The commands for lost data: `spendsense recover` and `drill`."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect
from ops.recovery.steps import Part


def restorable(text: str) -> None:
    """Check a time that `recover` could restore. Errors: Misuse."""
    from ops.moments import moment_of
    from ops.parameters import recovery_journal

    moment_of(text, recovery_journal.now())


def recover(
    env: options.Env = EnvironmentName.LOCAL,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="TIME",
            help="Restore the data as of this time: 2026-11-26T02:10:00Z, or an age such as 10m.",
            show_default="only what is missing, as recent as possible",
            callback=arguments.accepted_by(restorable),
        ),
    ] = None,
    only: Annotated[
        list[Part] | None,
        typer.Option(
            "--only",
            metavar="PART",
            help="Restore only this part: database, files or service; may be repeated.",
            show_default="what is missing",
        ),
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option("--revision", min=1, metavar="NUMBER", help="The revision to serve.", show_default="the latest"),
    ] = None,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Abandon an interrupted recovery, and let the service run again.")
    ] = False,
    timeout: Annotated[float | None, options.timeout("7200")] = None,
    dry_run: options.DryRun = False,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Restore what is missing (database, files, service), or everything as of a point in time.

    The database is restored into a new instance; the current one is kept under another name. Files return to their
    versions of that time. Then the service starts with the restored data and is checked; until then it is down. If the
    command is interrupted, run it again to resume the recovery.

    More examples: recover --yes; recover --to 2026-11-26T02:10:00Z; recover --only files --to 1h
    """
    from ops.recovery import recover as verb

    console = Console()
    requested = verb.Options(
        to=to,
        only=tuple(only or ()),
        revision=revision,
        abandon=abandon,
        dry_run=dry_run,
        yes=yes,
        timeout_s=timeout or verb.TIMEOUT_S,
    )
    verb.check(requested)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def drill(
    env: Annotated[
        EnvironmentName,
        typer.Option(
            "--env",
            "-e",
            envvar="SPENDSENSE_ENV",
            metavar="NAME",
            help="Only local: a drill destroys what it measures.",
        ),
    ] = EnvironmentName.LOCAL,
    write_for: Annotated[
        float | None,
        typer.Option(
            "--write-for",
            min=1,
            metavar="SECONDS",
            help="How long to write data before destroying it.",
            show_default="slightly longer than the database takes to archive its log",
            callback=arguments.finite,
        ),
    ] = None,
    timeout: Annotated[float | None, options.timeout("900")] = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Destroy the local environment's database, files and service on purpose, recover them, and measure RTO and RPO.

    Before it destroys anything, it uploads test data and records when each upload was acknowledged. RTO: the time from
    the destruction to the first correct response. RPO: the time from the first lost upload to the destruction. Exit
    status 0 only when both meet their goals (1 hour and 15 minutes) and the restored data has no gap: every upload
    older than the newest restored one is there, too.
    """
    from ops.recovery import drill as verb

    console = Console()
    requested = verb.Options(write_for_s=write_for, yes=yes, timeout_s=timeout or verb.TIMEOUT_S)
    verb.check(env, requested)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))
