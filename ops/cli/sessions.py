"""The commands that reach into a running environment: `spendsense exec` and `port-forward`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ops.aws.stores import Store
from ops.cli import arguments, options
from ops.cli.daily import running
from ops.console import Console
from ops.environment import EnvironmentName
from ops.local.set_up import connect

if TYPE_CHECKING:
    from ops.daily.port_forward import Connection

Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="ID",
        help="This task: its id, or the first characters of it.",
        show_default="one of the newest revision",
        callback=arguments.task,
        autocompletion=running,
    ),
]


def exec_(
    command: Annotated[
        list[str],
        typer.Argument(help="The command and its arguments, after --.", metavar="COMMAND...", callback=arguments.words),
    ],
    env: options.Env = EnvironmentName.LOCAL,
    task: Task = None,
    as_json: options.Json = False,
) -> None:
    """Run a command in a running task's container, on a terminal: ECS Exec.

    It needs execute_command_enabled in the Terraform, which is off except in the local environment, and on AWS
    session-manager-plugin on PATH. Whatever the command changes is gone with the task. For a command in a task of its
    own, with its exit status: `spendsense run`.

    Exit status 0 when the session has ended, whatever the command's own exit status: ECS does not report it. With
    --json the output goes to stderr, and a summary to stdout.

    More examples: exec --env prod --task 3f0c9d2b -- /bin/sh; exec -- python -m app.migrate --head
    """
    from ops.daily import exec as verb

    console = Console()
    stream = sys.stderr.buffer if as_json else sys.stdout.buffer

    def write(data: bytes) -> None:
        stream.write(data)
        stream.flush()

    requested = verb.Options(command=command, task=task, quiet=as_json)
    left = verb.run(connect(env, console), requested, console, write)
    raise typer.Exit(console.report(left, as_json=as_json))


def port_forward(
    store: Annotated[Store, typer.Argument(metavar="STORE", help=f"What to reach: {', '.join(Store)}.")],
    env: options.Env = EnvironmentName.LOCAL,
    task: Task = None,
    local_port: Annotated[
        int | None,
        typer.Option(
            "--local-port",
            min=1,
            max=65535,
            metavar="N",
            help="The port of this machine, for an environment on AWS.",
            show_default="a free one",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Reach the private database or Redis, and print a client's command: on AWS through a task, until Ctrl-C.

    On AWS it needs execute_command_enabled in the Terraform, and session-manager-plugin on PATH. Locally nothing is
    forwarded: both are reached directly. No password is printed, but the secret that has it.

    More examples: port-forward redis --json; port-forward database --env prod --local-port 15432
    """
    from ops.daily import port_forward as verb

    console = Console()

    def show(way: "Connection") -> None:
        console.report(way, as_json=as_json)

    requested = verb.Options(store=store, task=task, local_port=local_port, quiet=as_json)
    verb.run(connect(env, console), requested, show)
