"""`spendsense exec`: runs a command in a running task's container, on a terminal, by ECS Exec."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import Task, revision_of
from ops.console import Console
from ops.environment import Environment
from ops.errors import AwsRefused, TaskFailed
from ops.sessions import channel, plugin
from ops.sessions.keyboard import StandardInput
from ops.sessions.task import switch_on, target, to_enter
from ops.signals import from_now_on

NOT_ENABLED = "execute command was not enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """task: an id or its first characters; None: one of the newest revision. quiet: stdout is for the result."""

    command: Sequence[str]
    task: str | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """A session that has ended. The JSON form is a contract for scripts."""

    environment: Environment
    task: Task
    command: str

    exit_code = 0

    def as_json(self) -> dict[str, object]:
        return {
            "env": self.environment.name.value,
            "ok": True,
            "task": self.task.arn,
            "revision": revision_of(self.task.task_definition),
            "container": self.environment.container,
            "command": self.command,
        }

    def show(self, console: Console) -> None:
        console.say(f"Left task {self.task.id}", style="dim")


def run(aws: Aws, options: Options, console: Console, write: Callable[[bytes], None]) -> EndedSession:
    """Enter a task, and stay until the command has ended. ECS ExecuteCommand.

    write: receives what the command prints; on AWS session-manager-plugin prints it. Errors: NotFound, Misuse;
    CouldNotStart without the plugin; AwsRefused where tasks cannot be entered; TaskFailed when nothing was started.
    """
    where, words = aws.environment, shlex.join(options.command)
    program = None if where.local else plugin.find()
    task = to_enter(aws, options.task)
    session = open_session(aws, task, words)
    from_now_on(f"the session in task {task.id} was ended, and its command with it")
    console.say(f"Task {task.id} of revision {revision_of(task.task_definition)}: {words}")
    if program is not None:
        carry(aws, program, session, target(aws, task, where.container), quiet=options.quiet)
    elif reason := channel.converse(session, StandardInput(), write):
        raise TaskFailed(f"task {task.id}: {reason}", next_step="name a program that the image has, such as /bin/sh")
    return EndedSession(environment=where, task=task, command=words)


def open_session(aws: Aws, task: Task, words: str) -> dict[str, str]:
    """Ask ECS for a session. Errors: AwsRefused, with the switch as the next step where that is what is missing."""
    where = aws.environment
    try:
        response: dict[str, Any] = aws.ecs.execute_command(
            cluster=where.cluster, task=task.arn, container=where.container, command=words, interactive=True
        )
    except aws.ecs.exceptions.InvalidParameterException as exc:
        message = str(exc.response["Error"].get("Message"))
        if NOT_ENABLED not in message:
            raise
        raise AwsRefused(f"ECS opened no session in task {task.id}: {message}", next_step=switch_on(where)) from exc
    except aws.ecs.exceptions.TargetNotConnectedException as exc:
        raise AwsRefused(
            f"ECS opened no session in task {task.id}: {exc.response['Error'].get('Message')}",
            next_step="wait a minute if the task has just started; otherwise its role lacks ssmmessages permissions, "
            f"or its subnet has no route to ssmmessages: {switch_on(where)}",
        ) from exc
    session: dict[str, str] = response["session"]
    return session


def carry(aws: Aws, program: str, session: dict[str, str], named: str, *, quiet: bool) -> None:
    """Hand a session over to session-manager-plugin."""
    as_ssm = {name[0].upper() + name[1:]: value for name, value in session.items()}
    endpoint = aws.ssm.meta.endpoint_url
    where = aws.environment
    request = {"Target": named}
    plugin.run(program, as_ssm, request, region=where.region, endpoint=endpoint, profile=aws.profile, quiet=quiet)
