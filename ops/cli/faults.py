"""The verbs of `spendsense faults`: parse, call, print."""

from typing import Annotated

import typer

from ops.cli import arguments, options
from ops.console import Console
from ops.environment import EnvironmentName

KINDS = """The kinds of fault, and the options of each besides --for:

\b
kill-task           a task gets SIGKILL: --task or --task-definition (no --for)
freeze-task         a task is paused: --task or --task-definition
fail-health         health checks fail: --task or --task-definition, --checks, --code
delay-starts        tasks start late: --delay, --task-definition
unpullable-image    images cannot be pulled: --image
break-service       an AWS service refuses requests: --service, --answer, --share
fail-over-database  the database fails over: no connections until the end: --instance

Without --task and --task-definition, the longest-running task is used. Locally, durations are divided by --speed."""

Kind = Annotated[str, typer.Argument(help="The kind of fault; see above.", callback=arguments.plain)]
DurationS = Annotated[
    float | None,
    typer.Option(
        "--for",
        metavar="SECONDS",
        help="How long the fault lasts, 1 to 3600.",
        show_default="60",
        callback=arguments.finite,
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task", metavar="ID", help="A task: its id, or the first characters of it.", callback=arguments.task
    ),
]
TaskDefinition = Annotated[
    str | None,
    typer.Option(
        "--task-definition",
        metavar="FAMILY[:REVISION]",
        help="All tasks of this task definition.",
        callback=arguments.plain,
    ),
]
Checks = Annotated[
    str | None,
    typer.Option(
        "--checks", help="Which checks fail: all, container, target.", show_default="all", callback=arguments.plain
    ),
]
Code = Annotated[
    int | None, typer.Option("--code", help="The status that the load balancer's checks get.", show_default="500")
]
DelayS = Annotated[
    float | None,
    typer.Option("--delay", metavar="SECONDS", help="How much later tasks start.", callback=arguments.finite),
]
Image = Annotated[
    str | None,
    typer.Option(
        "--image",
        metavar="TEXT",
        help="Images whose reference contains this text.",
        show_default="all",
        callback=arguments.plain,
    ),
]
Service = Annotated[
    str | None,
    typer.Option(
        "--service", help="The service, as in a request's signature: s3, ecs, logs ...", callback=arguments.plain
    ),
]
Answer = Annotated[
    str | None,
    typer.Option(
        "--answer", help="Its answer: error, unavailable, throttle.", show_default="error", callback=arguments.plain
    ),
]
Share = Annotated[
    float | None,
    typer.Option(
        "--share", help="The share of requests that it refuses, 0.01 to 1.", show_default="1", callback=arguments.finite
    ),
]
Instance = Annotated[
    str | None,
    typer.Option("--instance", help="The database instance.", show_default="the only one", callback=arguments.plain),
]

app = arguments.Commands(
    no_args_is_help=True,
    help="Cause failures on purpose; needs `spendsense up --faults`.",
    epilog="Example: spendsense faults add break-service --service s3 --share 0.3 --for 120",
)


@app.command("list", epilog="Example: spendsense faults list --json")
def list_(env: options.Env = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Show the active faults, when each one ends, and how the latest ones ended."""
    from ops.local import faults

    raise typer.Exit(Console().report(faults.list_all(env), as_json=as_json))


@app.command(help=f"Add a fault. {KINDS}", epilog="Example: spendsense faults add fail-health --checks target --for 90")
def add(
    kind: Kind,
    duration: DurationS = None,
    task: Task = None,
    task_definition: TaskDefinition = None,
    checks: Checks = None,
    code: Code = None,
    delay: DelayS = None,
    image: Image = None,
    service: Service = None,
    answer: Answer = None,
    share: Share = None,
    instance: Instance = None,
    env: options.Env = EnvironmentName.LOCAL,
    as_json: options.Json = False,
) -> None:
    from ops.local import faults

    given = {
        "duration_s": duration,
        "task": task,
        "task_definition": task_definition,
        "checks": checks,
        "code": code,
        "delay_s": delay,
        "image": image,
        "service": service,
        "answer": answer,
        "share": share,
        "instance": instance,
    }
    raise typer.Exit(Console().report(faults.add(env, kind, given), as_json=as_json))


@app.command(epilog="Example: spendsense faults remove f3")
def remove(
    fault: Annotated[
        str | None, typer.Argument(help="The fault's id; `faults list` shows it.", callback=arguments.plain)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Remove all faults.")] = False,
    env: options.Env = EnvironmentName.LOCAL,
    as_json: options.Json = False,
) -> None:
    """End a fault early."""
    from ops.errors import Misuse
    from ops.local import faults

    if every == (fault is not None):
        raise Misuse("give the id of one fault, or --all", next_step="`spendsense faults list` shows their ids")
    raise typer.Exit(Console().report(faults.remove(env, fault), as_json=as_json))
