"""The commands of `spendsense faults`: parse, call, print."""

from typing import Annotated

import typer

from ops.cli import arguments, completion, fault_kinds, options
from ops.console import Console
from ops.environment import EnvironmentName

KINDS = f"""The kinds of fault, and the options of each besides --for:

\b
{fault_kinds.listing()}

Without --task and --task-definition, the longest-running task is used. Durations are AWS seconds: --speed divides
them."""

Kind = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help="The kind of fault; see above.",
        callback=arguments.plain,
        autocompletion=completion.among(fault_kinds.KINDS),
    ),
]
DurationS = Annotated[
    float | None,
    typer.Option(
        "--for",
        min=1,
        max=fault_kinds.LONGEST_S,
        metavar="SECONDS",
        help="How long the fault lasts.",
        show_default="60",
        callback=arguments.finite,
    ),
]
Task = Annotated[
    str | None,
    typer.Option("--task", metavar="ID", help="A task: its id, or the id's first characters.", callback=arguments.task),
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
        "--checks",
        metavar="CHECKS",
        help=f"Which checks fail: {', '.join(fault_kinds.CHECKS)}.",
        show_default="all",
        callback=arguments.one_of(fault_kinds.CHECKS),
        autocompletion=completion.among(fault_kinds.CHECKS),
    ),
]
Code = Annotated[
    int | None,
    typer.Option(
        "--code",
        min=400,
        max=599,
        metavar="STATUS",
        help="The status that the load balancer's checks get.",
        show_default="500",
    ),
]
DelayS = Annotated[
    float | None,
    typer.Option(
        "--delay",
        min=1,
        max=fault_kinds.LONGEST_S,
        metavar="SECONDS",
        help="How long the start of tasks is delayed.",
        callback=arguments.finite,
    ),
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
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason",
        metavar="REASON",
        help=f"What has run out: {', '.join(fault_kinds.SHORTAGES)}.",
        show_default="capacity",
        callback=arguments.one_of(fault_kinds.SHORTAGES),
        autocompletion=completion.among(fault_kinds.SHORTAGES),
    ),
]
Service = Annotated[
    str | None,
    typer.Option(
        "--service",
        metavar="NAME",
        help="The service, as in a request's signature: s3, ecs, logs ...",
        callback=arguments.one_of(fault_kinds.SERVICES),
        autocompletion=completion.among(fault_kinds.SERVICES),
    ),
]
Response = Annotated[
    str | None,
    typer.Option(
        "--response",
        metavar="RESPONSE",
        help=f"What its requests get: {', '.join(fault_kinds.RESPONSES)}.",
        show_default="error",
        callback=arguments.one_of(fault_kinds.RESPONSES),
        autocompletion=completion.among(fault_kinds.RESPONSES),
    ),
]
Share = Annotated[
    float | None,
    typer.Option(
        "--share",
        min=0.01,
        max=1,
        metavar="SHARE",
        help="The share of requests that it refuses.",
        show_default="1",
        callback=arguments.finite,
    ),
]
Instance = Annotated[
    str | None,
    typer.Option(
        "--instance",
        metavar="NAME",
        help="The database instance.",
        show_default="the only one",
        callback=arguments.plain,
    ),
]

app = arguments.Commands(
    no_args_is_help=True,
    help="Cause failures on purpose; needs `spendsense up --faults`.",
    epilog="Example: spendsense faults add break-service --service s3 --share 0.3 --for 120",
)


@app.command("list", epilog="Example: spendsense faults list --json")
def list_(env: options.LocalEnv = EnvironmentName.LOCAL, as_json: options.Json = False) -> None:
    """Show the active faults, when each one ends, and how the latest ones ended."""
    from ops.local import faults

    raise typer.Exit(Console().report(faults.list_all(env), as_json=as_json))


@app.command(
    help=f"Add a fault.\n\n{KINDS}", epilog="Example: spendsense faults add fail-health --checks target --for 90"
)
def add(
    kind: Kind,
    duration: DurationS = None,
    task: Task = None,
    task_definition: TaskDefinition = None,
    checks: Checks = None,
    code: Code = None,
    delay: DelayS = None,
    image: Image = None,
    reason: Reason = None,
    service: Service = None,
    response: Response = None,
    share: Share = None,
    instance: Instance = None,
    env: options.LocalEnv = EnvironmentName.LOCAL,
    as_json: options.Json = False,
) -> None:
    from ops.local import faults

    given = {
        "--for": duration,
        "--task": task,
        "--task-definition": task_definition,
        "--checks": checks,
        "--code": code,
        "--delay": delay,
        "--image": image,
        "--reason": reason,
        "--service": service,
        "--response": response,
        "--share": share,
        "--instance": instance,
    }
    fault_kinds.check(kind, given)
    parameters = {fault_kinds.parameter(option): value for option, value in given.items()}
    raise typer.Exit(Console().report(faults.add(env, kind, parameters), as_json=as_json))


@app.command(epilog="Example: spendsense faults remove f3")
def remove(
    fault: Annotated[
        str | None,
        typer.Argument(metavar="FAULT", help="The fault's id; `faults list` shows it.", callback=arguments.plain),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Remove all faults.")] = False,
    env: options.LocalEnv = EnvironmentName.LOCAL,
    as_json: options.Json = False,
) -> None:
    """End a fault early."""
    from ops.errors import Misuse
    from ops.local import faults

    if fault is None and not every:
        raise Misuse(
            "faults remove needs the id of a fault, or --all", next_step="`spendsense faults list` shows the ids"
        )
    if fault is not None and every:
        raise Misuse("faults remove: FAULT and --all cannot both be given", next_step="give only one of them")
    raise typer.Exit(Console().report(faults.remove(env, fault), as_json=as_json))
