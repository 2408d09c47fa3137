"""The commands of daily use: `spendsense events`, `tasks`, `restart`, `wait`, `stop`, `approve`, `open` ...."""

import time
from typing import Annotated

import typer

from ops.aws.clients import explain
from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName
from ops.errors import OpsError
from ops.local.set_up import connect

EVENTS_KEPT = 100


def events(
    env: options.Env = EnvironmentName.LOCAL,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=EVENTS_KEPT, metavar="N", help="How many to show.")
    ] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new events until Ctrl-C.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show what ECS reports about the service, oldest first: tasks started and stopped, targets, deployments.

    With --follow and --json, each event is a line of JSON.

    More examples: events --env prod --limit 50; events --follow
    """
    from ops.aws.service import Event
    from ops.daily import events as verb

    console = Console()
    aws = connect(env, console)
    found = verb.run(aws, verb.Options(limit=limit))
    if not follow:
        raise typer.Exit(console.report(found, as_json=as_json))

    def write(event: Event) -> None:
        if as_json:
            console.json_line(verb.record(event))
        else:
            console.result(verb.line(event))

    for event in found.events:
        write(event)
    verb.follow(aws, found, write, lambda: time.sleep(aws.environment.poll_interval_s))


def tasks(
    env: options.Env = EnvironmentName.LOCAL,
    stopped: Annotated[
        bool, typer.Option("--stopped", help="Also show tasks that stopped within the last hour, and why.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show the service's tasks: revision, status, load balancer health and address; with --stopped, why tasks stopped.

    More examples: tasks --env prod; tasks --stopped --json
    """
    from ops.daily import tasks as verb

    console = Console()
    found = verb.run(connect(env, console), verb.Options(stopped=stopped))
    raise typer.Exit(console.report(found, as_json=as_json))


def restart(
    env: options.Env = EnvironmentName.LOCAL,
    timeout: options.RolloutTimeout = None,
    dry_run: options.DryRun = False,
    force: Annotated[
        bool, typer.Option("--force", help="Restart even while another deployment is in progress.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Replace every task with a new one of the same revision, and watch it like a deploy.

    New tasks read their secrets again. Nothing is built or migrated. It checks first that tasks can start: secrets,
    roles, log groups. Exit status 0 only when new tasks serve.

    More examples: restart --env prod; restart --dry-run
    """
    from ops.daily import restart as verb

    console = Console()
    requested = verb.Options(timeout_s=timeout, dry_run=dry_run, force=force)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def wait(
    env: options.Env = EnvironmentName.LOCAL,
    timeout: Annotated[float | None, options.timeout("600")] = None,
    as_json: options.Json = False,
) -> None:
    """Wait until the service is steady and its targets are healthy.

    Exit status 0 once both are true; 1 if the deployment fails, or after the time limit.

    More examples: wait --env prod --timeout 1800; wait --json
    """
    from ops.daily import wait as verb

    console = Console()
    requested = verb.Options(timeout_s=timeout or verb.TIMEOUT_S)
    raise typer.Exit(console.report(verb.run(connect(env, console), requested, console), as_json=as_json))


def running(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Offer the shell the running tasks; none when the environment does not respond."""
    from ops.aws.service import revision_of, running_tasks

    try:
        found = running_tasks(connect(ctx.params.get("env") or EnvironmentName.LOCAL, Console()))
    except Exception as exc:  # shell completion has nowhere to show an error
        if isinstance(exc, OpsError) or explain(exc) is not None:
            return []
        raise
    return [
        (task.id, f"revision {revision_of(task.task_definition)}") for task in found if task.id.startswith(incomplete)
    ]


def stop(
    env: options.Env = EnvironmentName.LOCAL,
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="ID",
            help="The task to stop: its id, or the id's first characters.",
            callback=arguments.task,
            autocompletion=running,
        ),
    ] = None,
    deployment: Annotated[
        bool,
        typer.Option("--deployment", help="Stop the deployment in progress, and leave tasks and traffic as they are."),
    ] = False,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Stop one task, which ECS then replaces, or stop the deployment in progress.

    To return to what served before the deployment, use `spendsense rollback`.

    More examples: stop --deployment --env prod; stop --task 3f0c9d2b --dry-run
    """
    from ops.daily import stop as verb
    from ops.errors import Misuse

    if task is None and not deployment:
        raise Misuse("stop needs --task or --deployment", next_step="see `spendsense stop --help`")
    if task is not None and deployment:
        raise Misuse("stop: --task and --deployment cannot both be given", next_step="use one of them")
    console = Console()
    stopped = verb.run(connect(env, console), verb.Options(task=task, dry_run=dry_run))
    raise typer.Exit(console.report(stopped, as_json=as_json))


def approve(
    env: options.Env = EnvironmentName.LOCAL, dry_run: options.DryRun = False, as_json: options.Json = False
) -> None:
    """Let a deployment that waits at a PAUSE lifecycle hook continue.

    More examples: approve --env prod; approve --dry-run
    """
    decide(env, approved=True, dry_run=dry_run, as_json=as_json)


def reject(
    env: options.Env = EnvironmentName.LOCAL, dry_run: options.DryRun = False, as_json: options.Json = False
) -> None:
    """Have ECS roll back a deployment that waits at a PAUSE lifecycle hook.

    More examples: reject --env prod; reject --dry-run
    """
    decide(env, approved=False, dry_run=dry_run, as_json=as_json)


def decide(env: EnvironmentName, *, approved: bool, dry_run: bool, as_json: bool) -> None:
    from ops.daily import decision as verb

    console = Console()
    decided = verb.run(connect(env, console), verb.Options(approve=approved, dry_run=dry_run))
    raise typer.Exit(console.report(decided, as_json=as_json))


def open_(
    env: options.Env = EnvironmentName.LOCAL,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--browser/--no-browser", help="Open it in a browser, or only print it.", show_default="on a terminal"
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Print the service's URL, and open it in a browser. On AWS the URL is SERVICE_URL, else `url`
    in spendsense.toml, else the load balancer's name.

    More examples: open --env prod --no-browser; open --json
    """
    import webbrowser

    from ops.daily import open as verb

    console = Console()
    is_wanted = browser if browser is not None else console.is_interactive and not as_json
    found = verb.run(connect(env, console), webbrowser.open if is_wanted else None)
    raise typer.Exit(console.report(found, as_json=as_json))


def doctor(env: options.Env = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Check this machine and its access to AWS, and say how to fix each problem. Changes nothing.

    Every environment: Python, Terraform, disk space. On this machine also: ports and certificate. On AWS also: region,
    credentials, clock, certificate, Docker, and whether GitHub's jobs may assume the deploy role. In a GitHub
    Actions job, it checks the job's own token; elsewhere, the claims that a job from this checkout would have. The
    environment need not be running. Exit status 1 if a check fails.

    More examples: doctor --env prod; doctor --json
    """
    from ops.daily import doctor as verb

    raise typer.Exit(Console().report(verb.run(env), as_json=as_json))
