"""`spendsense run`: runs a command in a task of its own, of the serving revision, and shows its log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import task_definition
from ops.aws.clients import Aws
from ops.aws.service import RolloutState, Service, Task, describe_service, describe_tasks, revision_of
from ops.console import Console
from ops.environment import Environment
from ops.errors import NotFound, OpsError
from ops.guide import command_in
from ops.rollout import one_off_task
from ops.rollout.failures import LOG_DELIVERY_S
from ops.signals import from_now_on
from ops.waiter import Deadline

TIMEOUT_S = 3600.0
# The usual exit status of a command that exceeded its time limit.
TIMED_OUT = 124
NEVER_RAN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    command: Sequence[str]
    timeout_s: float = TIMEOUT_S
    detach: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A task and how it ended. exit_code: the container's; 124 after the time limit, 1 when it never ran."""

    environment: Environment
    arn: str
    revision: int
    command: str
    duration_s: float
    exit_code: int
    task: Task | None  # None: it is still running
    message: str

    def as_json(self) -> dict[str, object]:
        task = self.task
        return {
            "env": self.environment.name.value,
            "task": self.arn,
            "revision": self.revision,
            "command": self.command,
            "duration_s": round(self.duration_s, 3),
            "exit_code": task.exit_code if task else None,
            "stop_code": task.stop_code if task else None,
            "stopped_reason": task.stopped_reason if task else None,
            "message": self.message,
        }

    def show(self, console: Console) -> None:
        """Print to stdout nothing but the command's own output, or the ARN of a task that keeps running."""
        if self.task is None:
            console.result(self.arn)
        console.say(self.message, style="bold green" if self.exit_code == 0 else "bold red")


def run(aws: Aws, options: Options, console: Console, write: Callable[[str], None]) -> Ended:
    """Start a task, show what it writes until it has ended, and return its exit code. Ctrl-C stops it.

    write: called with each line of its log. ECS RunTask, DescribeTasks, StopTask; Logs GetLogEvents. Errors: NotFound,
    TaskFailed when it was not started.
    """
    where, service = aws.environment, describe_service(aws)
    definition = aws.ecs.describe_task_definition(taskDefinition=serving_definition(service))["taskDefinition"]
    job = one_off_task.Job(
        task_definition=definition["taskDefinitionArn"], command=options.command, network=service.network
    )
    deadline = Deadline(options.timeout_s)
    from_now_on("a task was being started")
    arn = one_off_task.start(aws, job)
    task_id, revision = arn.rpartition("/")[2], revision_of(job.task_definition)
    task, exit_code = None, 0
    look = command_in(where, f"logs --task {task_id[:8]}")
    message = f"The task keeps running; its log: {look}"
    from_now_on(f"task {task_id} keeps running; its log: {look}")
    try:
        console.say(f"Task {task_id} of revision {revision}: {job.words}")
        if not options.detach:
            with aws.retries.until(deadline):
                task = watch(aws, arn, Log(aws, definition, task_id, write), deadline, console)
    except KeyboardInterrupt:
        from_now_on(one_off_task.stop(aws, arn, job.words, "stopped by the user of `spendsense run`"))
        raise
    except Exception:
        console.say(whereabouts(aws, arn, look))
        raise
    if task is not None:
        message, exit_code = ending(task, deadline)
        if not task.is_stopped:
            aws.ecs.stop_task(cluster=where.cluster, task=arn, reason=message)
        from_now_on(f"task {task_id}: {message}")
    return Ended(
        environment=where,
        arn=arn,
        revision=revision,
        command=job.words,
        duration_s=deadline.elapsed_s,
        exit_code=exit_code,
        task=task,
        message=message,
    )


def serving_definition(service: Service) -> str:
    """Return the task definition that serves; while a deployment is in progress, the previous one."""
    served = [each for each in service.deployments if each.rollout_state is RolloutState.COMPLETED]
    return served[0].task_definition if served else service.task_definition


def watch(aws: Aws, arn: str, log: "Log", deadline: Deadline, console: Console) -> Task:
    """Show state and log until the task has stopped and its last lines had time to arrive, or the deadline passed.

    Return the last known task. Errors: NotFound when AWS does not know it.
    """
    where = aws.environment
    last_status = ""
    while True:
        task = next(iter(describe_tasks(aws, [arn])), None)
        if task is None:
            raise NotFound(f"task {arn} was started, but ECS no longer knows it")
        if task.last_status != last_status:
            last_status = task.last_status
            console.say(f"  {last_status.lower()}", style="cyan")
        is_behind = log.read()
        if task.is_stopped or deadline.has_passed:
            break
        if not is_behind:
            deadline.pause(where.poll_interval_s)
    delivery = Deadline(LOG_DELIVERY_S / where.speed)
    # A stopped task's log has an end; a running one may write faster than we read.
    while not delivery.has_passed or (is_behind and task.is_stopped):
        if not is_behind:
            delivery.pause(where.poll_interval_s)
        is_behind = log.read()
    return task


def ending(task: Task, deadline: Deadline) -> tuple[str, int]:
    """Return how it ended, in words, and the matching exit code."""
    if not task.is_stopped:
        return (
            f"not finished within {deadline.timeout_s:g} s, so it was stopped; allow more with `--timeout SECONDS`",
            TIMED_OUT,
        )
    if task.exit_code is None:
        reason = task.container_reason or task.stopped_reason or "no reason given"
        return f"the command never ran: {reason}", NEVER_RAN
    why = f": {task.container_reason}" if task.container_reason else ""
    return f"exit code {task.exit_code} after {deadline.elapsed_s:.1f} s{why}", task.exit_code


def whereabouts(aws: Aws, arn: str, look: str) -> str:
    """Describe the state of a task that is no longer watched. ECS DescribeTasks."""
    name, log = f"Task {arn.rpartition('/')[2]}", f"its log: {look}"
    try:
        task = next(iter(describe_tasks(aws, [arn])), None)
    except (
        OpsError,
        BotoCoreError,
        ClientError,
    ):  # the reason for not watching was reported already, and may be the same
        task = None
    if task is None:
        return f"{name} may still be running; {log}"
    if not task.is_stopped:
        return f"{name} is still running; {log}"
    code = "without an exit code" if task.exit_code is None else f"with exit code {task.exit_code}"
    return f"{name} has ended {code}; {log}"


class Log:
    """Reads what a task writes, each line once. CloudWatch Logs GetLogEvents."""

    def __init__(self, aws: Aws, definition: dict[str, Any], task_id: str, write: Callable[[str], None]) -> None:
        self._logs = aws.logs
        self._write = write
        self._streams = task_definition.log_streams(definition, task_id)
        self._tokens: dict[tuple[str, str], str] = {}

    def read(self) -> bool:
        """Write the next page of all containers in time order; return True when there may be another."""
        events: list[dict[str, Any]] = []
        is_behind = False
        for stream in self._streams:
            page, has_moved = self._next_page(*stream)
            events += page
            is_behind |= has_moved
        events.sort(key=lambda event: event["timestamp"])
        for event in events:
            self._write(event["message"].rstrip("\n"))
        return is_behind

    def _next_page(self, group: str, stream: str) -> tuple[list[dict[str, Any]], bool]:
        token = self._tokens.get((group, stream))
        page = {"nextToken": token} if token else {}
        try:
            response = self._logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **page)
        except self._logs.exceptions.ResourceNotFoundException:
            return [], False  # it has not written anything yet
        self._tokens[group, stream] = response["nextForwardToken"]
        return response["events"], response["nextForwardToken"] != token
