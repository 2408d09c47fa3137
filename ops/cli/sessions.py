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
        help="The task to use: its id, or the id's first characters.",
        show_default="a task of the newest revision",
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
    """Run a command interactively in a running task's container, through ECS Exec.

    It needs Terraform's execute_command_enabled, which is on only in the local environment by default. On AWS it also
    needs session-manager-plugin on PATH. What the command changes is lost when the task stops. To run a command in a
    task of its own and get its exit status, use `spendsense run`.

    Exit status 0 when the session has ended, whatever the command's own exit status: ECS does not report it. With
    --json, the output goes to stderr, and a summary to stdout.

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
            help="The port on this machine; only for environments on AWS.",
            show_default="a free one",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make the private database or Redis reachable from this machine, and print the command to connect.

    On AWS, a local port is forwarded through a task until Ctrl-C. This needs Terraform's execute_command_enabled, and
    session-manager-plugin on PATH. Locally nothing is forwarded: clients connect directly. The output names the secret
    that has the password, but never the password.

    More examples: port-forward redis --json; port-forward database --env prod --local-port 15432
    """
    from ops.daily import port_forward as verb

    console = Console()

    def show(way: "Connection") -> None:
        console.report(way, as_json=as_json)

    requested = verb.Options(store=store, task=task, local_port=local_port, quiet=as_json)
    verb.run(connect(env, console), requested, show)
